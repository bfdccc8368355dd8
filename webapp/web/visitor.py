"""Who is asking: worked out once for each request, before the limiter, from the login cookie and one SQL statement."""

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from webapp.domain.errors import StoreUnavailable
from webapp.services import login_sessions, visitors
from webapp.services.login_sessions import ABSOLUTE_LIFETIME

COOKIE = "foyer_login"
SECURE_COOKIE = "__Host-foyer_login"  # a browser then refuses it without Secure, with a Domain, or from a subdomain

# They must answer while the database is away, and say nothing about anybody.
_NOBODY_ASKS = frozenset({"static", "status.healthz", "status.readyz", "status.metrics"})
_ASKS_IF_IT_CAN = frozenset({"status.service_status", "auth.callback", "auth.sign_in_failed"})
"""Tell people that the database is away, so somebody signed in has to see it then too. The callback sends them on."""

_ASKED_BY_ITSELF = frozenset({"dashboard.usage_json"})
"""What a page that was left open goes on asking for. Nobody need be there, so it keeps nobody signed in."""


def init_visitor(app: Flask) -> None:
    """Has to be called before the limiter is initialised, whose callables read what this hook leaves on `g`."""
    app.before_request(load_visitor)


def load_visitor() -> None:
    """Sets `g.visitor`, and `g.is_visitor_unknown` where nobody could say who it is. A request without a login cookie
    costs no look-up."""
    g.visitor, g.is_visitor_unknown = None, False
    token, endpoint = request.cookies.get(cookie_name()), request.endpoint
    if not token or endpoint in _NOBODY_ASKS:
        return
    try:
        g.visitor = visitor = visitors.find_visitor(token)
        if visitor is not None and endpoint not in _ASKED_BY_ITSELF:
            login_sessions.touch(visitor)
    except (SQLAlchemyError, StoreUnavailable):
        if endpoint not in _ASKS_IF_IT_CAN:
            raise
        g.is_visitor_unknown = True


def set_login_cookie(response: Response, token: str) -> None:
    """Gives the browser a login session. Lax and not Strict: Strict would lose it on the way back from the provider."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(ABSOLUTE_LIFETIME.total_seconds()),
        path="/",
        secure=current_app.config["SETTINGS"].is_production,
        httponly=True,
        samesite="Lax",
    )


def clear_login_cookie(response: Response) -> None:
    """Takes the cookie back, with the same attributes, or a browser keeps a `__Host-` cookie."""
    response.delete_cookie(
        cookie_name(), path="/", secure=current_app.config["SETTINGS"].is_production, httponly=True, samesite="Lax"
    )


def cookie_name() -> str:
    """The login cookie's name; only production can promise the `__Host-` one, which needs HTTPS."""
    return SECURE_COOKIE if current_app.config["SETTINGS"].is_production else COOKIE
