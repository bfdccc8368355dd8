"""The callback never renders: whatever goes wrong is told on another page, and the code leaves the address bar."""

import dataclasses
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from itsdangerous import timed

from tests.factories import count_rows
from tests.hostile.provider import Place
from tests.pages import Browse, path_of
from tests.provider import RunningProvider
from webapp import create_app
from webapp.domain.errors import SignInCause
from webapp.models import User
from webapp.services import accounts
from webapp.web import sign_in_failures
from webapp.web.sign_in_sentences import FAILURE_PAGES
from webapp.web.visitor import COOKIE

STATUSES = {
    SignInCause.LOST_ATTEMPT: 400,
    SignInCause.MALFORMED: 400,
    SignInCause.CANCELLED: 403,
    SignInCause.DENIED: 403,
    SignInCause.NOT_VERIFIABLE: 502,
    SignInCause.PROVIDER_UNAVAILABLE: 503,
    SignInCause.OUR_FAULT: 503,
}


@pytest.mark.parametrize("cause", STATUSES)
def test_every_kind_of_failure_has_its_status(cause: SignInCause):
    assert FAILURE_PAGES[cause].status == STATUSES[cause]


@pytest.fixture
def without_database(app: Flask, provider: RunningProvider) -> Browse:
    """Somebody with a login cookie, while the database refuses connections."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    settings = dataclasses.replace(
        app.config["SETTINGS"], database_url=f"postgresql+psycopg2://foyer@127.0.0.1:{port}/foyer"
    )
    browse = Browse(create_app(settings), provider)
    browse.client.set_cookie(COOKIE, "x" * 43, domain="127.0.0.1")
    return browse


def test_while_the_database_is_away_the_code_is_not_used_up(without_database: Browse):
    browse = without_database
    token = browse.cookie(COOKIE)
    browse.client.delete_cookie(COOKIE, domain="127.0.0.1")
    start = browse.get("/login", 303)
    browse.client.set_cookie(COOKIE, token or "", domain="127.0.0.1")

    answered = browse.get(path_of(browse.provider.answer(start.location, "newcomer-company")), 303)

    told = browse.is_refused(answered, SignInCause.OUR_FAULT)
    assert told.response.headers["Retry-After"]
    assert answered.response.headers["Referrer-Policy"] == "no-referrer"
    assert Place.TOKEN not in browse.provider.hostile.calls


def test_a_bug_of_ours_is_told_as_our_fault(browse: Browse, app: Flask, monkeypatch, caplog):
    def fail(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(accounts, "sign_in", fail)

    browse.is_refused(browse.sign_in("newcomer-company"), SignInCause.OUR_FAULT)
    assert "ZeroDivisionError" in caplog.text
    assert count_rows(app, User) == 0
    monkeypatch.undo()
    assert browse.sign_in("newcomer-company").location == "/onboarding"


def test_a_cause_is_told_for_a_minute_and_then_no_more(browse: Browse, monkeypatch: pytest.MonkeyPatch):
    start = browse.get("/login", 303)
    told = browse.get(path_of(browse.provider.deny(start.location)), 303).location
    assert FAILURE_PAGES[SignInCause.DENIED].status == browse.get(told, 403).status

    later = time.time() + sign_in_failures.LIFETIME_SECONDS + 2
    monkeypatch.setattr(timed.time, "time", lambda: later)

    assert FAILURE_PAGES[SignInCause.LOST_ATTEMPT].sentence in browse.get(told, 400).text("main")


@pytest.mark.parametrize("path", ["/dashboard", "/usage?" + "a" * 900, "/usage?" + "\u20ac" * 900])
def test_a_hundred_abandoned_attempts_weigh_no_more_than_a_browser_keeps(browse: Browse, path: str):
    browse.get("/help")  # which sets the cookie that forms need
    for number in range(100):
        browse.get("/login", 303, query_string={"next": path + str(number), "industry": "professional_services"})
        cookies = [f"{cookie.key}={cookie.value}" for cookie in browse.client._cookies.values()]
        assert len("; ".join([*cookies, f"{COOKIE}={'x' * 43}"])) <= 4_093

    assert 1 <= len([cookie for cookie in cookies if cookie.startswith("foyer_attempt_")]) <= 5
    start = browse.get("/login", 303, query_string={"next": path})
    assert (
        browse.get(path_of(browse.provider.answer(start.location, "newcomer-company")), 303).location == "/onboarding"
    )


def test_a_callback_that_comes_eight_times_at_once_signs_in_once_and_begins_again_for_the_rest(browse, app, provider):
    """A double click, and a browser that tries again: each of them comes with the same cookies."""
    start = browse.get("/login?industry=gym", 303)
    callback = path_of(provider.answer(start.location, "newcomer-company"))
    tabs = [Browse(app, provider) for _ in range(8)]
    for tab in tabs:
        for cookie in browse.client._cookies.values():
            tab.client.set_cookie(cookie.key, cookie.value, domain="127.0.0.1")

    with ThreadPoolExecutor(8) as threads:
        led_to = sorted(threads.map(lambda tab: tab.get(callback, 303).location, tabs))

    assert led_to == ["/login?again=1&industry=gym"] * 7 + ["/onboarding?industry=gym"]
    assert count_rows(app, User) == 1
