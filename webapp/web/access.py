"""The guards: the rule a blueprint applies before any of its views. Which applies where is listed in `blueprints`."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.visitor import SignedInVisitor

Guard = Callable[[], ResponseReturnValue | None]


def open_to_all() -> None:
    """Anybody."""


def signed_in() -> ResponseReturnValue | None:
    """Somebody with a live login session in an active organisation; others are sent to sign in and come back."""
    visitor: SignedInVisitor | None = g.visitor
    if visitor is None:
        return _to_sign_in()
    if visitor.organisation is None or not visitor.organisation.is_active:
        name = visitor.organisation.name if visitor.organisation else None
        return render_template("errors/organisation_inactive.html", organisation_name=name), 403
    return None


def onboarded() -> ResponseReturnValue | None:
    """`signed_in`, and somebody of the organisation has finished or skipped the onboarding page."""
    refusal = signed_in()
    if refusal is not None:
        return refusal
    if not g.visitor.organisation.is_onboarded:
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("onboarding.onboarding"), 303)
        abort(403)
    return None


def owner() -> ResponseReturnValue | None:
    """`onboarded`, and with the role that may change the organisation."""
    refusal = onboarded()
    if refusal is None and not g.visitor.may_change_organisation:
        abort(403)
    return refusal


def _to_sign_in() -> ResponseReturnValue:
    """To sign in and then to the page that was asked for; what was posted cannot be brought back, so only pages are."""
    is_page = request.method in ("GET", "HEAD") and not request.path.endswith(".json")
    if request.path.endswith(".json"):
        abort(401)
    query = f"?{urlencode({'next': request.full_path.rstrip('?')})}" if is_page else ""
    return redirect(url_for("auth.login") + query, 303)
