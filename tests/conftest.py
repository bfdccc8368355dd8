"""What every test may ask for: a migrated database, the application on it, a provider to sign in at, a browser.

The database is built once by the migrations and emptied after each test that used it. Application and provider listen
on real ports, because the sign-in has to cross from one site to another as it does in production.
"""

import functools
import gc
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from tests.migrations.databases import MigrationDatabase, settings_for
from tests.pages import Browse
from tests.patience import PATIENCE_SECONDS
from tests.ports import free_port
from tests.provider import RunningProvider, run_provider
from webapp import create_app, database_deadline
from webapp.config import Environment, Settings, with_driver
from webapp.database import db
from webapp.demo.postgres import DemoPostgres
from webapp.gateways import bounded_http
from webapp.limiting import extension, postgres, redis, stores
from webapp.limiting.usage_by_minute import UsageRecorder
from webapp.schema import locks, owner

TEMPLATE = "foyer_template"
DATABASE = "foyer_test"
LONGEST_FIRST = (
    *(
        "browser/test_admin_accessibility",
        "browser/test_accessibility",
        "demo/test_supervisor",
        "browser/test_journeys",
        "faults/",
        "hostile_transport",
    ),
    *("schema/", "migrations/", "browser/", "cli/", "gateways/", "test_matrix"),
)
SECRET = "a-secret-key-that-only-the-tests-know"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What thousands of tests are made of stays to the end. Walking through it over and over, in search of garbage,
    took seconds of every run and stopped every thread for up to one and a half of them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that at the end no process waits for another that has just begun on it."""
    items.sort(key=_place_in_line)


def _place_in_line(item: pytest.Item) -> int:
    return next((number for number, name in enumerate(LONGEST_FIRST) if name in item.nodeid), len(LONGEST_FIRST))


@sa.event.listens_for(sa.Engine, "do_connect")
def wait_patiently(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> None:
    """A busy machine, where a thread may stand still for seconds, must not turn the wait of a test's application into a
    refusal. What is about time-outs brings an application of another environment, or sets its own."""
    if parameters.get("application_name") == f"foyer-{Environment.TEST.value}":
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        parameters["options"] = " ".join(f"-c {name}={PATIENCE_SECONDS * 1000}" for name in names)


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """The same for whatever else has to answer in time: what is about that sets its own figures."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONNECT_SECONDS", "CONNECT_SECONDS_OUTSIDE_REQUESTS"):
            patch.setattr(database_deadline, name, PATIENCE_SECONDS)
        for name in ("CONNECT_SECONDS", "READ_SECONDS", "TOTAL_SECONDS"):
            patch.setattr(bounded_http, name, PATIENCE_SECONDS)
        patch.setattr(postgres, "CONNECT_SECONDS", PATIENCE_SECONDS)
        for place, name in ((stores, "PostgresStore"), (redis, "RedisStore")):
            patch.setattr(place, name, functools.partial(getattr(place, name), budget=PATIENCE_SECONDS))
        patch.setattr(extension, "UsageRecorder", WritesWhenTold)
        yield


@pytest.fixture
def impatient_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrations and repairs in this process find out sooner that a table is in use, and come back sooner."""
    monkeypatch.setattr(owner, "TIMEOUTS", owner.TIMEOUTS.replace("lock_timeout=2000", "lock_timeout=200"))
    monkeypatch.setattr(locks, "_SECONDS_BETWEEN_ATTEMPTS", 0.1)


def hurry(app: Flask) -> None:
    """Has this application wait for its counts for as long as a deployment does, and no longer."""
    app.extensions[extension.STORE].store._budget = postgres.BUDGET_SECONDS


class WritesWhenTold(UsageRecorder):
    """For applications of whatever environment: a thread of theirs would go on for as long as the tests do, and write
    to databases that are gone."""

    def start(self) -> None:
        """Starts nothing."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[DemoPostgres]:
    """A throw-away PostgreSQL server of this test process."""
    with DemoPostgres(is_small=True) as server:
        yield server


@pytest.fixture(scope="session")
def provider() -> Iterator[RunningProvider]:
    """The local identity provider over HTTP, on another site than the application."""
    with run_provider(app_port=free_port()) as running:
        yield running


