"""The figures behind "with these limits": see `domain.what_if` for what is assumed."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, FromClause, cast, func, literal, select

from webapp.domain.what_if import DAYS, TriedLimits
from webapp.models import UsageByMinute

FIGURES = ("asked_for", "would_be_refused", "were_refused", "busiest_hour", "busiest_minute")


def what_if_of_any(organisation_id: uuid.UUID, tried: TriedLimits) -> FromClause:
    """One row with `FIGURES`, to be joined to the statement that reads the organisation. At most 10,080 minutes."""
    asked_for = UsageByMinute.used + UsageByMinute.refused
    hours = (
        select(
            func.sum(asked_for).label("asked_for"),
            func.sum(func.least(asked_for, tried.burst)).label("in_bursts"),
            func.sum(UsageByMinute.refused).label("refused"),
            func.max(asked_for).label("busiest_minute"),
        )
        .where(
            UsageByMinute.organisation_id == organisation_id,
            UsageByMinute.minute >= func.now() - literal(timedelta(days=DAYS)),
        )
        .group_by(func.date_trunc("hour", UsageByMinute.minute))
        .subquery("hours")
    )
    let_in = func.least(hours.c.in_bursts, tried.hour)
    sums: tuple[Any, ...] = (
        func.sum(hours.c.asked_for),
        func.sum(hours.c.asked_for - let_in),
        func.sum(hours.c.refused),
        func.max(hours.c.asked_for),
        func.max(hours.c.busiest_minute),
    )
    whole = [cast(func.coalesce(figure, 0), BigInteger).label(name) for name, figure in zip(FIGURES, sums, strict=True)]
    return select(*whole).subquery("what_if")
