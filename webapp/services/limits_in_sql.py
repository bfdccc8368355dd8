"""The policy in force and what was used of it, as SQL: for lists that are sorted or filtered by either.

It has to say what `domain.limit_policy` says of one organisation; a test compares them for every industry and plan.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)

from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import HOUR_SECONDS
from webapp.domain.plans import PLANS, SubscriptionPlan
from webapp.limiting.counts import ORGANISATION
from webapp.limiting.usage import are_counts_in_the_database
from webapp.models import IndustryLimits, LimitCounter, Organisation, UsageByMinute

JOINED_BASE = and_(
    IndustryLimits.industry == cast(Organisation.industry_type, Text), IndustryLimits.requests_per_hour.is_not(None)
)
"""Joins the base figures that an admin has changed: `query.outerjoin(IndustryLimits, JOINED_BASE)`."""


def _by_label(column: Any, values: Mapping[Any, int], otherwise: int) -> ColumnElement[int]:
    """Compared as text, so that a label this build does not know is no error."""
    return case({label.value: value for label, value in values.items()}, value=cast(column, Text), else_=otherwise)


_HOUR = {industry: entry.requests_per_hour for industry, entry in CATALOGUE.items()}
_BURST = {industry: entry.burst for industry, entry in CATALOGUE.items()}
_TIMES = {plan: entry.multiplier for plan, entry in PLANS.items()}
_MULTIPLIER = _by_label(Organisation.subscription_plan, _TIMES, _TIMES[SubscriptionPlan.BASIC])

HOUR_LIMIT: ColumnElement[int] = func.coalesce(
    Organisation.rate_limit_per_hour,
    func.coalesce(
        IndustryLimits.requests_per_hour, _by_label(Organisation.industry_type, _HOUR, _HOUR[Industry.DEFAULT])
    )
    * _MULTIPLIER,
)
"""Requests an hour, of a query that has joined `JOINED_BASE`."""

BURST_LIMIT: ColumnElement[int] = func.least(
    func.coalesce(
        Organisation.burst_limit,
        func.coalesce(IndustryLimits.burst, _by_label(Organisation.industry_type, _BURST, _BURST[Industry.DEFAULT]))
        * _MULTIPLIER,
    ),
    HOUR_LIMIT,
)
"""Requests in any 60 seconds, of the same query."""

_THIS_HOUR = select(cast(func.floor(extract("epoch", func.now()) / HOUR_SECONDS), BigInteger)).scalar_subquery()
"""A query of its own, so that it is worked out once and not for every counter."""


def used_this_hour_by(organisation_id: Any) -> ColumnElement[int]:
    """What one organisation has used of the running hour: for the rows of a page, one look-up each."""
    if are_counts_in_the_database():
        found = select(LimitCounter.hour_used).where(
            LimitCounter.key == literal(f"{ORGANISATION}:") + cast(organisation_id, Text),
            LimitCounter.hour == _THIS_HOUR,
        )
    else:
        found = select(func.sum(UsageByMinute.used)).where(
            UsageByMinute.organisation_id == organisation_id,
            UsageByMinute.minute >= func.date_trunc("hour", func.now()),
        )
    return cast(func.coalesce(found.scalar_subquery(), 0), Integer)


def all_used_this_hour() -> Subquery:
    """(organisation_id, used) for every organisation that has used anything of the running hour.

    From the counters themselves where they are in this database. Other stores write what each minute came to, so there
    it is up to ten seconds late.
    """
    counted: Select[*tuple[Any, ...]]
    if are_counts_in_the_database():
        counted = select(LimitCounter.organisation_id, LimitCounter.hour_used.label("used")).where(
            LimitCounter.hour == _THIS_HOUR, LimitCounter.organisation_id.is_not(None)
        )
    else:
        counted = (
            select(UsageByMinute.organisation_id, cast(func.sum(UsageByMinute.used), Integer).label("used"))
            .where(UsageByMinute.minute >= func.date_trunc("hour", func.now()))
            .group_by(UsageByMinute.organisation_id)
        )
    return counted.subquery("used_now")
