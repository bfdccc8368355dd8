"""The pages: every blueprint with the guard that applies before any of its views. "Open" is written out."""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin import admin_changes, admin_pages
from webapp.blueprints.auth import auth
from webapp.blueprints.dashboard import dashboard_pages
from webapp.blueprints.landing import landing_pages
from webapp.blueprints.looking import looking_pages
from webapp.blueprints.onboarding import onboarding_pages
from webapp.blueprints.sessions import session_pages
from webapp.blueprints.settings import settings_pages
from webapp.blueprints.status import status_pages
from webapp.web.access import (
    Guard,
    onboarded,
    open_to_all,
    owner,
    platform_admin,
    platform_admin_fresh,
    signed_in,
)

BLUEPRINTS: tuple[tuple[Blueprint, Guard], ...] = (
    (landing_pages, open_to_all),
    (status_pages, open_to_all),
    (auth, open_to_all),
    (looking_pages, open_to_all),
    (onboarding_pages, signed_in),
    (session_pages, signed_in),
    (dashboard_pages, onboarded),
    (settings_pages, owner),
    (admin_pages, platform_admin),
    (admin_changes, platform_admin_fresh),
)

GUARDS: dict[str, Guard] = {blueprint.name: guard for blueprint, guard in BLUEPRINTS}
GUARDS_OUTSIDE_BLUEPRINTS: dict[str, Guard] = {"static": open_to_all}
"""The guards of Flask's own routes, by endpoint."""


class Unguarded(RuntimeError):
    """A route was added without a guard. It is not answered, so that forgetting one opens nothing."""


def register_blueprints(app: Flask) -> None:
    """Registers the pages, and their guards as the last hook: after who is asking, the limiter and the CSRF check."""
    for blueprint, _ in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.before_request(_apply_guard)


def guard_of(endpoint: str) -> Guard:
    """The guard that applies before a route's view. Raises Unguarded."""
    blueprint, _, name = endpoint.rpartition(".")
    guard = GUARDS.get(blueprint) if blueprint else GUARDS_OUTSIDE_BLUEPRINTS.get(name)
    if guard is None:
        raise Unguarded(f"{endpoint} has no guard: name one in webapp.blueprints")
    return guard


def _apply_guard() -> ResponseReturnValue | None:
    """An address without a route has nothing to guard: what answers is an error page or a redirect of Flask's own."""
    return guard_of(request.endpoint)() if request.endpoint else None
