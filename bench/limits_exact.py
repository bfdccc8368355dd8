"""Exactly as many as the limit allows: gunicorn with four processes of four threads, and two hundred clients at once.

The clients are signed in and ask for an address that nobody made: it counts like any other and costs the least. What is
answered 404 was admitted. One organisation is held to its hour and one to its burst, new ones in each trial.
"""

import asyncio
import collections
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench.figures import Figure
from bench.limits_apps import JSON, stay_within_the_hour
from tests.factories import make_organisation, make_person
from webapp.config import Settings, environment_for_child
from webapp.demo.children import Children
from webapp.domain.actor import SYSTEM
from webapp.services import accounts, limits
from webapp.web.visitor import COOKIE

PROCESSES, THREADS, CLIENTS, TRIALS = 4, 4, 200, 20
HOUR, BURST = 100, 20
RAISED_HOUR, RAISED_BURST = 150, 30
CHANGED_AFTER = 50
"""Requests that were admitted, of the first hundred."""

MOST_SECONDS = 60
ADMITTED, REFUSED = 404, 429

Statuses = collections.Counter[int]


@dataclass(frozen=True)
class Organisation:
    """Somebody's login session in an organisation with limits of its own."""

    id: uuid.UUID
    cookie: str


def admitted(name: str, app: Flask, settings: Settings) -> Iterator[Figure]:
    """`app` makes the organisations; a server of its own, with these settings, is asked."""
    began = time.monotonic()
    with serving(settings) as port:
        plain = [trial(app, port, is_raised=False) for _ in range(TRIALS)]
        raised = [trial(app, port, is_raised=True) for _ in range(TRIALS)]
    seconds = time.monotonic() - began
    crowd = f"{PROCESSES} processes x {THREADS} threads x {CLIENTS} clients"
    yield held(f"admitted, {name}, {crowd}, limits of {HOUR} an hour and {BURST} in 60 s", plain, HOUR, BURST)
    what = f"the same, raised to {RAISED_HOUR} and {RAISED_BURST} in mid-run ({seconds:.0f} s for both)"
    yield held(what, raised, RAISED_HOUR, RAISED_BURST)


def held(what: str, trials: list[tuple[Statuses, Statuses]], hour: int, burst: int) -> Figure:
    """The trials against the two limits; any answer but a page that is not there and a refusal spoils one."""
    exact = [
        by_hour == {ADMITTED: hour, REFUSED: by_hour.total() - hour}
        and by_burst == {ADMITTED: burst, REFUSED: by_burst.total() - burst}
        for by_hour, by_burst in trials
    ]
    found = f"exact in {sum(exact)} of {len(trials)} trials"
    if not all(exact):
        by_hour, by_burst = trials[exact.index(False)]
        found += f", once {dict(by_hour)} and {dict(by_burst)}"
    return Figure(what, found, f"exactly {hour} and {burst}", all(exact))


def trial(app: Flask, port: int, *, is_raised: bool) -> tuple[Statuses, Statuses]:
    """The answers that all clients had, of the organisation held to its hour and of the one held to its burst."""
    stay_within_the_hour(30)
    with app.app_context():
        by_hour = organisation(hour=HOUR, burst=HOUR)
        by_burst = organisation(hour=1_000, burst=BURST)

    def raise_limits() -> None:
        with app.app_context():
            limits.set_override_of_any(by_hour.id, hour=RAISED_HOUR, burst=RAISED_HOUR, by=SYSTEM)
            limits.set_override_of_any(by_burst.id, hour=None, burst=RAISED_BURST, by=SYSTEM)

    return asyncio.run(crowd(port, by_hour, by_burst, raise_limits if is_raised else None))


def organisation(hour: int, burst: int) -> Organisation:
    made = make_organisation()
    limits.set_override_of_any(made.id, hour=hour, burst=burst, by=SYSTEM)
    return Organisation(made.id, accounts.sign_in(make_person(made.id)).session_token)


async def crowd(
    port: int, by_hour: Organisation, by_burst: Organisation, change: Callable[[], None] | None
) -> tuple[Statuses, Statuses]:
    """Every client asks once for each organisation; when the limits change meanwhile, once more after that."""
    answers = (Statuses(), Statuses())
    is_time, is_done = asyncio.Event(), asyncio.Event()

    async def ask_both(client: Client) -> None:
        for asked, statuses in zip((by_hour, by_burst), answers, strict=True):
            statuses[await client.ask(asked.cookie)] += 1
            if answers[0][ADMITTED] >= CHANGED_AFTER:
                is_time.set()

    async def come() -> None:
        client = Client(port)
        await ask_both(client)
        if change:
            await is_done.wait()
            await ask_both(client)
        client.leave()

    async def change_limits() -> None:
        await is_time.wait()
        if change:
            await asyncio.to_thread(change)
        is_done.set()

    everybody = asyncio.gather(change_limits(), *(come() for _ in range(CLIENTS)))
    await asyncio.wait_for(everybody, MOST_SECONDS)
    return answers


class Client:
    """One connection, kept for as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, cookie: str) -> int:
        """The status of one answer."""
        host, carried = f"127.0.0.1:{self.port}", f"{COOKIE}={cookie}"
        request = f"GET /nowhere HTTP/1.1\r\nHost: {host}\r\nAccept: {JSON}\r\nCookie: {carried}\r\n\r\n"
        for _ in range(2):  # a connection that was idle for two seconds is closed, and a new one is not
            if self._reader is None or self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                self._writer.write(request.encode())
                head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            except (ConnectionError, asyncio.IncompleteReadError):
                self.leave()
                continue
            await self._reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            if b"connection: close" in head:
                self.leave()
            return int(head[9:12])
        return 0

    def leave(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """Foyer under gunicorn, as it is deployed, on a port that is given."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    environment = {
        "FOYER_ENV": "development",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(PROCESSES),
        "DATABASE_URL": settings.database_url,
        "OWNER_DATABASE_URL": settings.owner_database_url,
        "RATELIMIT_STORAGE_URI": settings.ratelimit_storage_uri or "",
        "OIDC_ISSUER": settings.oidc_issuer,
        "AUTH0_CLIENT_ID": settings.oidc_client_id,
        "AUTH0_CLIENT_SECRET": settings.oidc_client_secret,
        "LOG_LEVEL": "WARNING",
    }
    with tempfile.TemporaryDirectory(prefix="foyer-bench-") as folder:
        children = Children(Path(folder))
        try:
            command = [sys.executable, "-m", "gunicorn", "--threads", str(THREADS), "bench.limits_served:app"]
            children.start("gunicorn", command, environment_for_child(environment))
            children.wait_for(f"http://127.0.0.1:{port}/healthz", 30)
            yield port
        finally:
            children.stop()
