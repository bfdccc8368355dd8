"""A limit on how long a request waits for a database that has stopped answering.

The server's own time-outs cannot help when the server is frozen: it is not there to apply them, and TCP keepalives are
still answered by its kernel. So the waiting itself is done here, in psycopg2's wait callback, against the clock of the
request. A registered callback has two costs: libpq's `connect_timeout` is no longer applied (it is applied here), and
psycopg2 cannot do COPY.
"""

import contextlib
import select
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import psycopg2
from flask import Flask
from psycopg2 import extensions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_SECONDS = 7.0  # the page that says so is promised within 8
CONNECT_SECONDS = 3.0
CONNECT_SECONDS_OUTSIDE_REQUESTS = 10.0  # a command may wait for a server that is just waking up

_ESTABLISHED = frozenset({extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED})
_EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}

_thread = threading.local()


class DatabaseDeadline:
    """WSGI middleware: everything a request asks of the database, its clean-up included, ends within `seconds`."""

    def __init__(self, wsgi_app: "WSGIApplication", seconds: float = REQUEST_SECONDS) -> None:
        self.wsgi_app = wsgi_app
        self.seconds = seconds

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with deadline(self.seconds):
            return self.wsgi_app(environ, start_response)


def init_app(app: Flask) -> None:
    """Gives every request of this application a deadline."""
    keep_to_deadlines()
    app.wsgi_app = DatabaseDeadline(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way


def keep_to_deadlines() -> None:
    """Makes this process's waiting for PostgreSQL end by the clock. The callback is the process's; there is one."""
    extensions.set_wait_callback(_wait)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within this block, waiting for the database in this thread ends `seconds` from now with an OperationalError.

    A block inside another cannot move the outer deadline further away.
    """
    outer: float | None = getattr(_thread, "ends_at", None)
    ends_at = time.monotonic() + seconds
    _thread.ends_at = ends_at if outer is None else min(outer, ends_at)
    try:
        yield
    finally:
        _thread.ends_at = outer


def _wait(connection: extensions.connection) -> None:
    """Waits until libpq is done. Raising is enough to give up: psycopg2 then closes the connection, whereas calling
    `connection.close()` in here would wait for a lock that our own caller holds."""
    ends_at = _ends_at(connection)
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()  # not select.select(), which fails for file numbers above 1,023
        poller.register(connection.fileno(), _EVENTS[state])
        milliseconds = None if ends_at is None else max(0.0, (ends_at - time.monotonic()) * 1000)
        if not poller.poll(milliseconds):
            raise psycopg2.OperationalError("the database did not answer in time")


def _ends_at(connection: extensions.connection) -> float | None:
    ends_at: float | None = getattr(_thread, "ends_at", None)
    if connection.status in _ESTABLISHED:
        return ends_at
    patience = CONNECT_SECONDS_OUTSIDE_REQUESTS if ends_at is None else CONNECT_SECONDS
    connect_ends_at = time.monotonic() + patience
    return connect_ends_at if ends_at is None else min(ends_at, connect_ends_at)
