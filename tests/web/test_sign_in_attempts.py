"""What a browser carries from "Sign in" to the callback: signed, for ten minutes, for one attempt."""

import dataclasses
from collections.abc import Callable

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from webapp.config import Settings
from webapp.domain.sign_in_attempt import AGAIN, SignInAttempt, is_of_second_attempt
from webapp.web import sign_in_attempts

ATTEMPT = SignInAttempt("a-state-that-only-this-test-knows", "nonce", "verifier", "hotel", "/usage")
BEGAN = 1_700_000_000

At = Callable[[int], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Moves the clock of the signatures to so many seconds after the attempt was begun."""

    def move(seconds: int) -> None:
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: BEGAN + seconds)

    move(0)
    return move


def carried(app: Flask, attempt: SignInAttempt = ATTEMPT) -> tuple[str, str]:
    """(name, value) of the cookie a browser is given for an attempt."""
    with app.test_request_context():
        response = app.make_response("")
        sign_in_attempts.remember(response, attempt)
    name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    return name, value


def found(app: Flask, name: str, value: str, state: str = ATTEMPT.state) -> SignInAttempt | None:
    with app.test_request_context(headers={"Cookie": f"{name}={value}"}):
        return sign_in_attempts.find(state)


def keyed(app: Flask, settings: Settings, **keys: object) -> Flask:
    """An application that differs in its secret keys alone."""
    other = Flask("other")
    other.config["SETTINGS"] = dataclasses.replace(settings, **keys)  # type: ignore[arg-type]
    return other


def test_an_attempt_comes_back_whole(app: Flask):
    name, value = carried(app)

    assert name == "foyer_attempt_a-state-that"
    assert found(app, name, value) == ATTEMPT


def test_a_changed_letter_is_noticed(app: Flask):
    name, value = carried(app)

    for place in range(len(value)):
        if value[place] not in ".=":
            changed = value[:place] + ("A" if value[place] != "A" else "Z") + value[place + 1 :]
            # the last letter of a signature holds two bits that say nothing
            assert place == len(value) - 1 or found(app, name, changed) is None, place


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "x" * 5000], ids=["empty", "letter", "dots", "long"])
def test_rubbish_is_no_attempt(app: Flask, value: str):
    assert found(app, carried(app)[0], value) is None


def test_an_attempt_of_another_shape_is_no_attempt(app: Flask, settings: Settings):
    serializer = URLSafeTimedSerializer(settings.secret_key, salt="foyer sign-in attempt")

    for content in (["state", "nonce"], "a text", {"state": ATTEMPT.state}, None, 7):
        assert found(app, carried(app)[0], str(serializer.dumps(content))) is None


def test_what_is_signed_for_something_else_is_no_attempt(app: Flask, settings: Settings):
    ticket = URLSafeTimedSerializer(settings.secret_key, salt="foyer sign-in failure")

    assert found(app, carried(app)[0], str(ticket.dumps(dataclasses.astuple(ATTEMPT)))) is None


def test_another_state_finds_nothing(app: Flask):
    name, value = carried(app)

    assert found(app, name, value, state=ATTEMPT.state + "x") is None
    assert found(app, name, value, state="a-state-that-is-another") is None


@pytest.mark.parametrize(("seconds", "is_found"), [(0, True), (600, True), (601, False), (86_400, False), (-1, False)])
def test_an_attempt_lasts_ten_minutes(app: Flask, at: At, seconds: int, is_found: bool):
    name, value = carried(app)
    at(seconds)

    assert (found(app, name, value) is not None) == is_found


def test_an_attempt_outlives_a_change_of_the_secret_key_and_no_more(app: Flask, settings: Settings):
    name, value = carried(app)

    changed = keyed(app, settings, secret_key="the-new-key", secret_key_fallbacks=(settings.secret_key,))
    assert found(changed, name, value) == ATTEMPT
    assert found(keyed(app, settings, secret_key="the-new-key"), name, value) is None
    new_name, new_value = carried(changed)
    assert found(keyed(app, settings, secret_key="the-new-key"), new_name, new_value) == ATTEMPT


def test_a_second_attempt_says_so_in_its_state(app: Flask):
    second = dataclasses.replace(ATTEMPT, state="short" + AGAIN)

    assert is_of_second_attempt(second.state)
    assert not is_of_second_attempt(ATTEMPT.state)
    assert found(app, *carried(app, second), state=second.state) == second
