"""How migrations run: as the owner of the tables, one run at a time, each in a transaction, never waiting long.

`flask db upgrade -x lock_patience=5` waits at most five seconds for another run instead of a minute.
"""

import logging
from typing import Any

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, make_url, text

import webapp.models  # every model, so that the metadata is complete
from webapp.config import Settings
from webapp.database import Base
from webapp.schema.autogenerate import render_item  # and with it the comparison of labels
from webapp.schema.grants import grant_application_role
from webapp.schema.locks import LOCK_PATIENCE_SECONDS, AnotherRunning, only_run, with_patience
from webapp.schema.owner import owner_engine

log = logging.getLogger("foyer.migrations")

settings: Settings = current_app.config["SETTINGS"]

assert webapp.models.__all__


COMPARISON: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "compare_type": True,
    "compare_server_default": True,
    "render_item": render_item,
    "transaction_per_migration": True,  # a new enum label can only be used once its transaction is over
}


def run_offline() -> None:
    """Prints the SQL instead of running it (`flask db upgrade --sql`)."""
    context.configure(
        url=settings.owner_database_url,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},  # with psycopg2's own, every % would be printed twice
        **COMPARISON,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    engine = owner_engine(settings, "foyer-migrations")
    with engine.connect() as connection:
        # Before any statement: after one, Alembic would take the transaction for somebody else's, leave it
        # uncommitted, and report success for work that is then rolled back.
        context.configure(connection=connection, **COMPARISON)
        try:
            with only_run(connection, lock_patience()):
                with_patience(run_migrations, say_that_it_waits)
                if settings.uses_two_roles and changes_the_schema():
                    grant_application_role(connection, existing_application_role(connection))
                    connection.commit()
        except AnotherRunning as refusal:
            raise CommandError(f"{refusal}.") from refusal


def run_migrations() -> None:
    """Runs what is asked for. What was migrated before a table was found in use stays, because each migration has a
    transaction of its own."""
    with context.begin_transaction():
        context.run_migrations()


def say_that_it_waits(attempt: int) -> None:
    log.warning("table in use, migration will be tried again", extra={"attempt": attempt})


def lock_patience() -> float:
    return float(context.get_x_argument(as_dictionary=True).get("lock_patience", LOCK_PATIENCE_SECONDS))


def changes_the_schema() -> bool:
    """Whether this is an upgrade, a downgrade or a stamp: the commands that have somewhere to go."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def existing_application_role(connection: Connection) -> str:
    role = make_url(settings.database_url).username
    if not connection.execute(text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar_one():
        raise CommandError(
            f"The database is migrated, but the role {role} in DATABASE_URL does not exist. As a superuser:"
            f" CREATE ROLE \"{role}\" LOGIN PASSWORD '...'. Then run this again, which gives it its rights."
        )
    return str(role)


if context.is_offline_mode():
    run_offline()
else:
    run_online()
