"""Rows are moved batch by batch, each recorded once, beside people at work and after a run that was broken off."""

import itertools
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.migrations.databases import MigrationDatabase
from tests.patience import PATIENCE_SECONDS
from tests.schema.repairs import add_rows, damage, held, labels, must_be_mended, plan, records, repair, told
from webapp.config import with_driver
from webapp.database import enum_column
from webapp.demo.postgres import DemoPostgres
from webapp.domain.industries import Industry
from webapp.schema import repair as repair_module
from webapp.schema.locks import LOCK_ID, AnotherRunning

INTO_TEXT = "ALTER TABLE organisations ALTER industry_type DROP DEFAULT, ALTER industry_type TYPE text"


@pytest.fixture
def twins(head: MigrationDatabase) -> MigrationDatabase:
    """A database with both spellings of a label, and seven rows of the wrong one."""
    damage(head, "ALTER TYPE industry ADD VALUE 'CINEMA'")
    add_rows(head, "industry", *["CINEMA"] * 7, "hotel")
    return head


@contextmanager
def open_transaction(database: MigrationDatabase, statement: str) -> Iterator[sa.Connection]:
    """Somebody at work who has sent this and not committed it."""
    engine = sa.create_engine(database.settings.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
        yield connection


def is_batch(statement: str) -> bool:
    return "SKIP LOCKED" in statement


def test_batches_are_smaller_than_the_rows_and_each_row_is_recorded_once(twins: MigrationDatabase) -> None:
    batches: list[str] = []
    repair(twins, batch=3, before_statement=lambda sql: batches.append(sql) if is_batch(sql) else None)
    assert len(batches) == 3
    assert sorted(held(twins, "industry").values()) == ["cinema"] * 7 + ["hotel"]
    recorded = records(twins)
    assert len({row_id for _, _, row_id, _, _ in recorded}) == len(recorded) == 7
    assert {(row[0], row[1], row[3], row[4]) for row in recorded} == {
        ("organisations", "industry_type", "CINEMA", "cinema")
    }


def test_a_run_that_is_broken_off_between_batches_is_finished_by_the_next(twins: MigrationDatabase) -> None:
    count = itertools.count(1)

    def interrupt(statement: str) -> None:
        if is_batch(statement) and next(count) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repair(twins, batch=2, before_statement=interrupt)
    assert len(records(twins)) == 4, "two batches are done, and recorded with what they moved"
    repair(twins, batch=2)
    assert len(records(twins)) == 7
    assert must_be_mended(twins) == []


def test_a_session_that_is_ended_takes_its_lock_with_it(twins: MigrationDatabase, cluster: DemoPostgres) -> None:
    name = sa.make_url(twins.settings.database_url).database or ""
    superuser = sa.create_engine(with_driver(cluster.superuser_url(name)), poolclass=sa.NullPool)
    count = itertools.count(1)

    def end_the_session(statement: str) -> None:
        if is_batch(statement) and next(count) == 2:
            with superuser.connect() as connection:
                query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'foyer-repair'"
                connection.execute(sa.text(query)).all()

    with pytest.raises(OperationalError):
        repair(twins, batch=2, before_statement=end_the_session)
    assert len(records(twins)) == 2
    repair(twins, lock_patience=0.1)
    assert len(records(twins)) == 7


def test_a_run_that_is_broken_off_between_steps_is_finished_by_the_next(head: MigrationDatabase) -> None:
    damage(
        head,
        "ALTER TYPE industry RENAME VALUE 'hotel' TO 'HOTEL'",
        "ALTER TYPE industry RENAME VALUE 'gym' TO 'aside'",
        INTO_TEXT,
    )
    add_rows(head, "industry", "HOTEL", "gym")
    steps = ["RENAME VALUE", "ADD VALUE", "SET DEFAULT", "SKIP LOCKED", "DROP DEFAULT"]
    for step in steps:  # each run is broken off before a later step than the last one

        def interrupt(statement: str, step: str = step) -> None:
            if step in statement:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            repair(head, before_statement=interrupt)
    assert repair(head).outcome.steps_taken == 1
    assert sorted(held(head, "industry").values()) == ["gym", "hotel"]
    assert len(records(head)) == 1
    assert must_be_mended(head) == []


def test_somebody_who_writes_meanwhile_is_neither_stopped_nor_lost(twins: MigrationDatabase) -> None:
    """Before each batch somebody else must have written once more: to a row that was moved or is about to be, and a new
    one. They could not if a repair held on to anything between its statements."""
    add_rows(twins, "industry", *["CINEMA"] * 300)
    may_write, wrote, written, at_each_batch = threading.Semaphore(0), threading.Condition(), 0, [0]
    is_over = False
    engine = sa.create_engine(twins.settings.database_url, poolclass=sa.NullPool)

    def write() -> None:
        nonlocal written
        with engine.connect() as connection:
            while may_write.acquire(timeout=PATIENCE_SECONDS) and not is_over:
                with connection.begin():
                    insert = "INSERT INTO organisations (id, name, industry_type) VALUES (:id, 'Roxy', 'CINEMA')"
                    connection.execute(sa.text(insert), {"id": uuid.uuid4()})
                    connection.execute(sa.text("UPDATE organisations SET version = version + 1 WHERE name = 'Odeon'"))
                with wrote:
                    written += 1
                    wrote.notify()

    def let_somebody_write(statement: str) -> None:
        if is_batch(statement):
            may_write.release(3)  # fewer than are moved at a time, or it would never end
            with wrote:
                known = at_each_batch[-1]
                assert wrote.wait_for(lambda: written > known, PATIENCE_SECONDS), "they are stopped"
                at_each_batch.append(written)

    with ThreadPoolExecutor(1) as people:
        writing = people.submit(write)
        try:
            repair(twins, batch=20, before_statement=let_somebody_write)
        finally:
            is_over = True
            may_write.release()
        writing.result()
    assert len(at_each_batch) > 10
    repair(twins)  # for what was written after the last look
    now_held = list(held(twins, "industry").values())
    assert (now_held.count("CINEMA"), now_held.count("cinema")) == (0, 307 + written)
    recorded = [row_id for _, _, row_id, _, _ in records(twins)]
    assert len(recorded) == len(set(recorded)) == 307 + written


def test_rows_that_somebody_holds_are_moved_when_they_are_free(twins: MigrationDatabase) -> None:
    lock = "SELECT id FROM organisations WHERE industry_type = 'CINEMA' LIMIT 2 FOR UPDATE"
    count = itertools.count(1)
    with open_transaction(twins, lock) as somebody:

        def leave_before_the_third_look(statement: str) -> None:
            if is_batch(statement) and next(count) == 3:
                somebody.rollback()

        assert repair(twins, before_statement=leave_before_the_third_look).outcome.failures == []
    assert next(count) > 3
    assert len(records(twins)) == 7


def test_rows_that_are_never_free_are_left_and_told(twins: MigrationDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "ROWS_PATIENCE_SECONDS", 0.3)
    with open_transaction(twins, "SELECT id FROM organisations WHERE industry_type = 'CINEMA' LIMIT 2 FOR UPDATE"):
        repaired = repair(twins)
    assert "2 rows are held by open transactions" in repaired.outcome.failures[0].sentence
    assert len(records(twins)) == 5
    assert repair(twins).outcome.failures == []
    assert len(records(twins)) == 7


def test_what_is_written_before_a_column_changes_its_type_is_planned_anew(head: MigrationDatabase) -> None:
    damage(head, INTO_TEXT, "ALTER TABLE organisations ALTER industry_type DROP NOT NULL")
    add_rows(head, "industry", "CINEMA")
    late = iter([('TYPE "public"', "HOTEL"), ("SET NOT NULL", None)])
    expected, value = next(late)

    def write_first(statement: str) -> None:
        nonlocal expected, value
        if expected and expected in statement:
            add_rows(head, "industry", value)
            expected, value = next(late, ("", None))

    repaired = repair(head, "<null>=gym", before_statement=write_first)
    assert repaired.outcome.failures == []
    assert repaired.said.count("  Not yet: something else was written meanwhile. Planned again.") == 2
    assert sorted(held(head, "industry").values()) == ["cinema", "gym", "hotel"]
    assert len(records(head)) == 3
    assert must_be_mended(head) == []


def test_a_table_in_use_is_waited_for_and_others_are_let_by(head: MigrationDatabase, impatient_owner: None) -> None:
    damage(head, "ALTER TABLE organisations ALTER industry_type DROP DEFAULT")
    count = itertools.count(1)
    with open_transaction(head, "SELECT * FROM organisations") as reader:

        def leave_before_the_second_attempt(statement: str) -> None:
            if "SET DEFAULT" in statement and next(count) == 2:
                reader.rollback()

        repaired = repair(head, before_statement=leave_before_the_second_attempt)
    assert "  The table is in use. Trying again." in repaired.said
    assert must_be_mended(head) == []


def test_one_repair_or_migration_at_a_time(twins: MigrationDatabase) -> None:
    with twins.as_owner() as other:
        other.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK_ID})
        with pytest.raises(AnotherRunning, match="nothing was changed"):
            repair(twins, lock_patience=0.1)
    assert records(twins) == []
    with ThreadPoolExecutor(3) as people:
        taken = [one.outcome.steps_taken for one in people.map(lambda _: repair(twins, batch=1), range(3))]
    assert sorted(taken) == [0, 0, 1]
    assert len(records(twins)) == 7


