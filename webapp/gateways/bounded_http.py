"""HTTP to somebody else's server that cannot hold a worker: time-outs, a total deadline, a size cap, no redirects.

A read time-out alone is per read, so a server that drips one byte a second outlives it, in its headers as well as in
its body; and a body that unpacks to hundreds of megabytes is read into memory. All were tried against requests.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
TOTAL_SECONDS = 8.0  # for all calls of one request
MOST_BYTES = 1024 * 1024
_CHUNK = 16 * 1024

_thread = threading.local()


class TooLarge(requests.ConnectionError):
    """The answer is larger than any honest one, as it travels or unpacked."""


class BoundedAdapter(HTTPAdapter):
    """Put on a requests.Session for every address. Raises requests.Timeout and requests.ConnectionError."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.update(stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
        seconds = seconds_left()
        ends_at = time.monotonic() + seconds
        return _in_time(seconds, lambda: self._send_and_read(ends_at, request, *args, **kwargs))

    def _send_and_read(
        self, ends_at: float, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        try:
            response = super().send(request, *args, **kwargs)
            try:
                # Kept where requests keeps a body that was read, so that .json() and .content find it.
                response._content = _read(response, ends_at)
                response._content_consumed = True  # type: ignore[attr-defined]
            finally:
                response.close()
            return response
        except requests.RequestException:  # of which one is urllib3's own as well
            raise
        except HTTPError as error:  # requests translates most of urllib3's, and not all
            raise requests.ConnectionError(type(error).__name__) from error


def bound(session: requests.Session) -> None:
    """Makes a session obey the limits. Redirects are refused by those who send: `allow_redirects=False`."""
    session.trust_env = False  # no proxy or .netrc of the machine may come between us and the provider
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter(max_retries=0))


@contextlib.contextmanager
def one_deadline(seconds: float | None = None) -> Iterator[None]:
    """Within this block all calls of this thread together end in `TOTAL_SECONDS`, or in so many. A block inside another
    cannot move the outer deadline further away."""
    outer: float | None = getattr(_thread, "ends_at", None)
    ends_at = time.monotonic() + (TOTAL_SECONDS if seconds is None else seconds)
    _thread.ends_at = ends_at if outer is None else min(outer, ends_at)
    try:
        yield
    finally:
        _thread.ends_at = outer


def seconds_left() -> float:
    """How long this thread may still wait for somebody else's server."""
    ends_at: float | None = getattr(_thread, "ends_at", None)
    return TOTAL_SECONDS if ends_at is None else max(0.0, ends_at - time.monotonic())


class _Call:
    """A call in a thread of its own, the only thing that can be given up whatever it waits for: a name, a handshake, a
    header. Its connections are then cut under it, so that it ends whatever the other side does."""

    def __init__(self, call: Callable[[], requests.Response]) -> None:
        self.outcome: Future[requests.Response] = Future()
        self._call = call
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self._is_given_up = False
        threading.Thread(target=self._run, daemon=True, name="bounded-http").start()

    def note(self, connection: socket.socket) -> None:
        """Keeps a second hold on a connection; the first one may be inside a TLS handshake."""
        with self._lock:
            if self._is_given_up:
                raise OSError("nobody waits for this any more")
            self._lines.append(connection.dup())

    def give_up(self) -> None:
        with self._lock:
            self._is_given_up = True
            for line in self._lines:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        _thread.call = self
        try:
            self.outcome.set_result(self._call())
        except BaseException as error:  # noqa: BLE001  # it is raised where it is waited for
            self.outcome.set_exception(error)
        finally:
            with self._lock:
                while self._lines:
                    self._lines.pop().close()


def _in_time(seconds: float, send: Callable[[], requests.Response]) -> requests.Response:
    """What `send` returns or raises, if it does so in time."""
    call = _Call(send)
    if not wait([call.outcome], timeout=seconds).done:
        call.give_up()
        raise requests.Timeout("the answer was not whole in time")
    return call.outcome.result()


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _noted(super()._new_conn())


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _noted(connection: socket.socket) -> socket.socket:
    call: _Call = _thread.call
    try:
        call.note(connection)
    except OSError:
        connection.close()
        raise
    return connection


def _read(response: requests.Response, ends_at: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge(f"the answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() > ends_at:
            raise requests.Timeout("the answer was not whole in time")
    return bytes(body)
