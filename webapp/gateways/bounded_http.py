"""HTTP to somebody else's server that cannot hold a worker: time-outs, a total deadline, a size cap, no redirects.

A read time-out alone is per read, so a server that drips one byte a second outlives it, in its headers as well as in
its body; and a body that unpacks to hundreds of megabytes is read into memory. All were tried against requests.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from typing import Any

import requests
from requests.adapters import HTTPAdapter

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
TOTAL_SECONDS = 6.0  # for all calls of one request, whose work in the database has to end within seven
MOST_BYTES = 1024 * 1024
_CHUNK = 16 * 1024

_thread = threading.local()


class BoundedAdapter(HTTPAdapter):
    """Put on a requests.Session for every address. Raises requests.Timeout and requests.ConnectionError."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.update(stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
        seconds = seconds_left()
        ends_at = time.monotonic() + seconds
        return _in_time(seconds, lambda: self._send_and_read(ends_at, request, *args, **kwargs))

    def _send_and_read(
        self, ends_at: float, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        response = super().send(request, *args, **kwargs)
        try:
            # Kept where requests keeps a body that was read, so that .json() and .text find it.
            response._content = _read(response, ends_at)
            response._content_consumed = True  # type: ignore[attr-defined]
        finally:
            response.close()
        return response


def bound(session: requests.Session) -> None:
    """Makes a session obey the limits. Redirects are refused by those who send: `allow_redirects=False`."""
    session.trust_env = False  # no proxy or .netrc of the machine may come between us and the provider
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter(max_retries=0))


@contextlib.contextmanager
def one_deadline() -> Iterator[None]:
    """Within this block all calls of this thread together end in `TOTAL_SECONDS`."""
    _thread.ends_at = time.monotonic() + TOTAL_SECONDS
    try:
        yield
    finally:
        _thread.ends_at = None


def seconds_left() -> float:
    """How long this thread may still wait for somebody else's server."""
    ends_at: float | None = getattr(_thread, "ends_at", None)
    return TOTAL_SECONDS if ends_at is None else max(0.0, ends_at - time.monotonic())


def _in_time(seconds: float, call: Callable[[], requests.Response]) -> requests.Response:
    """What `call` returns or raises. It runs in a thread of its own, the only thing that can be given up whatever it
    waits for: a name, a handshake, a header. One that is given up ends when the other side does."""
    outcome: Future[requests.Response] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001  # it is raised where it is waited for
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True, name="bounded-http").start()
    if not wait([outcome], timeout=seconds).done:
        raise requests.Timeout("the answer was not whole in time")
    return outcome.result()


def _read(response: requests.Response, ends_at: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise requests.ConnectionError(f"the answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() > ends_at:
            raise requests.Timeout("the answer was not whole in time")
    return bytes(body)
