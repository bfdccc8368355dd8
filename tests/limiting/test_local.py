"""The store: exact at every edge, by a clock that the tests move."""

import random
import sys
import threading
from collections import deque

import pytest

from tests.limiting.clocks import HOUR_START, Clock
from tests.patience import PATIENCE_SECONDS
from webapp.limiting import local
from webapp.limiting.local import LocalStore

ODEON, SAVOY = "organisation:00000000-0000-0000-0000-00000000000a", "organisation:00000000-0000-0000-0000-00000000000b"


@pytest.fixture
def store(clock: Clock) -> LocalStore:
    return LocalStore(clock)


def hits(store: LocalStore, times: int, hour: int = 100, burst: int = 10, key: str = ODEON) -> int:
    """How many of so many requests were admitted."""
    return sum(store.hit(key, hour, burst, is_enforced=True).is_within for _ in range(times))


def test_the_burst_admits_exactly_its_amount_in_any_60_seconds(store: LocalStore, clock: Clock):
    assert hits(store, 4) == 4
    clock.now += 30
    assert hits(store, 10) == 6
    clock.now += 30.9
    assert hits(store, 1) == 0
    clock.now += 0.1  # the first four have left, the other six have not
    assert hits(store, 10) == 4
    clock.now += 30
    assert hits(store, 10) == 6


def test_the_hour_admits_exactly_its_amount_and_begins_again_on_the_hour(store: LocalStore, clock: Clock):
    clock.now = HOUR_START + 1800
    assert hits(store, 12, hour=12, burst=1000) == 12
    assert hits(store, 1, hour=12, burst=1000) == 0
    clock.now = HOUR_START + 3599.9
    counts = store.hit(ODEON, 12, 1000, is_enforced=True)
    assert not counts.is_within
    assert counts.hour_ends_at == HOUR_START + 3600
    clock.now = HOUR_START + 3600
    assert hits(store, 13, hour=12, burst=1000) == 12


def test_what_is_refused_is_not_counted(store: LocalStore, clock: Clock):
    hits(store, 50)
    counts = store.read(ODEON, 100, 10)
    assert (counts.hour_used, counts.burst_used) == (10, 10)


def test_a_changed_limit_keeps_what_was_used(store: LocalStore):
    hits(store, 8)
    assert hits(store, 5, burst=9) == 1
    assert hits(store, 5, burst=20) == 5
    assert store.read(ODEON, 100, 20).hour_used == 14


def test_a_lowered_burst_says_when_there_is_room_again(store: LocalStore, clock: Clock):
    for _ in range(10):
        hits(store, 1)
        clock.now += 1
    counts = store.hit(ODEON, 100, 4, is_enforced=True)
    assert not counts.is_within
    assert counts.burst_frees_at == pytest.approx(HOUR_START + 6 + 61)  # the seventh has to leave
    clock.now = counts.burst_frees_at
    assert hits(store, 1, burst=4) == 1


def test_unenforced_limits_count_and_admit_everything(store: LocalStore):
    for _ in range(25):
        store.hit(ODEON, 20, 10, is_enforced=False)
    counts = store.read(ODEON, 20, 10)
    assert (counts.hour_used, counts.burst_used, counts.is_within) == (25, 25, False)


def test_keys_are_counted_apart_and_one_can_be_forgotten(store: LocalStore):
    hits(store, 10, key=ODEON)
    assert hits(store, 10, key=SAVOY) == 10
    store.forget(ODEON)
    assert store.read(ODEON, 100, 10).hour_used == 0
    assert store.read(SAVOY, 100, 10).hour_used == 10


def test_reading_counts_nothing_and_makes_no_key(store: LocalStore):
    for _ in range(5):
        assert store.read(ODEON, 100, 10).hour_used == 0
    assert len(store) == 0


def test_a_clock_that_is_set_back_gives_nobody_a_second_hour(store: LocalStore, clock: Clock):
    clock.now = HOUR_START + 3600
    assert hits(store, 12, hour=12, burst=1000) == 12
    clock.now = HOUR_START + 3599
    assert hits(store, 1, hour=12, burst=1000) == 0


def test_a_clock_that_was_a_day_ahead_locks_nobody_out(store: LocalStore, clock: Clock):
    clock.now = HOUR_START + 86_400
    assert hits(store, 12, hour=12, burst=1000) == 12
    clock.now = HOUR_START
    assert hits(store, 12, hour=12, burst=1000) == 12


def test_sixteen_threads_are_admitted_exactly_as_often_as_the_limit_allows(store: LocalStore):
    admitted: list[int] = []
    start = threading.Barrier(16)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def hammer() -> None:
        start.wait(PATIENCE_SECONDS)
        admitted.append(hits(store, 200, hour=1000, burst=777))

    threads = [threading.Thread(target=hammer) for _ in range(16)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert sum(admitted) == 777
    assert store.read(ODEON, 1000, 777).burst_used == 777


@pytest.mark.parametrize("seed", range(20))
def test_no_60_seconds_ever_hold_more_than_the_burst(store: LocalStore, clock: Clock, seed: int):
    moments = random.Random(seed)
    admitted: deque[float] = deque()
    for _ in range(600):
        clock.now += moments.choice([0, 0, 0.01, 0.3, 2, 7, 61])
        if hits(store, 1, hour=10_000, burst=7):
            admitted.append(clock.now)
        while admitted and admitted[0] <= clock.now - 60:
            admitted.popleft()
        assert len(admitted) <= 7


def test_memory_follows_the_keys_in_use(store: LocalStore, clock: Clock):
    for number in range(1000):
        hits(store, 1, key=f"address:{number}")
    assert len(store) == 1000
    clock.now += 3700
    for number in range(600):
        hits(store, 1, key=f"address:new-{number}")
    assert len(store) == 600


def test_memory_has_a_bound_and_a_flood_of_addresses_gives_nobody_a_second_allowance(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(local, "MOST_ADDRESSES", 50)
    hits(store, 10, key=ODEON)
    for number in range(500):
        hits(store, 1, key=f"address:{number}")
    assert len(store) <= 51
    assert hits(store, 1, key=ODEON) == 0


def test_one_key_takes_a_bounded_amount_of_memory(store: LocalStore, clock: Clock):
    for _ in range(20_000):
        clock.now += 0.004
        store.hit(ODEON, 1_000_000, 1_000_000, is_enforced=True)
    assert len(store._others[ODEON].slots) <= 61
