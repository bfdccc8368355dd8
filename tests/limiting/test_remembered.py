"""Refusals that are remembered: for as long as they hold, by a clock that nobody sets back, and so many and no more."""

import time

import pytest

from tests.limiting.clocks import HOUR_START, Clock
from webapp.domain.limit_policy import address_policy
from webapp.limiting import remembered
from webapp.limiting.counts import ADDRESS, Counts, Decision, decide
from webapp.limiting.local import LocalStore
from webapp.limiting.remembered import RememberedRefusals
from webapp.limiting.stores import clock_of

KEY = "address:203.0.113.9"
POLICY = address_policy(100, 5)


def refusal(now: float = HOUR_START + 1800) -> Decision:
    """A burst that has room again a minute after `now`."""
    counts = Counts(False, now, 5, HOUR_START + 3600, 5, now + 60, 100, 5)
    return decide(counts, POLICY, ADDRESS, is_enforced=True)


@pytest.fixture
def ours() -> Clock:
    """This machine's clock, which is not the store's."""
    return Clock(77.0)


@pytest.fixture
def refusals(ours: Clock) -> RememberedRefusals:
    return RememberedRefusals(ours)


def test_it_holds_until_the_limit_has_room_and_says_how_long_that_is(refusals: RememberedRefusals, ours: Clock):
    refusals.remember(KEY, 3, refusal())
    ours.now += 59.5

    again = refusals.recall(KEY, 3)
    assert again is not None
    assert (again.retry_after, again.counts.now) == (1, HOUR_START + 1859.5)
    ours.now += 0.5
    assert refusals.recall(KEY, 3) is None


def test_another_version_of_the_limits_ends_it_for_good(refusals: RememberedRefusals):
    refusals.remember(KEY, 3, refusal())

    assert refusals.recall(KEY, 4) is None
    assert refusals.recall(KEY, 3) is None


def test_other_keys_are_not_refused(refusals: RememberedRefusals):
    refusals.remember(KEY, 0, refusal())

    assert refusals.recall("address:203.0.113.10", 0) is None


def test_it_forgets_the_oldest_of_too_many(refusals: RememberedRefusals, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remembered, "MOST_REMEMBERED", 3)
    for number in range(5):
        refusals.remember(f"address:{number}", 0, refusal())

    held = [number for number in range(5) if refusals.recall(f"address:{number}", 0)]
    assert held == [2, 3, 4]


def test_repeats_are_counted_by_minute_for_organisations_alone(refusals: RememberedRefusals, ours: Clock):
    odeon = "organisation:00000000-0000-0000-0000-00000000000a"
    for key in (KEY, odeon):
        refusals.remember(key, 0, refusal(HOUR_START + 1810))
        for _ in range(3):
            refusals.recall(key, 0)
    ours.now += 55
    refusals.recall(odeon, 0)

    minute = int(HOUR_START // 60) + 30
    assert [(usage.minute, usage.refused) for usage in refusals.collect()] == [(minute, 3), (minute + 1, 1)]
    assert refusals.collect() == []


def test_time_since_a_refusal_is_told_by_a_clock_that_nobody_sets_back():
    assert clock_of(LocalStore()) is time.monotonic
    moved = Clock()
    assert clock_of(LocalStore(moved)) is moved