def test_a_step_that_the_database_refuses_is_told_and_the_others_are_taken(head: MigrationDatabase) -> None:
    damage(
        head,
        "ALTER TYPE industry ADD VALUE 'CINEMA'",
        "ALTER TYPE membership_role RENAME VALUE 'owner' TO 'OWNER'",
        "CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$",
        "CREATE TRIGGER theirs BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION theirs()",
    )
    add_rows(head, "industry", "CINEMA")
    repaired = repair(head)
    assert len(repaired.outcome.failures) == 1
    assert repaired.outcome.failures[0].sentence.startswith("Move 1 row of organisations.industry_type from 'CINEMA'")
    assert repaired.outcome.failures[0].sentence.endswith("Because: not today.")
    assert repaired.outcome.steps_taken == 1
    assert labels(head, "membership_role")[0] == "owner"
    assert records(head) == []


def test_a_role_that_does_not_own_the_types_changes_nothing(twins: MigrationDatabase) -> None:
    damage(twins, "ALTER TYPE membership_role RENAME VALUE 'owner' TO 'OWNER'")
    settings = twins.with_one_role().settings
    as_application = MigrationDatabase(
        type(settings)(**{**vars(settings), "owner_database_url": twins.settings.database_url})
    )
    repaired = repair(as_application)
    words = " ".join(failure.sentence for failure in repaired.outcome.failures)
    assert "must be owner of type membership_role" in words
    assert "permission denied for table enum_repairs" in words
    assert repaired.outcome.steps_taken == 0
    assert list(held(twins, "industry").values()).count("CINEMA") == 7


