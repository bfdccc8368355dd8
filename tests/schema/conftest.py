"""A database of one test at the newest revision, which may be damaged at will."""

import uuid
from collections.abc import Iterator

import pytest

from tests.migrations.databases import MigrationDatabase, settings_for
from webapp.demo.postgres import DemoPostgres


@pytest.fixture
def head(cluster: DemoPostgres, template: str) -> Iterator[MigrationDatabase]:
    """A copy of the migrated database."""
    name = f"schema_{uuid.uuid4().hex}"
    cluster.create_database(name, template=template)
    yield MigrationDatabase(settings_for(cluster, name))
    cluster.drop_database(name)


@pytest.fixture
def empty(cluster: DemoPostgres) -> Iterator[MigrationDatabase]:
    """A database without any table."""
    name = f"schema_{uuid.uuid4().hex}"
    cluster.create_database(name)
    yield MigrationDatabase(settings_for(cluster, name))
    cluster.drop_database(name)
