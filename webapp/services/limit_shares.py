"""What organisations have used of their hourly limits, for finding the largest shares without reading every limit.

Those with a limit of their own are few and found by an index of theirs. The others inherit, and no inherited limit is
smaller than the smallest base: whoever has not used enough of that has not used enough of theirs.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Float, Select, SelectBase, Subquery, cast, func, select, true

from webapp.domain.industries import CATALOGUE
from webapp.models import IndustryLimits, Organisation
from webapp.services.limits_in_sql import HOUR_LIMIT, JOINED_BASE, all_used_this_hour

SMALLEST_INHERITED: ColumnElement[int] = func.least(
    min(entry.requests_per_hour for entry in CATALOGUE.values()),
    select(func.min(IndustryLimits.requests_per_hour)).scalar_subquery(),
)
"""No organisation inherits a smaller hourly limit, with bases as they are."""


def counted_now() -> tuple[CTE, CTE, CTE]:
    """Of the running hour: (id, used) of all organisations that used anything, (id, used, hour_limit) of those with a
    limit of their own, and (id, used) of the others."""
    used = all_used_this_hour()
    counted = worked_out_once("counted", select(used.c.organisation_id.label("id"), used.c.used).where(used.c.used > 0))
    limits = (
        select(Organisation.id, Organisation.rate_limit_per_hour.label("hour_limit"))
        .where(Organisation.rate_limit_per_hour.is_not(None))
        .subquery("own_limits")
    )
    of_those = select(counted, limits.c.hour_limit).join_from(counted, limits, limits.c.id == counted.c.id)
    own = worked_out_once("own", of_those)
    others = worked_out_once("others", select(counted).where(counted.c.id.not_in(select(own.c.id))))
    return counted, own, others


def looked_up(counted: CTE | Subquery) -> Select[Any]:
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


def share_of(found: CTE | Subquery) -> ColumnElement[Any]:
    """What part of its limit each has used."""
    return cast(found.c.used, Float) / cast(func.greatest(found.c.hour_limit, 1), Float)


def worked_out_once(name: str, query: SelectBase) -> CTE:
    """The planner has no idea how many there are, and would otherwise work each out again for each use."""
    return query.cte(name).prefix_with("MATERIALIZED")
