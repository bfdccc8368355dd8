"""How migrations run: as the owner of the tables, one run at a time, each in a transaction, never waiting long.

`flask db upgrade -x lock_patience=5` waits at most five seconds for another run instead of a minute.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Column, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

import webapp.models  # every model, so that the metadata is complete
from webapp.config import Settings
from webapp.database import NETWORK_OPTIONS, Base
from webapp.schema.grants import grant_application_role

log = logging.getLogger("foyer.migrations")

settings: Settings = current_app.config["SETTINGS"]

LOCK_ID = 0x466F796572  # "Foyer" in ASCII; advisory locks are per database
LOCK_PATIENCE_SECONDS = 60.0
SECONDS_BETWEEN_LOOKS = 0.2

# Whoever waits for a table lock makes everyone behind them wait too, so a migration gives up soon and tries again.
TIMEOUTS = "-c lock_timeout=2000 -c statement_timeout=900000 -c idle_in_transaction_session_timeout=900000"
MOST_ATTEMPTS = 10
SECONDS_BETWEEN_ATTEMPTS = 1.0
LOCK_NOT_AVAILABLE = "55P03"

assert webapp.models.__all__


def compare_server_default(
    _context: object, _stored: Column[Any], declared: Column[Any], *_defaults: object
) -> bool | None:
    """False (no difference) for enum columns: Alembic would compare by asking the database to read one default as the
    other's type, and crash on exactly the difference that matters. Their defaults are compared with the labels."""
    return False if "stored_as" in declared.info else None


COMPARISON: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "compare_type": True,
    "compare_server_default": compare_server_default,
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
    engine = create_engine(
        settings.owner_database_url,
        poolclass=NullPool,
        connect_args={"options": TIMEOUTS, "application_name": "foyer-migrations", **NETWORK_OPTIONS},
    )
    with engine.connect() as connection:
        # Before any statement: after one, Alembic would take the transaction for somebody else's, leave it
        # uncommitted, and report success for work that is then rolled back.
        context.configure(connection=connection, **COMPARISON)
        with only_run(connection):
            run_with_patience()
            if settings.uses_two_roles and changes_the_schema():
                grant_application_role(connection, application_role())
                connection.commit()


@contextmanager
def only_run(connection: Connection) -> Iterator[None]:
    """Holds a lock of this database session, so that of two release jobs one waits for the other."""
    patience = lock_patience()
    give_up_at = time.monotonic() + patience
    while not ask(connection, "SELECT pg_try_advisory_lock(:lock)"):
        if time.monotonic() >= give_up_at:
            raise CommandError(
                f"Another migration has been running for {patience:g} seconds; nothing was changed. Try again when"
                " it has ended: its session is called foyer-migrations in pg_stat_activity."
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        if not connection.invalidated:  # a lost connection has taken its lock with it
            connection.rollback()
            ask(connection, "SELECT pg_advisory_unlock(:lock)")


def ask(connection: Connection, question: str) -> bool:
    answer = bool(connection.execute(text(question), {"lock": LOCK_ID}).scalar_one())
    connection.commit()
    return answer


def run_with_patience() -> None:
    """Runs what is asked for. When a table is in use for too long, readers are let by and it is tried again: what was
    migrated before that stays, because each migration has a transaction of its own."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            with context.begin_transaction():
                context.run_migrations()
            return
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE or attempt == MOST_ATTEMPTS:
                raise
            log.warning("table in use, migration will be tried again", extra={"attempt": attempt})
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)


def lock_patience() -> float:
    return float(context.get_x_argument(as_dictionary=True).get("lock_patience", LOCK_PATIENCE_SECONDS))


def changes_the_schema() -> bool:
    """Whether this is an upgrade, a downgrade or a stamp: the commands that have somewhere to go."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def application_role() -> str:
    role = make_url(settings.database_url).username
    assert role is not None, "two roles are two user names"
    return role


if context.is_offline_mode():
    run_offline()
else:
    run_online()
