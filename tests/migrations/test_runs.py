"""A run of migrations beside other runs, beside people at work, and on what an earlier run left behind."""

import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.migrations.databases import REVISIONS, MigrationDatabase
from webapp.config import Settings

LOCK = 0x466F796572  # as in migrations/env.py


def upgrade_in_own_process(settings: Settings) -> str | None:
    database = MigrationDatabase(settings)
    database.upgrade()
    return database.revision()


def test_two_releases_at_once_both_end_well(empty: MigrationDatabase) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as releases:
        ended_at = list(releases.map(upgrade_in_own_process, [empty.settings] * 2))
    assert ended_at == [REVISIONS[-1]] * 2


def test_a_release_that_waits_too_long_for_another_says_so(
    empty: MigrationDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    with empty.as_owner() as other:
        other.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        with pytest.raises(SystemExit) as ended:
            empty.upgrade(lock_patience=0.1)
    assert ended.value.code == 1
    assert "Another migration has been running for 0.1 seconds; nothing was changed" in caplog.text
    empty.upgrade()
    assert empty.revision() == REVISIONS[-1]


def test_the_lock_is_free_again_after_a_failed_run(empty: MigrationDatabase) -> None:
    with empty.as_owner() as connection:
        connection.execute(sa.text("CREATE TYPE industry AS ENUM ('CINEMA', 'DEFAULT')"))
    with pytest.raises(DBAPIError):
        empty.upgrade()
    with empty.as_owner() as connection:
        assert connection.scalar(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK})


class LeavesWhenToldToWait(logging.Handler):
    """Somebody who reads, and goes away as soon as a migration says that it waits for them."""

    def __init__(self, reading: sa.Connection) -> None:
        super().__init__(logging.WARNING)
        self.reading = reading

    def emit(self, record: logging.LogRecord) -> None:
        self.reading.close()


def test_a_table_in_use_is_waited_for_and_the_migration_tried_again(
    empty: MigrationDatabase, impatient_owner: None, caplog: pytest.LogCaptureFixture
) -> None:
    empty.upgrade("006_add_sic_code")
    reading = sa.create_engine(empty.settings.owner_database_url, poolclass=sa.NullPool).connect()
    reading.execute(sa.text("SELECT * FROM organisations"))
    reader = LeavesWhenToldToWait(reading)
    logging.getLogger("foyer.migrations").addHandler(reader)
    try:
        empty.upgrade()
    finally:
        logging.getLogger("foyer.migrations").removeHandler(reader)
    assert "table in use, migration will be tried again" in caplog.text
    assert empty.revision() == REVISIONS[-1]


@pytest.mark.parametrize(
    ("revision", "type_name"),
    [
        ("003_add_subscription_plan", "subscription_plan"),
        ("007_add_industry_type", "industry"),
        ("009_create_memberships", "membership_role"),
    ],
)
def test_a_type_left_behind_is_used_again_only_when_it_is_the_same(
    empty: MigrationDatabase, revision: str, type_name: str
) -> None:
    before = REVISIONS[REVISIONS.index(revision) - 1]
    empty.upgrade(revision)
    with empty.as_owner() as connection:
        labels = connection.scalar(sa.text(f"SELECT enum_range(NULL::{type_name})::text"))
    empty.downgrade(before)
    same = ", ".join(f"'{label}'" for label in str(labels).strip("{}").split(","))
    with empty.as_owner() as connection:
        connection.execute(sa.text(f"CREATE TYPE {type_name} AS ENUM ({same})"))
    empty.upgrade(revision)
    empty.downgrade(before)
    with empty.as_owner() as connection:
        connection.execute(sa.text(f"CREATE TYPE {type_name} AS ENUM ({same.upper()})"))
    with pytest.raises(DBAPIError, match=f"type {type_name} already exists with labels .*, expected "):
        empty.upgrade(revision)
    assert empty.revision() == before


def test_the_sql_can_be_printed_instead_of_run(empty: MigrationDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    empty.print_sql("006_add_sic_code:007_add_industry_type")
    printed = capsys.readouterr().out
    assert "ADD COLUMN industry_type industry NOT NULL DEFAULT 'default'" in printed
    assert "with labels %, expected %'" in printed, "as it would be typed, with nothing doubled"
