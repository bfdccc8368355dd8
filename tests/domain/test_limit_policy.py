"""Which limits are in force: every industry with every plan and every kind of override, and where it comes from."""

import itertools

import pytest

from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import (
    CAPPED_BY_THE_HOUR,
    SET_FOR_THIS_ORGANISATION,
    BaseFigures,
    Figure,
    inherited_policy,
    policy_for,
)
from webapp.domain.plans import PLANS, SubscriptionPlan

BUILT_IN = {
    Industry.CINEMA: (18_000, 500),
    Industry.HOTEL: (12_000, 300),
    Industry.GYM: (9_000, 250),
    Industry.B2B: (30_000, 750),
    Industry.RETAIL: (24_000, 600),
    Industry.DEFAULT: (6_000, 150),
}
TIMES = {SubscriptionPlan.BASIC: 1, SubscriptionPlan.PROFESSIONAL: 2, SubscriptionPlan.ENTERPRISE: 5}
CHANGED = BaseFigures(1_000, 40)

OVERRIDES: dict[str, tuple[int | None, int | None]] = {
    "neither": (None, None),
    "hour": (200_000, None),
    "burst": (None, 7),
    "both": (100, 20),
    "hour below the burst": (30, None),
    "burst above the hour": (50, 60),
    "burst above what is inherited": (None, 500_000),
}
COMBINATIONS = list(itertools.product(Industry, SubscriptionPlan, OVERRIDES, (None, CHANGED)))


def test_the_tables_are_whole():
    assert set(BUILT_IN) == set(Industry) == set(CATALOGUE)
    assert set(TIMES) == set(SubscriptionPlan) == set(PLANS)


@pytest.mark.parametrize(("industry", "plan", "override", "base"), COMBINATIONS)
def test_what_an_organisation_gets(industry: Industry, plan: SubscriptionPlan, override: str, base: BaseFigures | None):
    base_hour, base_burst = (base.requests_per_hour, base.burst) if base else BUILT_IN[industry]
    inherited = f"{CATALOGUE[industry].name}, {PLANS[plan].name} plan"
    hour, burst = Figure(base_hour * TIMES[plan], inherited), Figure(base_burst * TIMES[plan], inherited)
    assert inherited_policy(industry, plan, base).hour == hour

    hour_override, burst_override = OVERRIDES[override]
    if hour_override is not None:
        hour = Figure(hour_override, SET_FOR_THIS_ORGANISATION)
    if burst_override is not None:
        burst = Figure(burst_override, SET_FOR_THIS_ORGANISATION)
    if burst.amount > hour.amount:
        burst = Figure(hour.amount, CAPPED_BY_THE_HOUR)

    policy = policy_for(industry, plan, base=base, hour_override=hour_override, burst_override=burst_override)
    assert (policy.hour, policy.burst, policy.enforced) == (hour, burst, True)


def test_limits_that_are_not_enforced_keep_their_figures():
    policy = policy_for(Industry.GYM, SubscriptionPlan.BASIC, enforced=False)

    assert (policy.hour.amount, policy.burst.amount, policy.enforced) == (9_000, 250, False)
