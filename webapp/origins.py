"""Origins: the scheme, host and port of a web address, as a browser writes them (RFC 6454, 6.2)."""

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_host(text: str) -> bool:
    """Whether this can stand in a Host header: a name or an address, and perhaps a port."""
    return _HOST.fullmatch(text) is not None


def origin_of(address: str) -> str | None:
    """The origin that an address consists of; None when there is more to it, such as a path, or when it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment
    return None if has_more or not is_host(parts.netloc) else origin(parts.scheme, parts.netloc)


def origin(scheme: str, host: str) -> str:
    """The one spelling for a scheme and what stands in a Host header: in lower case, without the usual port."""
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"
