"""A limit on how long a request waits for a database that has stopped answering.

The server's own time-outs cannot help when the server is frozen: it is not there to apply them, and TCP keepalives are
still answered by its kernel. So the waiting itself is done here, in psycopg2's wait callback, against the clock of the
request. A registered callback has two costs: libpq's `connect_timeout` is no longer applied (it is applied here), and
psycopg2 cannot do COPY.
"""

import contextlib
import math
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
EXTRA_SECONDS = 1.4  # where a provider was waited for, perhaps for 8: the page is then promised within 8.5
GRACE_SECONDS = 1.5  # for what comes of that wait, if this much is left
SECONDS_DURING_SILENCE = 0.5  # a database that is well answers in a hundredth of that
CONNECT_SECONDS = 3.0
CONNECT_SECONDS_OUTSIDE_REQUESTS = 10.0  # a command may wait for a server that is just waking up

_ESTABLISHED = frozenset({extensions.STATUS_READY, extensions.STATUS_BEGIN, extensions.STATUS_PREPARED})
_EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}


class _Thread(threading.local):
    """What is known in one thread. Moments are of the monotonic clock, and infinite where there is no limit."""

    ends_at = math.inf
    latest = math.inf  # that `ends_at` may be moved to
    is_new_request = False
    gives_up_on_silence_at = math.inf


_thread = _Thread()


class _Silence:
    """Whether the database has stopped answering, as far as this process knows. Any answer at all ends it.

    Without it every thread of a worker is held for seven seconds at a time, and requests that need no database queue
    behind them, or wait for their own seven seconds after those of the request before. One request at a time goes on
    waiting for as long as ever, for a database that is only slow to wake.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        """A wait was given up."""
        if not self.is_kept():
            self._until = time.monotonic() + REQUEST_SECONDS

    def end(self) -> None:
        self._until = 0.0

    def is_kept(self) -> bool:
        return time.monotonic() < self._until

    def is_to_be_tried(self) -> bool:
        """Whether it is this request's turn to wait for long. If so, it is nobody else's for a while."""
        if self._until == 0.0:
            return True
        is_due = not self.is_kept()
        if is_due:
            self._until = time.monotonic() + REQUEST_SECONDS
        return is_due


_silence = _Silence()


class DatabaseDeadline:
    """WSGI middleware: everything a request asks of the database, its clean-up included, ends within `seconds`, and
    sooner while the database is known to be silent."""

    def __init__(self, wsgi_app: "WSGIApplication", seconds: float = REQUEST_SECONDS) -> None:
        self.wsgi_app = wsgi_app
        self.seconds = seconds

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        _thread.is_new_request = True
        try:
            with deadline(self.seconds, extra=EXTRA_SECONDS):
                return self.wsgi_app(environ, start_response)
        finally:
            _thread.is_new_request = False
            _thread.gives_up_on_silence_at = math.inf


def init_app(app: Flask) -> None:
    """Gives every request of this application a deadline."""
    keep_to_deadlines()
    app.wsgi_app = DatabaseDeadline(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way


def keep_to_deadlines() -> None:
    """Makes this process's waiting for PostgreSQL end by the clock. The callback is the process's; there is one."""
    extensions.set_wait_callback(_wait)


@contextlib.contextmanager
def deadline(seconds: float, *, extra: float = 0.0) -> Iterator[None]:
    """Within this block, waiting for the database in this thread ends `seconds` from now with an OperationalError.

    A block inside another cannot move the outer deadline further away. Waiting for others can, by `extra` at most.
    """
    outer, outer_latest = _thread.ends_at, _thread.latest
    ends_at = time.monotonic() + seconds
    _thread.ends_at, _thread.latest = min(outer, ends_at), min(outer_latest, ends_at + extra)
    try:
        yield
    finally:
        _thread.ends_at, _thread.latest = outer, outer_latest


@contextlib.contextmanager
def waiting_for_others() -> Iterator[None]:
    """What is waited for in this block is not the database, so work in it has a little time of its own afterwards: a
    slow provider's refusal is still counted, and somebody whom it did vouch for is signed in."""
    try:
        yield
    finally:
        grace_ends_at = min(time.monotonic() + GRACE_SECONDS, _thread.latest)
        _thread.ends_at = max(_thread.ends_at, grace_ends_at)


def _wait(connection: extensions.connection) -> None:
    """Waits until libpq is done. Raising is enough to give up: psycopg2 then closes the connection, whereas calling
    `connection.close()` in here would wait for a lock that our own caller holds."""
    began = time.monotonic()
    ends_at = _ends_at(connection, began)
    while (state := connection.poll()) != extensions.POLL_OK:
        poller = select.poll()  # not select.select(), which fails for file numbers above 1,023
        poller.register(connection.fileno(), _EVENTS[state])
        milliseconds = None if ends_at == math.inf else max(0.0, (ends_at - time.monotonic()) * 1000)
        if not poller.poll(milliseconds):
            if time.monotonic() - began >= SECONDS_DURING_SILENCE:  # after less than that nothing is known
                _silence.begin()
            raise psycopg2.OperationalError("the database did not answer in time")
    _silence.end()


def _ends_at(connection: extensions.connection, now: float) -> float:
    if _thread.is_new_request:  # decided here, so that requests without a question do not take the turn of one
        _thread.is_new_request = False
        if not _silence.is_to_be_tried():
            _thread.gives_up_on_silence_at = now + SECONDS_DURING_SILENCE
    is_in_time = _thread.ends_at < math.inf
    ends_at = min(_thread.ends_at, _thread.gives_up_on_silence_at) if _silence.is_kept() else _thread.ends_at
    if connection.status in _ESTABLISHED:
        return ends_at
    return min(ends_at, now + (CONNECT_SECONDS if is_in_time else CONNECT_SECONDS_OUTSIDE_REQUESTS))
