"""What can go wrong with counting in PostgreSQL, on a real one: requests go on, within the budget, and it heals."""

import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.migrations.databases import MigrationDatabase
from tests.patience import PATIENCE_SECONDS, comes_true
from webapp.limiting import postgres
from webapp.limiting.counts import Counts, StoreUnusable
from webapp.limiting.extension import organisation_key
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.postgres import PostgresStore

KEY = "address:203.0.113.9"
MINE = "datname = current_database() AND application_name = 'foyer-limits'"
SIGNATURE = "count_request(text, integer, integer, boolean, uuid, double precision)"


@pytest.fixture
def store(counting: MigrationDatabase) -> Iterator[PostgresStore]:
    made = PostgresStore(counting.settings, budget=PATIENCE_SECONDS)
    yield made
    made._engine.dispose()


@pytest.fixture
def hurried(counting: MigrationDatabase) -> Iterator[GuardedStore]:
    """The store as a deployment has it, with its connection made."""
    inner = PostgresStore(counting.settings)
    guarded = GuardedStore(inner, 2)
    assert comes_true(lambda: not guarded.hit(KEY, 1_000, 1_000, is_enforced=True).is_makeshift)
    guarded.failures = 0
    yield guarded
    assert comes_true(lambda: not guarded.hit(KEY, 1_000, 1_000, is_enforced=True).is_makeshift), "it has healed"
    inner._engine.dispose()


def statements(database: MigrationDatabase, *texts: str) -> None:
    with database.as_owner() as connection:
        for text in texts:
            role = sa.make_url(database.settings.database_url).username
            connection.execute(sa.text(text.format(role=role)))


@contextmanager
def locked(database: MigrationDatabase, what: str) -> Iterator[None]:
    """Somebody else has this in a transaction that does not end."""
    with database.as_owner() as connection:
        connection.execute(sa.text(what))
        yield


def are_answered(guarded: GuardedStore, times: int, key: str = KEY) -> None:
    """So many requests are let in, whatever the store does."""
    assert all(guarded.hit(key, 1_000, 1_000, is_enforced=True).is_within for _ in range(times))


def asks_of(guarded: GuardedStore, key: str = KEY) -> list[str]:
    """Grows with each request that asks the store itself: those alone can be kept waiting by it."""
    asked: list[str] = []
    hit = guarded.store.hit

    def note(of: str, *limits: int, is_enforced: bool) -> Counts:
        asked.extend([of] * (of == key))  # the healer asks as well, and keeps nobody waiting
        return hit(of, *limits, is_enforced=is_enforced)

    guarded.store.hit = note  # type: ignore[method-assign]  # to see who asks
    return asked


def test_a_locked_table_costs_one_wait_and_then_none(counting: MigrationDatabase, hurried: GuardedStore):
    with locked(counting, "LOCK TABLE limit_counters IN ACCESS EXCLUSIVE MODE"):
        asked = asks_of(hurried)
        are_answered(hurried, 50)

        assert (len(asked), hurried.failures, hurried.is_degraded) == (1, 1, True)


@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        (f"ALTER FUNCTION {SIGNATURE} RENAME TO away", "ALTER FUNCTION away RENAME TO count_request"),
        ("ALTER TABLE limit_counters RENAME TO away", "ALTER TABLE away RENAME TO limit_counters"),
        ("REVOKE ALL ON limit_counters FROM {role}", "GRANT ALL ON limit_counters TO {role}"),
        ("ALTER TABLE limit_counters RENAME COLUMN slots TO away", "ALTER TABLE limit_counters RENAME away TO slots"),
    ],
    ids=["no function", "no table", "no right", "another shape"],
)
def test_what_is_missing_is_counted_without(
    counting: MigrationDatabase, hurried: GuardedStore, damage: str, repair: str
):
    statements(counting, damage)
    try:
        are_answered(hurried, 5)
        assert hurried.is_degraded
    finally:
        statements(counting, repair)


def test_connections_that_a_restart_has_closed_are_made_again(counting: MigrationDatabase, hurried: GuardedStore):
    with counting.as_application() as connection:
        connection.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {MINE}"))

    are_answered(hurried, 5)


