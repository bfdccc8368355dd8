"""Somebody else's server that answers byte by byte, in whatever part of its answer, holds nobody for long."""

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from webapp.config import Settings
from webapp.database_deadline import REQUEST_SECONDS
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.gateways import bounded_http
from webapp.gateways.bounded_http import bound, one_deadline
from webapp.gateways.identity_provider import IdentityProvider

TOTAL, SLACK = 0.6, 0.6

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
    """Starts a server that drips for ten seconds or until the test is over. Gives its address, with a final slash."""
    is_over = threading.Event()
    listeners: list[socket.socket] = []

    def answer(client: socket.socket, at_once: bytes, again: bytes) -> None:
        with client:
            try:
                client.recv(65_536)
                client.sendall(at_once)
                for _ in range(100):
                    if is_over.wait(0.1):
                        return
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


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "TOTAL_SECONDS", TOTAL)


def get(address: str) -> requests.Response:
    with requests.Session() as session:
        bound(session)
        return session.get(address, allow_redirects=False)


@pytest.mark.parametrize("parts", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_is_given_up(drip: Callable[[Answer], str], parts: Answer):
    began = time.monotonic()

    with pytest.raises(requests.RequestException):
        get(drip(parts))

    assert time.monotonic() - began < TOTAL + SLACK


def test_all_calls_of_one_request_end_together(drip: Callable[[Answer], str]):
    address, began = drip(DRIPS["one header"]), time.monotonic()

    with one_deadline():
        for _ in range(3):
            with pytest.raises(requests.Timeout):
                get(address)

    assert time.monotonic() - began < TOTAL + SLACK


def test_a_deadline_is_over_with_its_block(drip: Callable[[Answer], str]):
    with one_deadline():
        time.sleep(TOTAL)

    quick = drip((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b""))
    assert get(quick).text == "ok"


def test_eight_people_who_sign_in_at_a_provider_that_drips_are_all_told_in_time(
    drip: Callable[[Answer], str], settings: Settings
):
    gateway = IdentityProvider(dataclasses.replace(settings, oidc_issuer=drip(DRIPS["one header"])))

    def begin(number: int) -> SignInCause:
        with pytest.raises(SignInRefused) as refusal, one_deadline():
            gateway.begin(None, None, None)
        return refusal.value.cause

    began = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        causes = list(threads.map(begin, range(8)))

    assert causes == [SignInCause.PROVIDER_UNAVAILABLE] * 8
    assert time.monotonic() - began < TOTAL + 2 * SLACK


def test_an_answer_that_is_too_large_is_not_read(drip: Callable[[Answer], str]):
    body = b"x" * (bounded_http.MOST_BYTES + 1)
    large = drip((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body), b""))

    with pytest.raises(requests.ConnectionError, match="larger than"):
        get(large)


def test_the_database_can_still_be_asked_after_the_longest_wait(monkeypatch: pytest.MonkeyPatch):
    """The refusal is counted, and somebody whom a slow provider did vouch for is signed in."""
    monkeypatch.undo()
    assert bounded_http.TOTAL_SECONDS + 1 <= REQUEST_SECONDS
