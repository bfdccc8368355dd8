"""Round trips, counted on the wire: a relay between the application and its store counts how often the store answers
what the application said. The same relay can refuse or hang."""

import contextlib
import os
import select
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import repeat
from pathlib import Path

from bench.figures import Figure
from bench.limits_apps import asking, limited_app, somebody, stay_within_the_hour
from webapp.config import Settings
from webapp.limiting.extension import STORE

Address = str | tuple[str, int]

REQUESTS = 200
_POSTGRES_SOCKET = ".s.PGSQL.5432"


class Relay:
    """Passes bytes between clients and a server. `trips` is how often a client spoke and was answered."""

    def __init__(self, listens_at: Address, server: Address) -> None:
        self.trips = 0
        self.is_hung = False
        self._server = server
        self._address = listens_at
        self._open: set[socket.socket] = set()
        self._listener = self._listen()
        self.port = 0 if isinstance(listens_at, str) else self._listener.getsockname()[1]

    def refuse(self) -> None:
        """Nobody listens any more, and who was connected is cut off."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Connections are taken, and nothing that is said is ever answered."""
        self.is_hung = True

    def heal(self) -> None:
        """As if nothing had been."""
        self.is_hung = False
        if self._listener.fileno() < 0:
            self._address = self._address if isinstance(self._address, str) else (self._address[0], self.port)
            self._listener = self._listen()

    def _listen(self) -> socket.socket:
        if isinstance(self._address, str):
            Path(self._address).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX if isinstance(self._address, str) else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self._address)
        listener.listen(64)
        threading.Thread(target=self._take, args=(listener,), daemon=True).start()
        return listener

    def _take(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET)
        self._open.add(client)
        with contextlib.suppress(OSError), client, server:
            server.connect(self._server)
            is_asking = False
            while True:
                for one in select.select([client, server], [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    if self.is_hung:
                        continue
                    if one is server and is_asking:
                        self.trips += 1
                    is_asking = one is client
                    (server if one is client else client).sendall(data)
        self._open.discard(client)


@contextmanager
def relay_to_postgres(sockets: Path, settings: Settings) -> Iterator[tuple[Relay, Settings]]:
    """A relay before the database server whose sockets are in this folder, and settings that lead through it."""
    folder = tempfile.mkdtemp(prefix="foyer-wire-")
    relay = Relay(os.path.join(folder, _POSTGRES_SOCKET), str(sockets / _POSTGRES_SOCKET))
    url = settings.database_url.replace(str(sockets), folder)
    yield relay, replace(settings, database_url=url)
    shutil.rmtree(folder)


@contextmanager
def relay_to_redis(host: str, port: int, settings: Settings) -> Iterator[tuple[Relay, Settings]]:
    """The same before a Redis or Valkey."""
    relay = Relay((host, 0), (host, port))
    yield relay, replace(settings, ratelimit_storage_uri=f"redis://{host}:{relay.port}/0")


def round_trips(name: str, relay: Relay, settings: Settings) -> Iterator[Figure]:
    """For a request that is allowed and has its headers, and for a refusal that is repeated."""
    stay_within_the_hour(30)
    for what, limit, status, goal in (("allowed request", 1_000_000, 200, 1.0), ("repeated refusal", 3, 429, 0.0)):
        app = limited_app(settings, repeat(somebody(hour=limit, burst=limit)).__next__)
        ask = asking(app)
        for _ in range(10):
            ask()  # connects, and uses up the lower limit
        before, answers = relay.trips, [ask() for _ in range(REQUESTS)]
        trips = (relay.trips - before) / REQUESTS
        is_as_meant = all(found == status and "RateLimit" in headers for found, headers, _ in answers)
        is_as_meant = is_as_meant and relay.trips > 0 and not app.extensions[STORE].is_degraded
        found = f"{trips:g} in {REQUESTS} requests" if is_as_meant else "not answered as meant"
        figure = Figure(f"round trips per {what}, {name}", found, f"<= {goal:g}", is_as_meant and trips <= goal)
        yield figure
