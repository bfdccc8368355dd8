"""What organisations have used of their hourly limits, for finding the largest shares without reading every limit.

Those with a limit of their own are few and found by an index of theirs. The others inherit, and no inherited limit is
smaller than the smallest base: whoever has not used enough of that has not used enough of theirs. Nor is any larger
than the largest base of the largest plan, for finding the smallest shares.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    FromClause,
    Select,
    SelectBase,
    Subquery,
    and_,
    case,
    cast,
    func,
    select,
    true,
)

from webapp.domain.industries import CATALOGUE
from webapp.domain.paging import PAGE_SIZE
from webapp.domain.plans import PLANS
from webapp.domain.usage_state import RUNNING_LOW_AT
from webapp.models import IndustryLimits, Organisation
from webapp.services.limits_in_sql import HOUR_LIMIT, JOINED_BASE, all_used_this_hour

_BUILT_IN = [entry.requests_per_hour for entry in CATALOGUE.values()]

SMALLEST_INHERITED: ColumnElement[int] = func.least(
    min(_BUILT_IN), select(func.min(IndustryLimits.requests_per_hour)).scalar_subquery()
)
"""No organisation inherits a smaller hourly limit, with bases as they are."""

LARGEST_INHERITED: ColumnElement[int] = func.greatest(
    max(_BUILT_IN), select(func.max(IndustryLimits.requests_per_hour)).scalar_subquery()
) * max(entry.multiplier for entry in PLANS.values())
"""Nor a larger one."""


RUNNING_LOW: ColumnElement[float] = cast(RUNNING_LOW_AT, Float)  # not a decimal: reckoned as the domain does it


def used_now() -> Subquery:
    """(id, used) of all organisations that used something in the running hour. Read by itself and by one process: for
    some ten thousand counters, starting others takes longer than the work."""
    used = all_used_this_hour()
    return select(used.c.organisation_id.label("id"), used.c.used).where(used.c.used > 0).offset(0).subquery("used_now")


def perhaps_near(used: Subquery) -> Subquery:
    """(id, used) of those that may be near their limit, by what can be said without reading the organisations: those
    with a lower limit of their own are in an index, and of the others none has less than the lowest of an industry."""
    own = select(Organisation.id, Organisation.rate_limit_per_hour.label("hour"))
    lower = own.where(Organisation.rate_limit_per_hour < SMALLEST_INHERITED).offset(0).subquery("lower_limits")
    least = RUNNING_LOW * func.coalesce(lower.c.hour, SMALLEST_INHERITED)
    near = select(used).outerjoin(lower, lower.c.id == used.c.id).where(used.c.used >= least)
    return near.subquery("perhaps_near")


def is_near(used: FromClause) -> ColumnElement[bool]:
    """Whether an organisation has used most of its limit, in a query that has joined `JOINED_BASE`."""
    return used.c.used >= RUNNING_LOW * HOUR_LIMIT


@dataclass(frozen=True)
class Spot:
    """Where a page is in a list, for a statement that counts the list as well: what `Paging` says, in SQL. `way` is 1,
    and -1 where it is read from the end."""

    total: ColumnElement[int]
    way: ColumnElement[int]
    passed_over: ColumnElement[int]
    rows: ColumnElement[int]


def spot_of(counted: CTE, page: int) -> Spot:
    """Of this page, or the last for one past the end."""
    numbers = select(func.count().label("total")).select_from(counted).subquery()
    last = func.greatest((numbers.c.total - 1) // PAGE_SIZE + 1, 1)
    pages = select(numbers.c.total, last.label("last"), func.least(max(page, 1), last).label("number")).subquery()
    is_backwards = and_(pages.c.number > 1, pages.c.number > pages.c.last // 2)
    before, after = (pages.c.number - 1) * PAGE_SIZE, pages.c.total - pages.c.number * PAGE_SIZE
    spot = (
        select(
            pages.c.total,
            case((is_backwards, -1), else_=1).label("way"),
            case((is_backwards, func.greatest(after, 0)), else_=before).label("passed_over"),
            case((is_backwards, func.least(pages.c.total - before, PAGE_SIZE)), else_=PAGE_SIZE).label("rows"),
        )
        .cte("spot")
        .prefix_with("MATERIALIZED")
    )
    return Spot(*(select(column).scalar_subquery() for column in spot.c))


def counted_now() -> tuple[CTE, CTE, CTE]:
    """Of the running hour: (id, used) of all organisations that used anything, (id, used, hour_limit) of those with a
    limit of their own, and (id, used) of the others."""
    counted = worked_out_once("counted", select(used_now()))
    limits = (
        select(Organisation.id, Organisation.rate_limit_per_hour.label("hour_limit"))
        .where(Organisation.rate_limit_per_hour.is_not(None))
        .subquery("own_limits")
    )
    of_those = select(counted, limits.c.hour_limit).join_from(counted, limits, limits.c.id == counted.c.id)
    own = worked_out_once("own", of_those)
    others = worked_out_once("others", select(counted).where(counted.c.id.not_in(select(own.c.id))))
    return counted, own, others


def others_within(
    others: CTE, outermost: CTE, last_share: ColumnElement[Any], way: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    """Of those that inherit and are not among the outermost, those that by what they used might have no smaller a share
    than this one, or no larger a share where the list is read the other `way`. Rounded so that nobody is missed."""
    bound = case(
        (way > 0, func.floor(last_share * SMALLEST_INHERITED)), else_=func.ceil(last_share * LARGEST_INHERITED)
    )
    innermost = select(func.min(way * outermost.c.used)).scalar_subquery()
    return select(others).where(way * others.c.used < innermost, way * others.c.used >= way * bound)


def looked_up(counted: FromClause) -> Select[Any]:
    """(id, used, hour_limit) of each, by its key, whatever the planner thinks of reading all organisations instead:
    LATERAL with an OFFSET is how it is told."""
    limit = (
        select(HOUR_LIMIT.label("hour_limit"))
        .select_from(Organisation)
        .outerjoin(IndustryLimits, JOINED_BASE)
        .where(Organisation.id == counted.c.id)
        .offset(0)
        .lateral()
    )
    return select(counted.c.id, counted.c.used, limit.c.hour_limit).join_from(counted, limit, true())


def share_of(found: FromClause) -> ColumnElement[Any]:
    """What part of its limit each has used."""
    return cast(found.c.used, Float) / cast(func.greatest(found.c.hour_limit, 1), Float)


def worked_out_once(name: str, query: SelectBase) -> CTE:
    """The planner has no idea how many there are, and would otherwise work each out again for each use."""
    return query.cte(name).prefix_with("MATERIALIZED")
