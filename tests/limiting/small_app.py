"""The real limiter on a small application, on which a request is anybody's that the test says."""

import dataclasses
import uuid
from datetime import UTC, datetime

from flask import Blueprint, Flask, g
from flask.testing import FlaskClient

from tests.limiting.clocks import Clock
from webapp.config import Environment, Settings
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole
from webapp.domain.visitor import CurrentOrganisation, SignedInVisitor
from webapp.limiting.extension import init_limiter

NOW = datetime(2026, 5, 1, 14, 30, tzinfo=UTC)
SETTINGS = Settings(
    environment=Environment.TEST,
    base_url="http://127.0.0.1:8000",
    database_url="",
    owner_database_url="",
    secret_key="only-the-tests-know-this-one",
    oidc_issuer="http://localhost/",
    oidc_client_id="",
    oidc_client_secret="",
    ratelimit_storage_uri="memory://",
    address_limit_per_hour=9,
    address_burst_limit=4,
)
PAGES = {
    "dashboard": ("dashboard", "usage", "usage.json"),
    "status": ("healthz", "readyz"),
    "auth": ("login", "callback", "logout"),
}


def visitor(**changed: object) -> SignedInVisitor:
    """Somebody of an organisation with 6 requests an hour and 3 in any 60 seconds, unless the test says otherwise."""
    organisation = CurrentOrganisation(
        id=uuid.UUID(int=7),
        name="Odeon",
        industry=Industry.CINEMA,
        plan=SubscriptionPlan.BASIC,
        role=MembershipRole.OWNER,
        is_active=True,
        trade=None,
        sic_code=None,
        hour_override=6,
        burst_override=3,
        rate_limit_enabled=True,
        limits_shadow=False,
        limits_version=1,
        base=None,
        version=1,
        onboarded_at=NOW,
        industry_chosen_at=NOW,
        created_at=NOW,
    )
    organisation = dataclasses.replace(organisation, **changed)  # type: ignore[arg-type]
    return SignedInVisitor(uuid.UUID(int=1), uuid.UUID(int=2), None, "Kim", False, False, organisation)


def small_app(who: SignedInVisitor | None = None, settings: Settings = SETTINGS) -> FlaskClient:
    """A browser on an application of its own. `app.extensions["who"]` is who asks next."""
    app = Flask("webapp")
    app.config["SETTINGS"] = settings
    app.before_request(lambda: setattr(g, "visitor", app.extensions["who"]))
    app.extensions["who"] = who
    init_limiter(app)
    for blueprint_name, names in PAGES.items():
        blueprint = Blueprint(blueprint_name, blueprint_name)
        for name in names:
            blueprint.add_url_rule(f"/{name}", name.replace(".", "_"), lambda: "ok")
        app.register_blueprint(blueprint)
    return app.test_client()


def statuses(client: FlaskClient, path: str, times: int, method: str = "GET", address: str = "127.0.0.1") -> list[int]:
    """What so many requests are answered."""
    base = {"REMOTE_ADDR": address}
    return [client.open(path, method=method, environ_base=base).status_code for _ in range(times)]


def moved_clock(client: FlaskClient) -> Clock:
    """The clock of an application that counts in the process, for the test to move."""
    clock = client.application.extensions["foyer_limit_store"].clock = Clock(NOW.timestamp())
    return clock
