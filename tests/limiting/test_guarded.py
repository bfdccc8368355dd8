"""A store that fails: nobody is refused, kept waiting or uncounted because of it, and it is tried until it heals."""

import logging
import threading

import pytest

from tests.limiting.clocks import HOUR_START, Clock
from tests.patience import comes_true
from webapp.limiting.counts import Counts, StoreUnusable
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.local import LocalStore
from webapp.limiting.usage_by_minute import MinuteUsage

ODEON = "organisation:00000000-0000-0000-0000-00000000000a"


class Unsteady(LocalStore):
    """A store that is away when a test says so."""

    def __init__(self) -> None:
        super().__init__(Clock(HOUR_START + 1800))
        self.is_away = False
        self.asked = 0

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        self._fail_if_away()
        return super().hit(key, hour, burst, is_enforced=is_enforced)

    def read(self, key: str, hour: int, burst: int) -> Counts:
        self._fail_if_away()
        return super().read(key, hour, burst)

    def collect(self) -> list[MinuteUsage]:
        self._fail_if_away()
        return super().collect()

    def _fail_if_away(self) -> None:
        self.asked += 1
        if self.is_away:
            raise StoreUnusable("away") from OSError("no route")


@pytest.fixture
def store() -> Unsteady:
    return Unsteady()


def hits(guarded: GuardedStore, times: int, hour: int = 100, burst: int = 10) -> list[Counts]:
    return [guarded.hit(ODEON, hour, burst, is_enforced=True) for _ in range(times)]


def test_a_store_that_is_well_is_asked_and_nothing_else(store: Unsteady):
    guarded = GuardedStore(store, 4)

    assert [counts.is_makeshift for counts in hits(guarded, 3)] == [False] * 3
    assert guarded.read(ODEON, 100, 10).hour_used == 3
    assert not guarded.is_degraded


def test_while_it_is_away_each_process_allows_its_share_and_asks_no_more(store: Unsteady):
    guarded = GuardedStore(store, 4, retry_seconds=60)
    store.is_away = True

    assert [counts.is_within for counts in hits(guarded, 5)] == [True] * 3 + [False] * 2  # a quarter of 10, rounded up
    assert all(counts.is_makeshift for counts in hits(guarded, 2))
    assert (store.asked, guarded.failures, guarded.is_degraded) == (1, 1, True)
    with pytest.raises(StoreUnusable):
        guarded.read(ODEON, 100, 10)
    assert store.asked == 1


def test_it_heals_by_itself_and_says_so_once_each_way(store: Unsteady, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    guarded = GuardedStore(store, 4)
    store.is_away = True
    hits(guarded, 5)
    store.is_away = False

    assert comes_true(lambda: not guarded.is_degraded)
    assert not hits(guarded, 1)[0].is_makeshift
    assert guarded.read(ODEON, 100, 10).hour_used == 1
    assert [record.message for record in caplog.records] == [
        "limits are counted in each process: the store is unusable",
        "limits are counted together again",
    ]
    assert vars(caplog.records[0])["kind"] == "OSError"


def test_what_was_counted_meanwhile_is_written_and_limits_nobody_afterwards(store: Unsteady):
    guarded = GuardedStore(store, 1, retry_seconds=0.01)
    hits(guarded, 4)
    store.is_away = True
    hits(guarded, 12)
    store.is_away = False
    assert comes_true(lambda: not guarded.is_degraded)

    assert [counts.is_within for counts in hits(guarded, 7)] == [True] * 6 + [False]
    used = sorted((usage.used, usage.refused) for usage in guarded.collect())
    assert used == [(10, 1), (10, 2)]
    assert guarded.collect() == []


def test_usage_is_not_asked_of_a_store_that_is_away_and_stays_with_it(store: Unsteady):
    guarded = GuardedStore(store, 1, retry_seconds=0.01)
    hits(guarded, 4)
    store.is_away = True

    assert guarded.collect() == []
    store.is_away = False
    assert [usage.used for usage in guarded.collect()] == [4]


def test_many_threads_that_meet_the_failure_start_one_healer(store: Unsteady):
    guarded = GuardedStore(store, 1, retry_seconds=60)
    store.is_away = True
    threads = [threading.Thread(target=hits, args=(guarded, 20)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    healers = [thread for thread in threading.enumerate() if thread is guarded._healer]
    assert len(healers) == 1
    assert sum(counts.is_within for counts in hits(guarded, 1)) == 0


def test_a_forked_process_finds_out_for_itself(store: Unsteady):
    guarded = GuardedStore(store, 1, retry_seconds=60)
    store.is_away = True
    hits(guarded, 1)
    assert guarded._healer is not None
    thread = guarded._healer
    thread.is_alive = lambda: False  # type: ignore[method-assign]  # as a fork leaves every thread but its own
    store.is_away = False

    assert not guarded.is_degraded
    assert not hits(guarded, 1)[0].is_makeshift
