"""Which limits are in force, and where each figure comes from.

An organisation's own override wins; otherwise its industry's base figure times its plan's multiplier. Nothing is ever
copied into rows, so a change of industry or plan is felt on the very next request.
"""

from dataclasses import dataclass

from webapp.domain.industries import CATALOGUE, Industry, known_industry
from webapp.domain.plans import PLANS, SubscriptionPlan, known_plan
from webapp.domain.stored_labels import UnknownLabel

BURST_SECONDS = 60
HOUR_SECONDS = 3600
MOST_PER_HOUR = 1_000_000
"""The largest override that may be set: past it a limit protects nobody."""

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


def inherited_policy(industry: Industry | UnknownLabel, plan: SubscriptionPlan | UnknownLabel) -> LimitPolicy:
    """What an organisation gets without overrides: industry base x plan multiplier.

    A label this build does not know (a newer build's, after a rollback) gets the default industry or the basic plan,
    because limits must never be what stops a request from being answered. The source then names what stood in.
    """
    entry, bought = CATALOGUE[known_industry(industry)], PLANS[known_plan(plan)]
    source = f"{entry.name}, {bought.name} plan"
    return LimitPolicy(
        hour=Figure(entry.requests_per_hour * bought.multiplier, source),
        burst=Figure(entry.burst * bought.multiplier, source),
    )


def policy_for(
    industry: Industry | UnknownLabel,
    plan: SubscriptionPlan | UnknownLabel,
    *,
    hour_override: int | None = None,
    burst_override: int | None = None,
    enforced: bool = True,
) -> LimitPolicy:
    """The policy in force for an organisation. Overrides of None inherit; a burst never exceeds the hour."""
    inherited = inherited_policy(industry, plan)
    hour = inherited.hour if hour_override is None else Figure(hour_override, SET_FOR_THIS_ORGANISATION)
    burst = inherited.burst if burst_override is None else Figure(burst_override, SET_FOR_THIS_ORGANISATION)
    if burst.amount > hour.amount:
        burst = Figure(hour.amount, CAPPED_BY_THE_HOUR)
    return LimitPolicy(hour=hour, burst=burst, enforced=enforced)


def address_policy(hour: int, burst: int) -> LimitPolicy:
    """The policy for a network address nobody is signed in from."""
    return LimitPolicy(hour=Figure(hour, EVERY_ADDRESS), burst=Figure(burst, EVERY_ADDRESS))