def test_a_server_that_is_silent_is_given_up_by_our_own_clock(counting: MigrationDatabase, hurried: GuardedStore):
    with counting.as_owner() as connection:
        pid = connection.scalar(sa.text(f"SELECT pid FROM pg_stat_activity WHERE {MINE}"))
    os.kill(pid, signal.SIGSTOP)
    try:
        are_answered(hurried, 20)
        assert hurried.failures >= 1
    finally:
        os.kill(pid, signal.SIGCONT)


def test_more_threads_than_connections_are_a_failure_like_any_other(counting: MigrationDatabase):
    store = PostgresStore(counting.settings)
    with ExitStack() as stack:
        for _ in range(10):
            stack.callback(store._engine.raw_connection().close)
        with pytest.raises(StoreUnusable):
            store.hit(KEY, 1, 1, is_enforced=True)
    store._engine.dispose()


def test_what_the_server_gives_up_itself_costs_no_connection(
    counting: MigrationDatabase, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres, "SERVERS_SHARE", 0.1 / PATIENCE_SECONDS)  # long before our own clock does
    store = PostgresStore(counting.settings, budget=PATIENCE_SECONDS)
    store.read(KEY, 1, 1)
    before = store._engine.pool
    with locked(counting, "LOCK TABLE limit_counters IN ACCESS EXCLUSIVE MODE"), pytest.raises(StoreUnusable):
        store.hit(KEY, 1, 1, is_enforced=True)

    assert (store._engine.pool is before, store._engine.pool.checkedin()) == (True, 1)  # type: ignore[attr-defined]
    store._engine.dispose()


def test_first_requests_of_a_key_that_meet_are_all_counted(store: PostgresStore):
    store.read(KEY, 1, 1)
    for number in range(20):
        start, within_limit = threading.Barrier(6), []

        def hit(key: str, start: threading.Barrier = start, found: list[bool] = within_limit) -> None:
            start.wait(PATIENCE_SECONDS)
            found.append(store.hit(key, 4, 4, is_enforced=True).is_within)

        threads = [threading.Thread(target=hit, args=(f"address:{number}",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(within_limit) == [False] * 2 + [True] * 4


def test_a_key_that_is_taken_away_under_a_request_is_made_again(store: PostgresStore):
    store.read(KEY, 1, 1)
    ends = threading.Event()

    def take_away() -> None:
        while not ends.is_set():
            store.clear()

    thread = threading.Thread(target=take_away)
    thread.start()
    try:
        for _ in range(150):
            assert store.hit(KEY, 1_000, 1_000, is_enforced=True).hour_used >= 1
    finally:
        ends.set()
        thread.join()


def test_an_organisation_that_somebody_is_changing_is_counted_without_waiting(
    counting: MigrationDatabase, organisation: uuid.UUID
):
    """The history refers to its row; the minute is written when the row is free. Whoever waited for it would fail."""
    now = [1_700_002_859.0]
    store = PostgresStore(counting.settings, lambda: now[0], budget=PATIENCE_SECONDS)
    key = organisation_key(organisation)
    store.hit(key, 2, 2, is_enforced=True)
    now[0] += 1
    with locked(counting, "SELECT 1 FROM organisations FOR UPDATE"):
        store.hit(key, 2, 2, is_enforced=True)
        assert not store.hit(key, 2, 2, is_enforced=True).is_within
    now[0] += 60
    store.collect()

    with counting.as_owner() as connection:
        assert connection.execute(sa.text("SELECT used, refused FROM usage_by_minute")).all() == [(2, 1)]
    store._engine.dispose()


def test_an_organisation_that_is_no_more_is_counted_all_the_same(store: PostgresStore):
    gone = organisation_key(uuid.uuid4())

    assert [store.hit(gone, 1, 1, is_enforced=True).is_within for _ in range(2)] == [True, False]


def test_a_deployment_starts_without_its_database(counting: MigrationDatabase):
    store = PostgresStore(replace(counting.settings, database_url="postgresql+psycopg2://nobody@127.0.0.1:1/nothing"))

    with pytest.raises(StoreUnusable):
        store.hit(KEY, 1, 1, is_enforced=True)
