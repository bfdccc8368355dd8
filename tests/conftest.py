"""What every test may ask for: a migrated database, the application on it, a provider to sign in at, a browser.

The database is built once by the migrations and emptied after each test that used it. Application and provider listen
on real ports, because the sign-in has to cross from one site to another as it does in production.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from werkzeug.serving import make_server

from tests.pages import Browse
from tests.provider import RunningProvider, run_provider
from webapp import create_app
from webapp.config import Environment, Settings, with_driver
from webapp.database import db
from webapp.demo.postgres import DemoPostgres

TEMPLATE = "foyer_template"
DATABASE = "foyer_test"
SECRET = "a-secret-key-that-only-the-tests-know"


@pytest.fixture(scope="session")
def cluster() -> Iterator[DemoPostgres]:
    """A throw-away PostgreSQL server of this test process."""
    with DemoPostgres() as server:
        yield server


@pytest.fixture(scope="session")
def provider() -> Iterator[RunningProvider]:
    """The local identity provider over HTTP, on another site than the application."""
    with run_provider(app_port=_free_port()) as running:
        yield running


@pytest.fixture(scope="session")
def settings(cluster: DemoPostgres, provider: RunningProvider) -> Settings:
    """The settings of the application under test, with two database roles as in production."""
    cluster.create_database(DATABASE)
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
    app = create_app(settings)
    with app.app_context():
        upgrade()
        sa.event.listen(db.engine, "connect", wait_longer_for_locks)
    return app


def wait_longer_for_locks(connection: Any, _record: object) -> None:
    """A busy machine, where a thread may stand still for a second, must not turn a test's wait into a refusal. What
    is about time-outs brings a server or an engine of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '15s'")
    connection.commit()


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
    thread = threading.Thread(target=server.serve_forever, daemon=True)
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
    engine = sa.create_engine(settings.owner_database_url, poolclass=sa.NullPool)
    kept = {"alembic_version", "sic_codes"}
    with engine.begin() as connection:
        in_order = [name for name, _ in sa.inspect(connection).get_sorted_table_and_fkc_names() if name]
        emptied = [f"DELETE FROM {name}" for name in reversed(in_order) if name not in kept]
        connection.execute(sa.text("; ".join(["SET CONSTRAINTS ALL DEFERRED", *emptied])))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
