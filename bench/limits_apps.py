"""The applications that `bench.limits` measures: a bare page, the same with our limiter, the same with a stock one, and
Foyer itself; and the requests they are sent."""

import dataclasses
import io
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from flask import Flask, g
from flask_limiter import ApplicationLimit, Limiter
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from webapp import create_app, database_deadline
from webapp.config import Settings
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole
from webapp.domain.visitor import CurrentOrganisation, SignedInVisitor
from webapp.limiting.extension import STORE, init_limiter
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.redis import RedisStore
from webapp.services import visitors
from webapp.web.visitor import COOKIE

NOW = datetime.now(UTC)
PLENTY = 1_000_000
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JSON = "application/json"
TOKEN = "a-login-session-that-is-never-looked-up"  # noqa: S105  # nothing checks it
HOUR_SECONDS = 3600
PATIENCE = 5.0
"""Seconds that a decision may take where its cost is measured: other work on this machine must not end in counting
locally, which costs less."""

Answer = tuple[int, dict[str, str], bytes]


def somebody(hour: int = PLENTY, burst: int = PLENTY, organisation_id: uuid.UUID | None = None) -> SignedInVisitor:
    """A signed-in person of an organisation with these limits, as the visitor hook would leave them on `g`."""
    organisation = CurrentOrganisation(
        id=organisation_id or uuid.uuid4(),
        name="Harbour Rooms",
        industry=Industry.HOTEL,
        plan=SubscriptionPlan.BASIC,
        role=MembershipRole.OWNER,
        is_active=True,
        trade=None,
        sic_code=None,
        hour_override=hour,
        burst_override=burst,
        rate_limit_enabled=True,
        limits_shadow=False,
        limits_version=1,
        base=None,
        version=1,
        onboarded_at=NOW,
        industry_chosen_at=NOW,
        created_at=NOW,
    )
    return SignedInVisitor(uuid.uuid4(), uuid.uuid4(), None, "Kim Doyle", False, False, organisation)


def bare_app() -> Flask:
    """One page that does nothing."""
    app = Flask("bench")
    app.add_url_rule("/", "page", lambda: "Hello")
    return app


def limited_app(settings: Settings, visitor: Callable[[], SignedInVisitor]) -> Flask:
    """The bare page behind our limiter, with somebody on `g` for whom no statement was made."""
    app = bare_app()
    app.config["SETTINGS"] = settings
    database_deadline.init_app(app)  # what holds counting in PostgreSQL to its budget
    app.before_request(lambda: setattr(g, "visitor", visitor()))
    init_limiter(app)
    be_patient(app)
    return app


def be_patient(app: Flask) -> None:
    """Gives each decision of a shared store five seconds."""
    settings: Settings = app.config["SETTINGS"]
    guarded = app.extensions[STORE]
    if isinstance(guarded, GuardedStore):
        patient = PostgresStore if settings.ratelimit_storage_uri is None else RedisStore
        guarded.store = patient(settings, budget=PATIENCE)


def stock_app(storage: str, visitor: SignedInVisitor) -> Flask:
    """The bare page behind Flask-Limiter as it comes: two limits of the organisation, and its headers."""
    app = bare_app()
    app.before_request(lambda: setattr(g, "visitor", visitor))
    limits: list[str | Callable[[], str] | ApplicationLimit] = [
        ApplicationLimit(f"{PLENTY} per {period}", key_function=lambda: str(g.visitor.organisation.id))
        for period in ("hour", "minute")
    ]
    Limiter(
        lambda: str(g.visitor.organisation.id),
        app=app,
        application_limits=limits,
        storage_uri=storage,
        strategy="fixed-window",
        headers_enabled=True,
    )
    return app


@contextmanager
def foyer_without_statement(settings: Settings, visitor: SignedInVisitor) -> Iterator[Flask]:
    """Foyer itself, except that who is asking is not looked up."""
    app = create_app(dataclasses.replace(settings, log_level="ERROR"))

    def find_visitor(token: str) -> SignedInVisitor:
        return visitor

    with mock.patch.object(visitors, "find_visitor", find_visitor):
        yield app


def asking(
    app: Flask, path: str = "/", *, method: str = "GET", accept: str = HTML, signed_in: bool = True
) -> Callable[[], Answer]:
    """A request to be made again and again without a server: each call gives status, headers and body."""
    headers = {"Accept": accept, **({"Cookie": f"{COOKIE}={TOKEN}"} if signed_in else {})}
    settings: Settings | None = app.config.get("SETTINGS")
    builder = EnvironBuilder(
        path=path,
        base_url=settings.base_url if settings else None,  # Foyer answers for its own host alone
        method=method,
        headers=Headers(headers),
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )
    environ = builder.get_environ()
    builder.close()

    def ask() -> Answer:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., None]:
            started[:] = [int(status[:3]), headers]
            return lambda data: None

        answer: Iterable[bytes] = app.wsgi_app({**environ, "wsgi.input": io.BytesIO()}, start_response)
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        return started[0], dict(started[1]), body

    return ask


def stay_within_the_hour(seconds: float) -> None:
    """Waits for the next hour when this one ends too soon: a measurement across its edge would see two allowances."""
    left = HOUR_SECONDS - time.time() % HOUR_SECONDS
    if left < seconds:
        time.sleep(left + 0.5)
