"""Somebody else's server that answers byte by byte, in whatever part of its answer, holds nobody for long."""

import dataclasses
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.hostile.transport import BOMBS
from tests.patience import PATIENCE_SECONDS
from webapp.config import Settings
from webapp.database_deadline import EXTRA_SECONDS, REQUEST_SECONDS
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.gateways import bounded_http
from webapp.gateways.bounded_http import (
    CONNECT_SECONDS,
    MOST_BYTES,
    READ_SECONDS,
    TOTAL_SECONDS,
    TooLarge,
    bound,
    one_deadline,
    seconds_left,
)
from webapp.gateways.identity_provider import IdentityProvider

TOTAL = 0.4

Answer = tuple[bytes, bytes]
"""What is sent at once, and what is sent again and again after it."""

DRIPS: dict[str, Answer] = {
    "status line": (b"", b"H"),
    "one header": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"X-Slow: a\r\n"),
    "body of a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"a"),
    "body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    "many chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "one chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", b"a"),
}


@pytest.fixture
def drip() -> Iterator[Callable[[Answer], str]]:
    """Starts a server that drips until the test is over, so that whoever comes back from it has given it up. Gives its
    address, with a final slash."""
    is_over = threading.Event()
    listeners: list[socket.socket] = []

    def answer(client: socket.socket, at_once: bytes, again: bytes) -> None:
        with client:
            try:
                client.recv(65_536)
                client.sendall(at_once)
                while not is_over.wait(0.1):
                    client.sendall(again)
            except OSError:
                return  # the client has given up

    def serve(listener: socket.socket, parts: Answer) -> None:
        while not is_over.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client, *parts), daemon=True).start()

    def start(parts: Answer) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, parts), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    is_over.set()
    for listener in listeners:
        listener.close()


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "TOTAL_SECONDS", TOTAL)


def get(address: str) -> requests.Response:
    with requests.Session() as session:
        bound(session)
        return session.get(address, allow_redirects=False)


@pytest.mark.usefixtures("in_a_hurry")
@pytest.mark.parametrize("parts", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_is_given_up(drip: Callable[[Answer], str], parts: Answer):
    with pytest.raises(requests.RequestException):
        get(drip(parts))

    nothing_is_left_running()


@pytest.mark.usefixtures("in_a_hurry")
def test_all_calls_of_one_request_end_together(drip: Callable[[Answer], str]):
    address = drip(DRIPS["one header"])

    with one_deadline():
        for _ in range(3):
            with pytest.raises(requests.Timeout):
                get(address)
            assert seconds_left() == 0, "for the calls that are still to come"


def test_a_deadline_is_over_with_its_block(drip: Callable[[Answer], str]):
    with one_deadline(0.01):
        time.sleep(0.02)
        assert seconds_left() == 0

    quick = drip((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b""))
    assert get(quick).text == "ok"


@pytest.mark.usefixtures("in_a_hurry")
def test_eight_people_who_sign_in_at_a_provider_that_drips_are_all_told_in_time(
    drip: Callable[[Answer], str], settings: Settings
):
    gateway = IdentityProvider(dataclasses.replace(settings, oidc_issuer=drip(DRIPS["one header"])))

    def begin(number: int) -> SignInCause:
        with pytest.raises(SignInRefused) as refusal, one_deadline():
            gateway.begin(None, None, None)
        return refusal.value.cause

    with ThreadPoolExecutor(8) as threads:
        causes = list(threads.map(begin, range(8)))

    assert causes == [SignInCause.PROVIDER_UNAVAILABLE] * 8


def test_an_answer_that_is_too_large_is_not_read(drip: Callable[[Answer], str]):
    body = b"x" * (bounded_http.MOST_BYTES + 1)
    large = drip((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body), b""))

    with pytest.raises(requests.ConnectionError, match="larger than"):
        get(large)


def test_a_bomb_is_not_unpacked(drip: Callable[[Answer], str]):
    body, encoding = BOMBS["gzip"]
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b"
    address = drip((packed % (encoding.encode(), len(body), body), b""))

    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            get(address)
        assert tracemalloc.get_traced_memory()[1] < 8 * MOST_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("in_a_hurry")
def test_a_handshake_that_drips_is_given_up(drip: Callable[[Answer], str]):
    address = drip((b"\x16\x03\x03\x3e\x80", b"\x00")).replace("http:", "https:")  # the start of a record of 16,000

    with pytest.raises(requests.RequestException):
        get(address)

    nothing_is_left_running()


def nothing_is_left_running() -> None:
    """Else every sign-in at a provider that drips would leave a thread and a connection behind."""
    for thread in threading.enumerate():
        if thread.name == "bounded-http":
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def test_a_deadline_in_a_deadline_cannot_outlast_it():
    with one_deadline(0.1), one_deadline(5):
        assert seconds_left() <= 0.1
    with one_deadline(5), one_deadline(0.1):
        assert seconds_left() <= 0.1


def test_the_real_figures_are_those_that_were_promised():
    assert (CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS) == (3, 5, 8)
    assert MOST_BYTES == 1024 * 1024
    assert TOTAL_SECONDS < REQUEST_SECONDS + EXTRA_SECONDS < 8.5, "a refusal is counted, and told in time"
