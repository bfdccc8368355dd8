"""The guards: the rule a blueprint applies before any of its views. Which applies where is listed in `blueprints`."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.visitor import SignedInVisitor
from webapp.web.error_pages import only_looking, page, wants_json

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


def platform_admin() -> ResponseReturnValue | None:
    """One of our own people, wherever they belong themselves: they look after other organisations."""
    visitor: SignedInVisitor | None = g.visitor
    if visitor is None:
        return _to_sign_in()
    if visitor.looked_at_by is not None:
        return only_looking()
    if not visitor.is_platform_admin:
        abort(403)
    return None


def platform_admin_fresh() -> ResponseReturnValue | None:
    """`platform_admin`, and with a fresh sign-in. For what is hard to undo."""
    refusal = platform_admin()
    return fresh_sign_in() if refusal is None else refusal


def fresh_sign_in() -> ResponseReturnValue | None:
    """Somebody whom the provider saw prove who they are within the last quarter of an hour, as far as it says when.

    Others are sent to do so and come back. What was posted cannot be brought back: nothing of it is done or kept, and
    the page says so. A guard, and for a view that asks for it only sometimes.
    """
    visitor: SignedInVisitor | None = g.visitor
    if visitor is None:
        return _to_sign_in()
    if visitor.has_fresh_sign_in:
        return None
    if request.method in ("GET", "HEAD") and not wants_json():
        return redirect(_fresh_sign_in_address(request.full_path.rstrip("?")), 303)
    adapter = current_app.create_url_adapter(request)
    has_page = adapter is not None and adapter.test(method="GET")
    way_on = _fresh_sign_in_address(request.path if has_page else None)
    return page(403, "Sign in again", template="errors/sign_in_again.html", way_on=way_on)


def _fresh_sign_in_address(next_path: str | None) -> str:
    return url_for("auth.login", fresh=1, next=next_path)


def _to_sign_in() -> ResponseReturnValue:
    """To sign in and then to the page that was asked for; what was posted cannot be brought back, so only pages are."""
    is_page = request.method in ("GET", "HEAD") and not request.path.endswith(".json")
    if request.path.endswith(".json"):
        abort(401)
    query = f"?{urlencode({'next': request.full_path.rstrip('?')})}" if is_page else ""
    return redirect(url_for("auth.login") + query, 303)
