"""Faults of the way an answer comes, the same in each of the provider's places."""

import gzip
import zlib
from collections.abc import Callable, Iterator

from werkzeug.wrappers import Response

from tests.hostile.line import Line
from tests.hostile.provider import WORDS, Fault, Honest, Place, Spoilt

MANY_BYTES = 64 * 1024 * 1024
_PIECE = b" " * 64 * 1024
_GZIP_HEADER = gzip.compress(b"")[:10]
_EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"  # of deflate, of which any number may come
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def at(place: Place, spoilt: Spoilt) -> Fault:
    return Fault(place, lambda honest: spoilt)


def saying(place: Place, status: int) -> Fault:
    """Another status, with a page for people."""
    return at(place, Response(f"<h1>{WORDS}</h1>", status, mimetype="text/html"))


def leading_away(place: Place, status: int) -> Fault:
    """A redirect to another origin, where somebody notes who comes."""

    def spoil(honest: Honest) -> Spoilt:
        trap = honest.provider.issuer.replace("localhost", "127.0.0.1").rstrip("/") + Place.TRAP
        return Response(WORDS, status, {"Location": trap})

    return Fault(place, spoil)


def large(place: Place, *, is_chunked: bool = False) -> Fault:
    """64 MiB that begin like an honest answer."""
    length = {} if is_chunked else {"Content-Length": str(MANY_BYTES)}
    return Fault(place, lambda honest: Response(_pieces(), 200, length, mimetype="application/json"))


def packed(place: Place, body: bytes, encoding: str) -> Fault:
    headers = {"Content-Encoding": encoding}
    return Fault(place, lambda honest: Response(body, 200, headers, mimetype="application/json"))


def late(place: Place, make_late: Callable[[], None]) -> Fault:
    """The honest answer, after a while."""

    def spoil(honest: Honest) -> Spoilt:
        make_late()
        return honest.document

    return Fault(place, spoil)


def _pieces() -> Iterator[bytes]:
    for _ in range(MANY_BYTES // len(_PIECE)):
        yield _PIECE


BOMB = b" " * MANY_BYTES
BOMBS: dict[str, tuple[bytes, str]] = {
    "gzip": (gzip.compress(BOMB), "gzip"),
    "deflate": (zlib.compress(BOMB), "deflate"),
    "gzip in gzip": (gzip.compress(gzip.compress(BOMB)), "gzip, gzip"),
    "gzip behind gzip": (gzip.compress(b" " * 100_000) * 700, "gzip"),
    "noise for gzip": (b"noise", "gzip"),
    "half of a gzip": (gzip.compress(b'{"issuer": "x"}')[:-4], "gzip"),
    "an unknown packing": (b"\x8b\x02\x80{}\x03", "br"),
}
"""Answers that unpack to 64 MiB, or to nothing."""

SILENCE: dict[str, Line] = {
    "accepts and never answers": Line(),
    "answers with headers and then never": Line(_OK + b"Content-Length: 5000\r\n\r\n"),
    "drips a header": Line(_OK + b"X-Slow: ", b"a"),
    "drips its body": Line(_OK + b"Content-Length: 5000\r\n\r\n", b" "),
    "drips chunks": Line(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "drips a packing of nothing": Line(_OK + b"Content-Encoding: gzip\r\n\r\n" + _GZIP_HEADER, _EMPTY_BLOCK),
}
"""Ways of holding whoever waits."""

BREAKS: dict[str, Line] = {
    "closes at once": Line(ends="closed"),
    "resets at once": Line(ends="reset"),
    "resets in its headers": Line(_OK, ends="reset"),
    "resets in its body": Line(_OK + b"Content-Length: 5000\r\n\r\n{", ends="reset"),
    "closes in its body": Line(_OK + b"Content-Length: 5000\r\n\r\n{", ends="closed"),
    "speaks no HTTP": Line(b"\x00\x01\x02 Pwned\r\n\r\n", ends="closed"),
    "sends a header of a megabyte": Line(_OK + b"X-Long: " + b"a" * 1_000_000 + b"\r\n\r\n{}", ends="closed"),
    "sends ten thousand headers": Line(_OK + b"X-Many: a\r\n" * 10_000 + b"\r\n{}", ends="closed"),
    "sends two lengths": Line(_OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", ends="closed"),
    "sends chunks of no length": Line(_OK + b"Transfer-Encoding: chunked\r\n\r\nPwned\r\n", ends="closed"),
}
"""Connections that break."""
