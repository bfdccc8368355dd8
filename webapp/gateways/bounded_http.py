"""HTTP to somebody else's server that cannot hold a worker: time-outs, a total deadline, a size cap, no redirects.

A read time-out alone is per read, so a server that drips one byte a second outlives it; and a body that unpacks to
hundreds of megabytes is read into memory. Both were tried against Authlib's client.
"""

import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
TOTAL_SECONDS = 8.0  # the page that says so is promised within 10
MOST_BYTES = 1024 * 1024
_CHUNK = 16 * 1024


class BoundedAdapter(HTTPAdapter):
    """Put on a requests.Session for every address. Raises requests.Timeout and requests.ConnectionError."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        ends_at = time.monotonic() + TOTAL_SECONDS
        kwargs.update(stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
        response = super().send(request, **kwargs)
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


def _read(response: requests.Response, ends_at: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise requests.ConnectionError(f"the answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() > ends_at:
            raise requests.Timeout(f"the answer took longer than {TOTAL_SECONDS:g} seconds")
    return bytes(body)
