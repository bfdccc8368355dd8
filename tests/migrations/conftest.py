"""Databases that only migrations have touched."""

import uuid
from collections.abc import Iterator

import pytest

from tests.migrations.databases import MigrationDatabase, settings_for
from webapp.demo.postgres import DemoPostgres


@pytest.fixture
def empty(cluster: DemoPostgres) -> Iterator[MigrationDatabase]:
    """A database without any table, for a test that moves it."""
    yield from _database(cluster)


@pytest.fixture(scope="module")
def at_head(cluster: DemoPostgres) -> Iterator[MigrationDatabase]:
    """A database at the newest revision, for tests that only look."""
    for database in _database(cluster):
        database.upgrade()
        yield database


def _database(cluster: DemoPostgres) -> Iterator[MigrationDatabase]:
    name = f"migrations_{uuid.uuid4().hex}"
    cluster.create_database(name)
    yield MigrationDatabase(settings_for(cluster, name))
    cluster.drop_database(name)