class Elsewhere(DeclarativeBase):
    """Tables as Foyer may have them one day: a column that may be NULL, a key of two parts, names that need quotes."""


class Sample(Elsewhere):
    __tablename__ = "a sample"
    first: Mapped[int] = mapped_column(primary_key=True)
    second: Mapped[str] = mapped_column("se cond", primary_key=True)
    kind: Mapped[Industry | None] = enum_column(Industry, nullable=True)
    other: Mapped[Industry] = enum_column(Industry, default=Industry.GYM)


def test_any_enum_column_is_repaired_as_ours_are(head: MigrationDatabase) -> None:
    damage(
        head,
        'CREATE TABLE "a sample" (first integer, "se cond" text, kind industry NOT NULL, other text,'
        ' PRIMARY KEY (first, "se cond"))',
        "ALTER TYPE industry ADD VALUE 'CINEMA'",
        "INSERT INTO \"a sample\" VALUES (1, 'a,b', 'CINEMA', 'GYM'), (2, 'c', 'gym', NULL)",
        'GRANT SELECT ON "a sample" TO PUBLIC',
    )
    repaired = repair(head, "<null>=retail", metadata=Elsewhere.metadata)
    assert repaired.outcome.failures == []
    assert sorted(records(head)) == [
        ("a sample", "kind", "1,a,b", "CINEMA", "cinema"),
        ("a sample", "other", "1,a,b", "GYM", "gym"),
        ("a sample", "other", "2,c", None, "retail"),
    ]
    damage(head, "INSERT INTO \"a sample\" VALUES (3, 'd', NULL, DEFAULT)")
    assert told(plan(head, metadata=Elsewhere.metadata)) == []
    with pytest.raises(DBAPIError):
        damage(head, "INSERT INTO \"a sample\" VALUES (4, 'e', NULL, NULL)")
