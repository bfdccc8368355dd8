"""Sign-in attempts in the browser: one signed cookie each, for ten minutes, five at most and never many bytes.

Not in Flask's session: there, abandoned attempts pile up until the cookie is too large for a browser to keep, and of
two tabs that start at the same moment one loses. No database is needed to begin, so bots cost nothing.
"""

import contextlib
import dataclasses
import hmac

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.config import Settings
from webapp.domain.sign_in_attempt import SignInAttempt

PREFIX = "foyer_attempt_"
LIFETIME_SECONDS = 600
MOST_ATTEMPTS = 5
MOST_BYTES = 3000
"""Names and values of all attempts together. Some servers refuse a header of 4 kB, and others of ours travel in it."""
LARGEST_COOKIE = 2000  # with a page to go back to; the largest without is a fifth of that
_ID_LENGTH = 12


def remember(response: Response, attempt: SignInAttempt) -> None:
    """Adds an attempt to the browser's, and takes away what is too old or one too many."""
    value = _write(attempt)
    if len(value) > LARGEST_COOKIE:  # a page of this length is given up rather than the sign-in
        value = _write(dataclasses.replace(attempt, next_path=None))
    live = _live_attempts()
    for name in _ours():
        if name not in live:
            _delete(response, name)
    while live and (len(live) >= MOST_ATTEMPTS or len(value) + _bytes_of(live) > MOST_BYTES):
        _delete(response, live.pop(0))
    response.set_cookie(
        _name(attempt.state),
        value,
        max_age=LIFETIME_SECONDS,
        path="/",
        secure=_settings().is_production,
        httponly=True,
        samesite="Lax",  # Strict would lose it on the way back from the provider
    )


def find(state: str) -> SignInAttempt | None:
    """The attempt of this browser that carried this state, None when it is unknown, too old, forged or was used."""
    attempt = _read(request.cookies.get(_name(state), ""))
    if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        return None
    return attempt


def forget(response: Response, state: str) -> None:
    """An attempt is used once, whatever came of it."""
    _delete(response, _name(state))


def _live_attempts() -> list[str]:
    """The cookies of the attempts that are still good, oldest first."""
    made_at = {}
    for name in _ours():
        with contextlib.suppress(BadData):
            _, moment = _serializer().loads(request.cookies[name], max_age=LIFETIME_SECONDS, return_timestamp=True)
            made_at[name] = moment
    return sorted(made_at, key=lambda name: made_at[name])


def _ours() -> list[str]:
    return [name for name in request.cookies if name.startswith(PREFIX)]


def _bytes_of(names: list[str]) -> int:
    """What these cookies and one more name weigh, as they are sent."""
    between = len("=; ")
    return sum(len(name) + len(request.cookies[name]) + between for name in names) + len(PREFIX) + _ID_LENGTH + between


def _write(attempt: SignInAttempt) -> str:
    written = _serializer().dumps(dataclasses.astuple(attempt))
    return written if isinstance(written, str) else written.decode("ascii")


def _read(value: str) -> SignInAttempt | None:
    try:
        return SignInAttempt(*_serializer().loads(value, max_age=LIFETIME_SECONDS))
    except (BadData, TypeError):
        return None


def _delete(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=_settings().is_production, httponly=True, samesite="Lax")


def _name(state: str) -> str:
    """The beginning of the state tells the cookies apart; only letters that a cookie's name may hold are kept."""
    return PREFIX + "".join(c for c in state[:_ID_LENGTH] if c.isascii() and (c.isalnum() or c in "-_"))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_settings().signing_keys, salt="foyer sign-in attempt")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
