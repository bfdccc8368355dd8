"""Which limits are in force, and where each figure comes from.

An organisation's own override wins; otherwise its industry's base figure times its plan's multiplier. Nothing is ever
copied into rows, so a change of industry or plan is felt on the very next request.
"""

from dataclasses import dataclass
from functools import lru_cache

from webapp.domain.industries import CATALOGUE, Industry, known_industry
from webapp.domain.plans import PLANS, SubscriptionPlan, known_plan
from webapp.domain.stored_labels import UnknownLabel

BURST_SECONDS = 60
HOUR_SECONDS = 3600

SET_FOR_THIS_ORGANISATION = "Set for this organisation"
CAPPED_BY_THE_HOUR = "No more than the hourly limit"
EVERY_ADDRESS = "The same for every address"


@dataclass(frozen=True)
class Figure:
    """One limit in requests, with words for where it comes from."""

    amount: int
    source: str


@dataclass(frozen=True)
class LimitPolicy:
    """The limits of one organisation or one address. `enforced` False means counted but never refused."""

    hour: Figure
    burst: Figure
    enforced: bool = True


@dataclass(frozen=True)
class BaseFigures:
    """An industry's figures for the Basic plan, before the plan's multiplier."""

    requests_per_hour: int
    burst: int


def built_in_figures(industry: Industry | UnknownLabel) -> BaseFigures:
    """The figures of the catalogue, which an admin may have changed in the database."""
    entry = CATALOGUE[known_industry(industry)]
    return BaseFigures(entry.requests_per_hour, entry.burst)


def inherited_policy(
    industry: Industry | UnknownLabel, plan: SubscriptionPlan | UnknownLabel, base: BaseFigures | None = None
) -> LimitPolicy:
    """What an organisation gets without overrides: industry base x plan multiplier. `base` stands in for the built-in
    figures where an admin has changed them.

    A label this build does not know (a newer build's, after a rollback) gets the default industry or the basic plan,
    because limits must never be what stops a request from being answered. The source then names what stood in.
    """
    entry, bought = CATALOGUE[known_industry(industry)], PLANS[known_plan(plan)]
    figures = base or built_in_figures(industry)
    source = f"{entry.name}, {bought.name} plan"
    return LimitPolicy(
        hour=Figure(figures.requests_per_hour * bought.multiplier, source),
        burst=Figure(figures.burst * bought.multiplier, source),
    )


@lru_cache(maxsize=1_000)
def policy_for(
    industry: Industry | UnknownLabel,
    plan: SubscriptionPlan | UnknownLabel,
    *,
    base: BaseFigures | None = None,
    hour_override: int | None = None,
    burst_override: int | None = None,
    enforced: bool = True,
) -> LimitPolicy:
    """The policy in force for an organisation. Overrides of None inherit; a burst never exceeds the hour.

    Kept for the next request, of which each asks for one."""
    inherited = inherited_policy(industry, plan, base)
    hour = inherited.hour if hour_override is None else Figure(hour_override, SET_FOR_THIS_ORGANISATION)
    burst = inherited.burst if burst_override is None else Figure(burst_override, SET_FOR_THIS_ORGANISATION)
    if burst.amount > hour.amount:
        burst = Figure(hour.amount, CAPPED_BY_THE_HOUR)
    return LimitPolicy(hour=hour, burst=burst, enforced=enforced)


def state_of_limits(own_version: int, base_version: int | None) -> int:
    """One number for the organisation's own version and its industry's, None for an industry that was never changed.

    No two states of an organisation's limits share one. A sum would not do: it could come out the same after a change
    of industry, and a refusal remembered under it would outlast the limit that made it.
    """
    return own_version << 32 | (base_version or 0)


def address_policy(hour: int, burst: int) -> LimitPolicy:
    """The policy for a network address nobody is signed in from."""
    return LimitPolicy(hour=Figure(hour, EVERY_ADDRESS), burst=Figure(burst, EVERY_ADDRESS))
