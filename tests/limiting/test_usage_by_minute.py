"""From counts to the history that pages show: added up, nothing twice, nothing lost while the database is away."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from tests.limiting.clocks import HOUR_START, Clock
from tests.migrations.databases import MigrationDatabase
from tests.patience import PATIENCE_SECONDS
from webapp.limiting import usage_by_minute
from webapp.limiting.extension import organisation_key
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.usage_by_minute import MinuteUsage, UsageRecorder

MINUTE = int(HOUR_START // 60)
Rows = list[tuple[object, ...]]


@pytest.fixture
def engine(counting: MigrationDatabase) -> Iterator[sa.Engine]:
    made = sa.create_engine(counting.settings.database_url, poolclass=sa.NullPool)
    yield made
    made.dispose()


@pytest.fixture
def rows(counting: MigrationDatabase) -> Callable[[str], Rows]:
    """What a query finds."""

    def find(query: str) -> Rows:
        with counting.as_owner() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    return find


def test_what_several_processes_write_is_added_up(
    engine: sa.Engine, organisation: uuid.UUID, rows: Callable[[str], Rows]
):
    of = partial(MinuteUsage, organisation)
    collected = [
        [of(MINUTE, used=3, refused=1, breach=("burst", 3)), of(MINUTE, used=2)],
        [of(MINUTE, used=1, over=1, breach=("hour", 9)), of(MINUTE + 1, used=7)],
        [],
    ]
    recorder = UsageRecorder(lambda: engine, lambda: collected.pop(0))
    for _ in range(3):
        recorder.flush()

    assert rows("SELECT used, refused, over FROM usage_by_minute ORDER BY minute") == [(6, 1, 1), (7, 0, 0)]
    assert rows("SELECT period, allowed FROM limit_breaches") == [("burst", 3)]


def test_usage_of_an_organisation_that_is_no_more_is_left_out(
    engine: sa.Engine, organisation: uuid.UUID, rows: Callable[[str], Rows]
):
    gone = MinuteUsage(uuid.uuid4(), MINUTE, used=1, refused=1, breach=("hour", 1))
    UsageRecorder(lambda: engine, lambda: [gone, MinuteUsage(organisation, MINUTE, used=1)]).flush()

    assert rows("SELECT organisation_id, used FROM usage_by_minute") == [(organisation, 1)]


def test_what_cannot_be_written_is_written_later_and_nothing_more_is_taken_meanwhile(
    engine: sa.Engine, organisation: uuid.UUID, rows: Callable[[str], Rows], caplog: pytest.LogCaptureFixture
):
    nowhere = sa.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nothing", poolclass=sa.NullPool)
    engines, taken = [nowhere, nowhere, engine, engine], []

    def collect() -> list[MinuteUsage]:
        taken.append(1)
        return [MinuteUsage(organisation, MINUTE, used=2)]

    recorder = UsageRecorder(lambda: engines.pop(0), collect)
    recorder.flush()
    recorder.flush()
    assert len(taken) == 1
    recorder.flush()
    assert len(taken) == 2
    assert rows("SELECT used FROM usage_by_minute") == [(4,)]
    assert [record.message for record in caplog.records] == ["usage not written yet"] * 2


def test_a_process_has_one_thread_that_writes_and_a_forked_one_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(usage_by_minute, "WRITE_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(usage_by_minute.atexit, "register", lambda stop: None)
    rounds = threading.Semaphore(0)

    def collect() -> list[MinuteUsage]:
        rounds.release()
        return []

    recorder = UsageRecorder(lambda: sa.create_engine("postgresql+psycopg2://"), collect)
    starters = [threading.Thread(target=recorder.start) for _ in range(8)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    first, first_is_over = recorder._thread, recorder._is_over
    assert [thread for thread in threading.enumerate() if thread.name == "usage-recorder"] == [first]
    assert rounds.acquire(timeout=PATIENCE_SECONDS)
    assert rounds.acquire(timeout=PATIENCE_SECONDS)

    with monkeypatch.context() as fork:
        fork.setattr(first, "is_alive", lambda: False)  # as a fork leaves every thread but its own
        recorder.start()
    second = recorder._thread
    assert second is not first

    first_is_over.set()
    recorder.stop()
    assert first is not None
    assert second is not None
    first.join(PATIENCE_SECONDS)
    assert [first.is_alive(), second.is_alive()] == [False, False]


def test_the_last_seconds_are_written_at_the_end_of_a_process(
    engine: sa.Engine, organisation: uuid.UUID, rows: Callable[[str], Rows], monkeypatch: pytest.MonkeyPatch
):
    at_the_end: list[Callable[[], None]] = []
    monkeypatch.setattr(usage_by_minute.atexit, "register", at_the_end.append)
    collected = [[MinuteUsage(organisation, MINUTE, used=3)], []]
    recorder = UsageRecorder(lambda: engine, lambda: collected.pop(0))
    recorder.start()
    assert recorder._thread is not None

    for end in at_the_end:
        end()

    assert rows("SELECT used FROM usage_by_minute") == [(3,)]
    assert not recorder._thread.is_alive(), "nothing is written by whoever is left behind"


def test_a_minute_is_written_although_nobody_comes_back(
    counting: MigrationDatabase, organisation: uuid.UUID, rows: Callable[[str], Rows]
):
    clock = Clock(HOUR_START + 59)
    store = PostgresStore(counting.settings, clock, budget=PATIENCE_SECONDS)
    for _ in range(3):
        store.hit(organisation_key(organisation), 2, 2, is_enforced=True)
    store.collect()
    assert rows("SELECT used FROM usage_by_minute") == []

    clock.now += 1
    store.collect()
    store.collect()
    assert rows("SELECT used, refused FROM usage_by_minute") == [(2, 1)]
    store.hit(organisation_key(organisation), 9, 9, is_enforced=True)
    clock.now += 60
    store.collect()
    assert rows("SELECT used, refused FROM usage_by_minute ORDER BY minute") == [(2, 1), (1, 0)]
    store._engine.dispose()


def test_old_history_and_silent_counters_are_taken_away(
    counting: MigrationDatabase, engine: sa.Engine, organisation: uuid.UUID, rows: Callable[[str], Rows], monkeypatch
):
    monkeypatch.setattr(usage_by_minute, "MOST_TAKEN_AT_ONCE", 2)
    clock = Clock(time.time() - 3 * 3600)
    store = PostgresStore(counting.settings, clock, budget=PATIENCE_SECONDS)
    for number in range(5):
        store.hit(f"address:{number}", 9, 9, is_enforced=True)
    store.hit(organisation_key(organisation), 9, 9, is_enforced=True)  # its minute is not written yet
    clock.now = time.time()
    store.hit("address:fresh", 9, 9, is_enforced=True)
    with counting.as_owner() as connection:
        for age in ("9 days", "7 days"):
            moment = f"now() - interval '{age}'"
            insert = f"INSERT INTO usage_by_minute (organisation_id, minute) VALUES (:id, {moment})"
            connection.execute(sa.text(insert), {"id": organisation})

    recorder = UsageRecorder(lambda: engine, list)
    recorder.tidy()
    kept = [("address:fresh",), (organisation_key(organisation),)]
    assert rows("SELECT key FROM limit_counters ORDER BY key") == kept
    assert rows("SELECT count(*) FROM usage_by_minute") == [(1,)]
    store.collect()
    recorder.tidy()
    assert rows("SELECT key FROM limit_counters") == [("address:fresh",)]
    store._engine.dispose()
