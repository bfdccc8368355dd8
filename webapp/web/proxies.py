"""What a request and the proxies it came through say about themselves, and how much of that the application sees.

Werkzeug's ProxyFix is not used. It reads the list of addresses as one that may hold quoted texts, so that a client who
sends a single quotation mark makes the whole list unreadable and is counted as the proxy; it takes any text for an
address and for a scheme; and it leaves the other headers where something else may come to believe them.
"""

import functools
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

from webapp.config import Settings
from webapp.domain.addresses import parse_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

ADDRESSES = "HTTP_X_FORWARDED_FOR"
ASKED_HOST = "foyer.asked_host"
_FORWARDING = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_ORIGINAL_", "HTTP_X_REWRITE_URL")


def init_proxies(app: Flask) -> None:
    """Goes around the whole application, so that nothing in it sees a request as it came in."""
    app.wsgi_app = TrustedProxies(app.wsgi_app, app.config["SETTINGS"])  # type: ignore[method-assign]


class TrustedProxies:
    """WSGI middleware: `REMOTE_ADDR` becomes the client's address in its one spelling, or empty where that is none.

    Scheme, host and mount point become those of BASE_URL, whatever anybody says, so that no address can be made of
    another; an odd host would even keep Flask from making any, those on the error page included. Which host was asked
    for is kept under a name of ours, for the check of it. Every forwarding header is taken away.
    """

    def __init__(self, wsgi_app: "WSGIApplication", settings: Settings) -> None:
        self.wsgi_app = wsgi_app
        self.hops = settings.trusted_proxy_hops
        base = urlsplit(settings.base_url)
        self.always = {"wsgi.url_scheme": base.scheme, "HTTP_HOST": base.netloc, "SCRIPT_NAME": ""}
        self.expects_proxies = settings.is_production  # for only they can speak HTTPS to people

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        forwarded = environ.get(ADDRESSES, "")
        self._warn_once(forwarded)
        address = spelling_of(self._address_said(forwarded, environ.get("REMOTE_ADDR", "")))
        asked_host = environ.get("HTTP_HOST", "")
        environ.update(self.always)
        environ["REMOTE_ADDR"], environ[ASKED_HOST] = address, asked_host
        for name in [name for name in environ if name.startswith(_FORWARDING)]:
            del environ[name]
        return self.wsgi_app(environ, start_response)

    def _address_said(self, forwarded: str, peer: str) -> str:
        """The entry that the outermost proxy of ours added: each adds one at the end, and what stands before is the
        client's own claim. A shorter list did not come through all of them, and is nobody's word but the peer's."""
        said = forwarded.split(",")
        return said[-self.hops] if forwarded and 0 < self.hops <= len(said) else peer

    def _warn_once(self, forwarded: str) -> None:
        """Behind a proxy that nobody has told Foyer of, all visitors together share the limit of one address."""
        if self.expects_proxies and self.hops == 0 and forwarded:
            self.expects_proxies = False
            log.warning("requests come through a proxy, and TRUSTED_PROXY_HOPS is 0: all visitors count as one address")


@functools.lru_cache(maxsize=4096)  # people send more than one request
def spelling_of(text: str) -> str:
    """The one spelling of an address, empty for what is none."""
    return str(parse_address(text) or "")