@pytest.fixture(scope="session")
def template(cluster: DemoPostgres) -> str:
    """The name of a migrated database that nobody is connected to, to be copied."""
    cluster.create_database(TEMPLATE)
    MigrationDatabase(settings_for(cluster, TEMPLATE)).upgrade()
    return TEMPLATE


@pytest.fixture(scope="session")
def settings(cluster: DemoPostgres, template: str, provider: RunningProvider) -> Settings:
    """The settings of the application under test, with two database roles as in production."""
    cluster.create_database(DATABASE, template=template)
    return Settings(
        environment=Environment.TEST,
        base_url=provider.app_url,
        database_url=with_driver(cluster.application_url(DATABASE)),
        owner_database_url=with_driver(cluster.owner_url(DATABASE)),
        secret_key=SECRET,
        oidc_issuer=provider.issuer,
        oidc_client_id=provider.client_id,
        oidc_client_secret=provider.client_secret,
        support_contact="help@foyer.example",
        ratelimit_storage_uri="memory://",  # with a clock that tests move; the shared stores have tests of their own
        sign_in_starts_per_minute=100_000,
        # The tests send many requests from one address; those about addresses bring their own settings.
        address_limit_per_hour=1_000_000,
        address_burst_limit=100_000,
    )


@pytest.fixture(scope="session")
def built_app(settings: Settings) -> Flask:
    """The application on a database that the migrations built."""
    return create_app(settings)


@pytest.fixture
def app(built_app: Flask, settings: Settings, provider: RunningProvider) -> Iterator[Flask]:
    """The application on an empty database, with nothing counted and a provider that behaves."""
    yield built_app
    provider.behave()
    built_app.extensions["foyer_limit_store"].clear()
    built_app.extensions["foyer_refusals"].clear()
    empty_tables(settings)


@pytest.fixture
def database(app: Flask) -> Iterator[sa.orm.scoped_session[sa.orm.Session]]:
    """A session inside an application context, for looking at rows and for calling use cases."""
    with app.app_context():
        yield db.session


@pytest.fixture
def browse(app: Flask, provider: RunningProvider) -> Browse:
    """A person with a browser that keeps cookies and runs no scripts."""
    return Browse(app, provider)


@pytest.fixture
def live_app(app: Flask, provider: RunningProvider) -> Iterator[str]:
    """The application listening on its port, for real browsers and for requests at the same time. Gives its address."""
    server = make_server("127.0.0.1", provider.app_port, closed_at_once(app.wsgi_app), threaded=True)
    seconds_to_notice_the_end = 0.02
    thread = threading.Thread(target=server.serve_forever, args=(seconds_to_notice_the_end,), daemon=True)
    thread.start()
    yield provider.app_url
    server.shutdown()
    thread.join()
    server.server_close()


def closed_at_once(wsgi_app: Callable[..., Iterable[bytes]]) -> Callable[..., list[bytes]]:
    """Reads an answer whole and closes it. Werkzeug's server leaves it open when a browser is closed in mid-answer, and
    the file behind it is then complained about in whichever test comes next."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = wsgi_app(environ, start_response)
        try:
            return list(body)
        finally:
            if hasattr(body, "close"):
                body.close()

    return answer


def empty_tables(settings: Settings) -> None:
    """Empties what a test may have filled; the SIC codes and the revision stay. By DELETE, which for a handful of rows
    takes a tenth of what TRUNCATE does."""
    engine, emptying = _cleaner(settings.owner_database_url)
    with engine.begin() as connection:
        connection.execute(emptying)


@functools.cache
def _cleaner(address: str) -> tuple[sa.Engine, sa.TextClause]:
    """A connection that is kept, and what empties the database: to connect and to ask take longer than emptying."""
    engine, kept = sa.create_engine(address, pool_size=1, pool_pre_ping=True), {"alembic_version", "sic_codes"}
    with engine.connect() as connection:
        in_order = [name for name, _ in sa.inspect(connection).get_sorted_table_and_fkc_names() if name]
    emptied = [f"DELETE FROM {name}" for name in reversed(in_order) if name not in kept]
    return engine, sa.text("; ".join(["SET CONSTRAINTS ALL DEFERRED", *emptied]))
