"""What an organisation has used, for the pages and commands that show it."""

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, cast, extract, func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.database import db
from webapp.domain.limit_policy import HOUR_SECONDS, LimitPolicy
from webapp.domain.usage_history import HOURS_SHOWN, HourOfUsage, UsageHistory
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.extension import organisation_key
from webapp.limiting.usage import Usage, is_counted_together, is_history_late, is_on_trial, read_usage, store_standing
from webapp.models import LimitBreach, LimitCounter, UsageByMinute

__all__ = [
    "LastBreach",
    "Usage",
    "find_history",
    "find_last_breach",
    "find_usage",
    "is_counted_together",
    "is_on_trial",
    "store_standing",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LastBreach:
    """The newest minute in which something was refused, by the limit of which period, and how much that allowed."""

    minute: datetime
    period: str
    allowed: int


def find_usage(organisation_id: uuid.UUID, policy: LimitPolicy) -> Usage | None:
    """None when the counts cannot be read: the page then says so, because 0 would be a lie and a failure worse."""
    try:
        return read_usage(organisation_id, policy)
    except StoreUnusable:
        log.warning("usage cannot be read", extra={"organisation_id": organisation_id})
        return None


def find_history(organisation_id: uuid.UUID, usage: Usage | None) -> UsageHistory | None:
    """The last 24 hours, the one that `usage` is of last. One statement; None when it cannot be answered.

    Minutes that have passed are in usage_by_minute, the newest one may still be in the counter. That is left out where
    `usage` could not be read: what makes the counters unusable must not keep this page waiting too.
    """
    this_hour = usage.resets_at - timedelta(hours=1) if usage else datetime.now(UTC)
    last = int(this_hour.timestamp()) // HOUR_SECONDS
    first = last - HOURS_SHOWN + 1
    try:
        rows = db.session.execute(_by_hour(organisation_id, first, with_counter=usage is not None)).all()
    except SQLAlchemyError:
        db.session.rollback()
        log.warning("history of usage cannot be read", extra={"organisation_id": organisation_id})
        return None
    found = {number: (used, refused, over) for number, used, refused, over in rows}
    hours = [
        HourOfUsage(datetime.fromtimestamp(number * HOUR_SECONDS, UTC), *found.get(number, (0, 0, 0)))
        for number in range(first, last + 1)
    ]
    return UsageHistory(tuple(hours), is_late=is_history_late())


def find_last_breach(organisation_id: uuid.UUID) -> LastBreach | None:
    """None when nothing was refused for as long as that is remembered."""
    row = db.session.execute(
        select(LimitBreach.minute, LimitBreach.period, LimitBreach.allowed)
        .where(LimitBreach.organisation_id == organisation_id)
        .order_by(LimitBreach.minute.desc())
        .limit(1)
    ).one_or_none()
    return LastBreach(row.minute.astimezone(UTC), row.period, row.allowed) if row else None


def _by_hour(organisation_id: uuid.UUID, first: int, *, with_counter: bool) -> Select[*tuple[Any, ...]]:
    """Used, refused and over by the hour, numbered since 1970, from hour `first` on."""
    written = select(
        cast(func.floor(extract("epoch", UsageByMinute.minute) / HOUR_SECONDS), BigInteger).label("hour"),
        UsageByMinute.used.label("used"),
        UsageByMinute.refused.label("refused"),
        UsageByMinute.over.label("over"),
    ).where(
        UsageByMinute.organisation_id == organisation_id,
        UsageByMinute.minute >= datetime.fromtimestamp(first * HOUR_SECONDS, UTC),
    )
    waiting = select(
        LimitCounter.minute // 60, LimitCounter.minute_used, LimitCounter.minute_refused, LimitCounter.minute_over
    ).where(LimitCounter.key == organisation_key(organisation_id), LimitCounter.minute >= first * 60)
    minutes = (written.union_all(waiting) if with_counter else written).subquery()
    sums = [func.sum(minutes.c[name]) for name in ("used", "refused", "over")]
    return select(minutes.c.hour, *sums).group_by(minutes.c.hour)
