"""The parts of a stack as processes that may be killed, frozen and started again, each by its process id."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence

import psycopg2
import requests

from tests.patience import PATIENCE_SECONDS
from webapp.demo.children import end_with_parent
from webapp.demo.postgres import DemoPostgres, PostgresUnavailable

CLIENT_ID = "foyer"
CLIENT_SECRET = "a-client-secret-that-only-the-tests-know"


def children_of(process_id: int) -> list[int]:
    """The processes that a process has started and that live."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process_id)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


@contextlib.contextmanager
def frozen(*process_ids: int) -> Iterator[None]:
    """Stops these processes in their tracks until the end of the block. To others they seem to be there: the kernel
    goes on taking connections for them."""
    for process_id in process_ids:
        os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        for process_id in process_ids:
            with contextlib.suppress(ProcessLookupError):  # somebody may have killed it meanwhile
                os.kill(process_id, signal.SIGCONT)


class BreakablePostgres(DemoPostgres):
    """A PostgreSQL server of a test's own. Start it, and start it again, in the main thread."""

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def shut_down(self) -> None:
        """As for a restart by its operator: whoever is connected is told, and cut off."""
        self._end(signal.SIGINT)

    def start_again(self) -> None:
        """Returns when it answers. What a killed server leaves running holds its memory for a moment longer."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert self._log is not None
            self._log.close()
            try:
                return self.start()
            except PostgresUnavailable:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.05)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """The server and everybody's sessions; the server first, so that no session is begun meanwhile."""
        with frozen(self.pid), frozen(*children_of(self.pid)):
            yield

    def drop_connections(self, database: str) -> int:
        """Ends every session of a database, whatever it is doing. Returns how many there were."""
        connection = psycopg2.connect(self.superuser_url("postgres"))
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s", (database,)
                )
                return int((cursor.fetchone() or [0])[0])
        finally:
            connection.close()

    def _options(self) -> list[str]:
        """What is committed must outlive a kill, as it does in production, and not only an orderly end."""
        return [*super()._options(), "-c", "synchronous_commit=on"]

    def _end(self, with_signal: signal.Signals) -> None:
        assert self._server is not None
        self._server.send_signal(with_signal)
        self._server.wait(PATIENCE_SECONDS)


class ProviderProcess:
    """The local identity provider as a process of its own."""

    def __init__(self, port: int, app_address: str) -> None:
        self.command: Sequence[str] = (
            sys.executable, "-m", "webapp.demo.serve_provider", str(port), app_address, CLIENT_ID
        )  # fmt: skip
        self.issuer = f"http://localhost:{port}/"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "ProviderProcess":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self.kill()

    def start(self) -> None:
        """Starts it, with keys it has never had before, and returns when it answers."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            if self._process is None or self._process.poll() is not None:
                self._begin()  # again, where somebody's outgoing connection has just been given the port
            address = f"{self.issuer}.well-known/openid-configuration"
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=10):
                return
            time.sleep(0.1)
        raise AssertionError("the provider did not start")

    def _begin(self) -> None:
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )
        assert self._process.stdin is not None
        with self._process.stdin as given:
            given.write(CLIENT_SECRET.encode())

    def answer(self, authorize_address: str, who: str) -> str:
        """Signs somebody in by any e-mail address; gives the address the browser is sent back to."""
        asked = requests.get(authorize_address, {"login_hint": who}, allow_redirects=False, timeout=PATIENCE_SECONDS)
        asked.raise_for_status()
        return asked.headers["Location"]

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)
        self._process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        assert self._process is not None
        with frozen(self._process.pid):
            yield
