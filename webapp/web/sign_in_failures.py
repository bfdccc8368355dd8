"""Carrying the cause of a failed sign-in from the callback to the page that tells it.

The callback never renders, so that the code leaves the address bar. The cause travels signed and for a minute: nobody
can make our page say something by writing an address. The name of a suspended organisation travels with it, in the
address of somebody who has just proved to be one of its people.
"""

from dataclasses import dataclass

from flask import Response, current_app, g, redirect, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.config import Settings
from webapp.domain.errors import SignInCause, SignInRefused

LIFETIME_SECONDS = 60


@dataclass(frozen=True)
class Ticket:
    """What the sign-in-failed page is told: why, the reference to quote, and for some causes which organisation."""

    cause: SignInCause
    reference: str
    organisation_name: str | None = None


def to_failure_page(refusal: SignInRefused) -> Response:
    """Sends the browser to the sign-in-failed page with this refusal and the reference of this request."""
    ticket = _serializer().dumps([refusal.cause.value, g.reference, refusal.organisation_name])
    response = redirect(url_for("auth.sign_in_failed", ticket=ticket), 303)
    assert isinstance(response, Response)
    return response


def read_ticket() -> Ticket:
    """What the browser was sent with. Without a good ticket it is the most ordinary cause: an attempt that was lost,
    under the reference of this request."""
    try:
        cause, *rest = _serializer().loads(request.args.get("ticket", ""), max_age=LIFETIME_SECONDS)
        return Ticket(SignInCause(cause), *rest)
    except (BadData, ValueError, TypeError):
        return Ticket(SignInCause.LOST_ATTEMPT, g.reference)


def _serializer() -> URLSafeTimedSerializer:
    settings: Settings = current_app.config["SETTINGS"]
    return URLSafeTimedSerializer(settings.signing_keys, salt="foyer sign-in failure")
