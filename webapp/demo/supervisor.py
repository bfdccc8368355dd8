"""One command: PostgreSQL, the local identity provider, migrations, seeds and Foyer itself, until Ctrl-C.

Data is kept under `var/` for next time. Nothing listens on anything but this machine.
"""

import fcntl
import secrets
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from webapp.config import SettingsProblem, environment_for_child
from webapp.demo.children import ChildFailed, Children, end_with_parent
from webapp.demo.people import PERSONAS
from webapp.demo.postgres import DemoPostgres, PostgresUnavailable
from webapp.demo.settings import DemoSettings, read_demo_settings

DATABASE = "foyer"
CLIENT_ID = "foyer-demo"
READY_SECONDS = 30.0
HIGHEST_PORT = 65_535
END_WITH_PARENT = "--end-with-parent"


class CannotRun(Exception):
    """Why there can be no demo just now, in one line with what helps."""


def main(arguments: Sequence[str] = ()) -> int:
    """Runs the demo. Returns 0 when it was asked to end, 1 when it could not run."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    if END_WITH_PARENT in arguments:
        end_with_parent()
    try:
        settings = read_demo_settings()
        with only_demo(settings.folder):
            check_ports(settings)
            run(settings, stop)
    except (CannotRun, SettingsProblem, ChildFailed, PostgresUnavailable) as problem:
        say(str(problem), sys.stderr)
        return 1
    return 0


def run(settings: DemoSettings, stop: threading.Event) -> None:
    """Starts everything, says so, and waits. Everything is stopped in reverse order, the database last."""
    logs = settings.folder / "log"
    logs.mkdir(parents=True, exist_ok=True)
    children = Children(logs)
    with DemoPostgres(settings.folder / "postgres") as server:
        server.create_database(DATABASE)
        environment = foyer_environment(settings, server)
        try:
            prepare(children, environment)
            client_secret = environment["AUTH0_CLIENT_SECRET"]
            arguments = [str(settings.provider_port), settings.address, CLIENT_ID]
            children.start("provider", python("webapp.demo.serve_provider", *arguments), environment, client_secret)
            children.start("foyer", python("gunicorn", "wsgi:app"), environment)
            children.wait_for(f"{settings.issuer}.well-known/openid-configuration", READY_SECONDS)
            children.wait_for(f"{settings.address}/readyz", READY_SECONDS)
            welcome(settings)
            while not stop.wait(0.2):
                children.check()
        finally:
            children.stop()
    say("Foyer has stopped.")


def foyer_environment(settings: DemoSettings, server: DemoPostgres) -> dict[str, str]:
    """The settings of this demo, also written to `var/env` for an operator's `flask` commands."""
    ours = {
        "FOYER_ENV": "development",
        "DATABASE_URL": server.application_url(DATABASE),
        "OWNER_DATABASE_URL": server.owner_url(DATABASE),
        "SECRET_KEY": kept_secret(settings.folder / "secret-key"),
        "OIDC_ISSUER": settings.issuer,
        "AUTH0_CLIENT_ID": CLIENT_ID,
        "AUTH0_CLIENT_SECRET": kept_secret(settings.folder / "client-secret"),
        "BASE_URL": settings.address,
        "SUPPORT_CONTACT": "help@foyer.example",
        "PORT": str(settings.port),
        "WEB_CONCURRENCY": "2",  # as in production, where a limit has to hold for several processes together
        "SIGN_IN_STARTS_PER_MINUTE": "300",  # everybody here comes from one address, robots that try the demo included
    }
    write_private(settings.folder / "env", "".join(f"export {k}={shlex.quote(v)}\n" for k, v in ours.items()))
    return environment_for_child(ours)


def prepare(children: Children, environment: Mapping[str, str]) -> None:
    """Migrations and seeds. Both may be run on what an earlier demo left."""
    children.run("migrations", python("flask", "--app", "wsgi", "db", "upgrade"), environment)
    children.run("seeds", python("flask", "--app", "wsgi", "seed", "demo"), environment)


def welcome(settings: DemoSettings) -> None:
    """The line that says where to go, and who may be signed in as."""
    say(f"Foyer is ready on {settings.address}/")
    say("Sign in as anybody, without a password:")
    for persona in PERSONAS:
        say(f"  {persona.name:<13} {persona.email or 'no e-mail address':<34} {persona.story}")
    flask = f"{relative(Path(sys.executable))} -m flask --app wsgi"
    say(f"Commands, in another terminal: . {relative(settings.folder / 'env')} && {flask} --help")
    say("Ctrl-C stops everything; what was stored is kept for next time.")


@contextmanager
def only_demo(folder: Path) -> Iterator[None]:
    """Holds a lock on the data folder, which ends with the process however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotRun(f"A demo is already running on {relative(folder)}. Stop that one first.") from None
        yield


def check_ports(settings: DemoSettings) -> None:
    """Raises CannotRun for a port that somebody else listens on."""
    for name, port, host in (("PORT", settings.port, "127.0.0.1"), ("IDP_PORT", settings.provider_port, "localhost")):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                another = port + 100 if port < HIGHEST_PORT - 100 else port - 100
                raise CannotRun(f"Port {port} is taken. Choose another: {name}={another} make demo") from None


def kept_secret(path: Path) -> str:
    """A random secret that stays the same from one demo to the next, so that nobody is signed out by a restart."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """A file that only its owner can read, from its first moment on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(line: str, to: TextIO | None = None) -> None:
    print(line, file=to or sys.stdout, flush=True)  # this program speaks to a terminal
