"""The figures behind the admin's overview: three statements, none of which reads a long table from end to end.

Each can fail by itself. It is then None, and the page says so in its place.
"""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Date, DateTime, cast, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from webapp.database import db
from webapp.domain.activity import Happening
from webapp.domain.overview import Breaches, Counted, IndustryCount, Organisations, Period, Tally
from webapp.limiting.counts import HOUR
from webapp.limiting.usage import store_standing
from webapp.models import Activity, LimitBreach
from webapp.schema.findings import Severity
from webapp.schema.readiness import recent_findings

log = logging.getLogger(__name__)

Found = TypeVar("Found")

MOST_PAGES_COUNTED = 2_000
"""Of the table of organisations, about 80,000 of them. Past it they are estimated from what the database keeps about
the table for its own plans. One that it has not looked at yet is counted."""

_BY_INDUSTRY = text("""
    WITH kept AS (
        SELECT relpages AS pages, reltuples AS tuples FROM pg_class WHERE oid = 'organisations'::regclass
    ), counted AS (
        SELECT industry_type::text AS industry, count(*) AS number
        FROM organisations
        WHERE is_active AND (SELECT pages FROM kept) <= :most_pages
        GROUP BY industry_type
    ), known AS (
        SELECT attname, value, frequency
        FROM pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) AS common(value, frequency)
        WHERE schemaname = current_schema() AND tablename = 'organisations'
            AND attname IN ('industry_type', 'is_active')
    ), estimated AS (
        SELECT value AS industry, round(tuples * frequency
            * coalesce((SELECT frequency FROM known WHERE attname = 'is_active' AND value = 't'), 1))::bigint AS number
        FROM known, kept
        WHERE attname = 'industry_type' AND pages > :most_pages
    )
    SELECT industry, number, false AS is_estimate FROM counted
    UNION ALL SELECT industry, number, true FROM estimated
    ORDER BY number DESC, industry
""")


def find_tally(period: Period, zone: str) -> Tally | None:
    """What was counted on each day of a period, by the calendar of a time zone, and the sign-ins of as long a time
    before it, which ends at the hour of the day that it is now."""
    return _found("activity", lambda: _tally(period, zone))


def find_breaches(period: Period, zone: str) -> Breaches | None:
    """The refusals of a period, and how many organisations reached their hourly limit in the running clock hour."""
    return _found("breaches", lambda: _breaches(period, zone))


def find_organisations() -> Organisations | None:
    """Active organisations by industry."""
    return _found("organisations", _organisations)


def find_drift() -> str | None:
    """How the database differs from what this build needs, None while it does not or cannot be asked."""
    try:
        findings = recent_findings()
    except SQLAlchemyError:
        return None
    return next((finding.message for finding in findings if finding.severity is not Severity.WARNING), None)


def is_store_down() -> bool:
    """Whether this process counts for itself because the limit store cannot be used."""
    return store_standing().is_degraded


def _found(what: str, read: Callable[[], Found]) -> Found | None:
    try:
        return read()
    except SQLAlchemyError:
        db.session.rollback()
        log.warning("a chart cannot be read", extra={"chart": what})
        return None


def _tally(period: Period, zone: str) -> Tally:
    day = _day_of(Activity.hour, zone)
    counted = (
        select(day.label("day"), Activity.what, Activity.cause, func.sum(Activity.count).label("number"))
        .where(
            Activity.hour >= _start_of(period.first - timedelta(days=period.days), zone),
            or_(
                Activity.hour >= _start_of(period.first, zone),
                (Activity.what == Happening.SIGN_IN_SUCCEEDED) & (Activity.hour < _ago(period.days)),
            ),
        )
        .group_by("day", Activity.what, Activity.cause)
    )
    rows = [Counted(*row) for row in db.session.execute(counted)]
    before = sum(row.count for row in rows if row.day < period.first)
    return Tally(period, [row for row in rows if row.day >= period.first], before)


def _breaches(period: Period, zone: str) -> Breaches:
    refused_now = (
        select(func.count(LimitBreach.organisation_id.distinct()))
        .where(LimitBreach.minute >= func.date_trunc("hour", func.now()), LimitBreach.period == HOUR)
        .scalar_subquery()
    )
    day = _day_of(LimitBreach.minute, zone)
    counted = (
        select(day.label("day"), func.count(), refused_now)
        .where(LimitBreach.minute >= _start_of(period.first, zone))
        .group_by("day")
    )
    rows = db.session.execute(counted).all()
    return Breaches({row[0]: row[1] for row in rows}, at_limit_now=rows[0][2] if rows else 0)


def _organisations() -> Organisations:
    rows = db.session.execute(_BY_INDUSTRY, {"most_pages": MOST_PAGES_COUNTED}).all()
    industries = [IndustryCount(row.industry, row.number) for row in rows if row.number]
    return Organisations(industries, is_estimate=any(row.is_estimate for row in rows))


def _day_of(moment: Any, zone: str) -> ColumnElement[date]:
    """The calendar day there. Offsets of the UK are whole hours, so an hour of UTC lies in one day."""
    return cast(func.timezone(zone, moment), Date)


def _start_of(day: date, zone: str) -> ColumnElement[Any]:
    """The moment at which a day begins there."""
    return func.timezone(zone, cast(day, DateTime))


def _ago(days: int) -> ColumnElement[Any]:
    return func.now() - timedelta(days=days)
