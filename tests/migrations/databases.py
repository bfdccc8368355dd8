"""A database of one test, moved up and down the chain as a release would move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate

from webapp.config import Environment, Settings, with_driver
from webapp.database import init_database
from webapp.demo.postgres import DemoPostgres

MIGRATIONS = Path(__file__).parents[2] / "migrations"
REVISIONS = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]


@dataclass(frozen=True)
class MigrationDatabase:
    """One database, the settings that lead to it, and the migrations it is moved along: this build's, or a copy's."""

    settings: Settings
    migrations: Path = MIGRATIONS

    def upgrade(self, revision: str = "head", *, lock_patience: float = 60) -> None:
        with self._app().app_context():
            flask_migrate.upgrade(revision=revision, x_arg=[f"lock_patience={lock_patience}"])

    def downgrade(self, revision: str) -> None:
        with self._app().app_context():
            flask_migrate.downgrade(revision=revision)

    def print_sql(self, revisions: str) -> None:
        with self._app().app_context():
            flask_migrate.upgrade(revision=revisions, sql=True)

    @contextmanager
    def as_owner(self) -> Iterator[sa.Connection]:
        """A transaction of the role that owns the tables, committed at the end of the block."""
        with self._transaction(self.settings.owner_database_url) as connection:
            yield connection

    @contextmanager
    def as_application(self) -> Iterator[sa.Connection]:
        with self._transaction(self.settings.database_url) as connection:
            yield connection

    def revision(self) -> str | None:
        with self.as_owner() as connection:
            revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return revision

    def along(self, migrations: Path) -> "MigrationDatabase":
        """The same database on the way of another build."""
        return replace(self, migrations=migrations)

    def with_one_role(self) -> "MigrationDatabase":
        return replace(self, settings=replace(self.settings, database_url=self.settings.owner_database_url))

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.config["SETTINGS"] = self.settings
        init_database(app)
        Migrate().init_app(app, directory=str(self.migrations))
        return app

    @staticmethod
    @contextmanager
    def _transaction(url: str) -> Iterator[sa.Connection]:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            yield connection


def settings_for(cluster: DemoPostgres, name: str) -> Settings:
    """Settings with the two roles of a throw-away server, and nothing that a migration would not ask for."""
    return Settings(
        environment=Environment.TEST,
        base_url="http://127.0.0.1",
        database_url=with_driver(cluster.application_url(name)),
        owner_database_url=with_driver(cluster.owner_url(name)),
        secret_key="a-secret-key-that-only-the-tests-know",
        oidc_issuer="http://localhost/",
        oidc_client_id="foyer",
        oidc_client_secret="a-client-secret-that-only-the-tests-know",
    )
