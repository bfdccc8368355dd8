"""Carrying the cause of a failed sign-in from the callback to the page that tells it.

The callback never renders, so that the code leaves the address bar. The cause travels signed and for a minute: nobody
can make our page say something by writing an address.
"""

from flask import Response, current_app, g, redirect, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.config import Settings
from webapp.domain.errors import SignInCause

LIFETIME_SECONDS = 60


def to_failure_page(cause: SignInCause) -> Response:
    """Sends the browser to the sign-in-failed page with this cause and the reference of this request."""
    ticket = _serializer().dumps([cause.value, g.reference])
    response = redirect(url_for("auth.sign_in_failed", ticket=ticket), 303)
    assert isinstance(response, Response)
    return response


def read_ticket() -> tuple[SignInCause, str]:
    """The cause and reference the browser was sent with. Without a good ticket it is the most ordinary cause: an
    attempt that was lost, under the reference of this request."""
    try:
        cause, reference = _serializer().loads(request.args.get("ticket", ""), max_age=LIFETIME_SECONDS)
        return SignInCause(cause), str(reference)
    except (BadData, ValueError, TypeError):
        return SignInCause.LOST_ATTEMPT, g.reference


def _serializer() -> URLSafeTimedSerializer:
    settings: Settings = current_app.config["SETTINGS"]
    return URLSafeTimedSerializer([*settings.secret_key_fallbacks, settings.secret_key], salt="foyer sign-in failure")
