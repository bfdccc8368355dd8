"""Sign-in attempts in the browser: one signed cookie each, for ten minutes, five at most.

Not in Flask's session: there, abandoned attempts pile up until the cookie is too large for a browser to keep, and of
two tabs that start at the same moment one loses. No database is needed to begin, so bots cost nothing.
"""

import dataclasses
import hmac

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.config import Settings
from webapp.domain.sign_in_attempt import SignInAttempt

PREFIX = "foyer_attempt_"
LIFETIME_SECONDS = 600
MOST_ATTEMPTS = 5
_ID_LENGTH = 12


def remember(response: Response, attempt: SignInAttempt) -> None:
    """Adds an attempt to the browser's, and takes away what is too old or one too many."""
    live = _live_attempts()
    for name, _ in [*_dead_cookies(live), *live[: max(0, len(live) - MOST_ATTEMPTS + 1)]]:
        _delete(response, name)
    response.set_cookie(
        _name(attempt.state),
        _serializer().dumps(dataclasses.astuple(attempt)),
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


def _live_attempts() -> list[tuple[str, float]]:
    """(cookie name, when it was made) of every attempt that is still good, oldest first."""
    found = []
    for name, value in request.cookies.items():
        if name.startswith(PREFIX):
            try:
                _, made_at = _serializer().loads(value, max_age=LIFETIME_SECONDS, return_timestamp=True)
            except BadData:
                continue
            found.append((name, made_at.timestamp()))
    return sorted(found, key=lambda attempt: attempt[1])


def _dead_cookies(live: list[tuple[str, float]]) -> list[tuple[str, float]]:
    names = {name for name, _ in live}
    return [(name, 0.0) for name in request.cookies if name.startswith(PREFIX) and name not in names]


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
    settings = _settings()
    return URLSafeTimedSerializer([*settings.secret_key_fallbacks, settings.secret_key], salt="foyer sign-in attempt")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
