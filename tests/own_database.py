"""The application on a database of a test file's own, where types and tables may be changed.

Copying a database takes longer than most tests, so a file has one: what a test damages is mended after it.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import empty_tables
from tests.migrations.databases import MigrationDatabase, settings_for
from tests.pages import Browse
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.demo.postgres import DemoPostgres
from webapp.schema.readiness import forget_findings

__all__ = ["OwnDatabase", "ahead", "database_ahead", "own", "own_database"]


@dataclass(frozen=True)
class OwnDatabase:
    """A migrated database, the application on it, and a person with a browser."""

    database: MigrationDatabase
    app: Flask
    browse: Browse
    repairs: list[str] = field(default_factory=list)

    def change(self, *statements: str) -> None:
        """What somebody with the owner's rights does, each in a transaction of its own: a label can be used only after
        the one that added it. `{app}` is the application's role."""
        role = sa.make_url(self.database.settings.database_url).username
        for statement in statements:
            with self.database.as_owner() as connection:
                connection.execute(sa.text(statement.format(app=role)))

    def damage(self, statement: str, repair: str) -> None:
        """The same, taken back by `mend` or at the end of the test."""
        self.repairs.append(repair)
        self.change(statement)

    def mend(self) -> None:
        while self.repairs:
            self.change(self.repairs.pop())

    def value(self, query: str) -> object:
        """The one value of this query, as the database has it."""
        with self.database.as_owner() as connection:
            return connection.scalar(sa.text(query))


@pytest.fixture(scope="module")
def own_database(
    cluster: DemoPostgres, template: str, settings: Settings, provider: RunningProvider
) -> Iterator[OwnDatabase]:
    with _made(cluster, template, settings, provider) as made:
        yield made


@pytest.fixture
def own(own_database: OwnDatabase, provider: RunningProvider) -> Iterator[OwnDatabase]:
    """For a test that damages its database. Mended and emptied after each."""
    with _as_it_was(own_database, provider) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def database_ahead(
    cluster: DemoPostgres, template: str, settings: Settings, provider: RunningProvider
) -> Iterator[OwnDatabase]:
    with _made(cluster, template, settings, provider) as made:
        made.change(
            "ALTER TYPE industry ADD VALUE 'spa' BEFORE 'gym'",
            "ALTER TYPE subscription_plan ADD VALUE 'gold'",
            "ALTER TYPE membership_role ADD VALUE 'auditor'",
        )
        yield made


@pytest.fixture
def ahead(database_ahead: OwnDatabase, provider: RunningProvider) -> Iterator[OwnDatabase]:
    """For a test on a database to which a newer build has added an industry, a plan and a role."""
    with _as_it_was(database_ahead, provider) as fresh:
        yield fresh


@contextmanager
def _made(cluster: DemoPostgres, template: str, settings: Settings, provider: RunningProvider) -> Iterator[OwnDatabase]:
    name = f"own_{uuid.uuid4().hex}"
    cluster.create_database(name, template=template)
    database = MigrationDatabase(settings_for(cluster, name))
    addresses = {kind: getattr(database.settings, kind) for kind in ("database_url", "owner_database_url")}
    app = create_app(replace(settings, **addresses))
    yield OwnDatabase(database, app, Browse(app, provider))
    with app.app_context():
        db.engine.dispose()
    cluster.drop_database(name)


@contextmanager
def _as_it_was(made: OwnDatabase, provider: RunningProvider) -> Iterator[OwnDatabase]:
    yield replace(made, browse=Browse(made.app, provider))
    made.mend()
    made.app.extensions["foyer_limit_store"].clear()
    empty_tables(made.database.settings)
    forget_findings()
