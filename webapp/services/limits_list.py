"""Limits across all organisations: who has used most of theirs this hour, and the base figures of each industry."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, select, true

from webapp.database import db
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import BaseFigures, built_in_figures
from webapp.domain.paging import Count, Paging
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import AuditEvent, IndustryLimits, Organisation, User
from webapp.services.limit_shares import counted_now, looked_up, others_within, share_of, spot_of, worked_out_once
from webapp.services.paging import MOST_COUNTED, Order, estimate_rows, in_order

LOOKED_UP_FIRST = 250
"""Of those that used most or least, at least."""

CHANGES_OF_BASES = ("limits.base_set", "limits.base_restored")


@dataclass(frozen=True)
class UsedLine:
    """What one organisation has used of its hourly limit. `is_own` says that the limit was set for it alone."""

    id: uuid.UUID
    name: str
    industry: Industry | UnknownLabel
    plan: SubscriptionPlan | UnknownLabel
    is_active: bool
    is_limited: bool
    is_shadow: bool
    is_own: bool
    used: int
    limit: int


@dataclass(frozen=True)
class UsedPage:
    """One page of those that have used anything this hour, whoever has used the largest share first."""

    paging: Paging
    lines: list[UsedLine]


@dataclass(frozen=True)
class BaseStanding:
    """The figures of one industry for the Basic plan: built in, and in force. `changed_by` is None for what no person
    changed; `version` is that of the row, 0 where nothing was ever changed."""

    industry: Industry
    built_in: BaseFigures
    in_force: BaseFigures
    is_changed: bool
    version: int
    changed_at: datetime | None
    changed_by: str | None


@dataclass(frozen=True)
class Affected:
    """Who feels a change of an industry's figures: organisations without any limits of their own, and how many keep
    what is set for them. None where there are too many to look at each."""

    inheriting: Count
    keeping: int | None


def list_page_by_share_of_any(page: int) -> UsedPage:
    """One statement, the count included, which is of all that were counted. A page past the end is the last one."""
    rows = db.session.execute(_page_by_share(page)).all()
    paging = Paging(page, Count(rows[0].total if rows else 0))
    return UsedPage(paging, [UsedLine(*row[:-1]) for row in rows])


def list_base_standings(*industries: Industry) -> list[BaseStanding]:
    """Of these industries, or of all, in the order of the catalogue. One statement."""
    wanted = [industry for industry in CATALOGUE if not industries or industry in industries]
    rows = db.session.execute(_bases().where(IndustryLimits.industry.in_([each.value for each in wanted])))
    found = {row.industry: row for row in rows}
    return [_standing(industry, found.get(industry.value)) for industry in wanted]


def count_affected_by(industry: Industry) -> Affected:
    """Exactly where they are few, else as many as the planner expects. Two statements at most."""
    some = (
        select(Organisation.rate_limit_per_hour.label("hour"), Organisation.burst_limit.label("burst"))
        .where(Organisation.industry_type == industry)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    inherits = and_(some.c.hour.is_(None), some.c.burst.is_(None))
    total, inheriting = db.session.execute(select(func.count(), func.count().filter(inherits)).select_from(some)).one()
    if total <= MOST_COUNTED:
        return Affected(Count(inheriting), total - inheriting)
    many = select(Organisation.id).where(
        Organisation.industry_type == industry,
        Organisation.rate_limit_per_hour.is_(None),
        Organisation.burst_limit.is_(None),
    )
    return Affected(estimate_rows(many, at_least=MOST_COUNTED + 1), None)


def _page_by_share(page: int) -> Select[*tuple[Any, ...]]:
    """The page without looking at every organisation that was counted.

    Those with a limit of their own are few and found by an index. Of the others, those that used most are looked up
    first, or least for a page nearer to the end. Whoever has the last share that is asked for then tells how much, or
    how little, anybody else must have used to come before them, and only those are looked up too.
    """
    counted, own, others = counted_now()
    spot = spot_of(counted, page)
    wanted = spot.passed_over + spot.rows
    outermost = worked_out_once(
        "outermost",
        select(others)
        .order_by((spot.way * others.c.used).desc())
        .fetch(func.greatest(LOOKED_UP_FIRST, 2 * wanted), with_ties=True),
    )
    first = worked_out_once("first", select(own).union_all(looked_up(outermost)))
    shares = select(share_of(first)).order_by((spot.way * share_of(first)).desc())
    last_share = shares.offset(wanted - 1).limit(1).scalar_subquery()
    further = others_within(others, outermost, last_share, spot.way)
    found = select(first).union_all(looked_up(further.subquery("further"))).subquery("found")
    on_page = (
        select(found)
        .order_by(
            (spot.way * share_of(found)).desc(),
            case((spot.way > 0, found.c.id)).asc(),
            case((spot.way < 0, found.c.id)).desc(),
        )
        .offset(spot.passed_over)
        .limit(spot.rows)
        .subquery("on_page")
    )
    lines = select(
        Organisation.id,
        Organisation.name,
        Organisation.industry_type,
        Organisation.subscription_plan,
        Organisation.is_active,
        Organisation.rate_limit_enabled,
        Organisation.limits_shadow,
        Organisation.rate_limit_per_hour.is_not(None),
        on_page.c.used,
        on_page.c.hour_limit,
        spot.total.label("total"),
    ).join_from(on_page, Organisation, Organisation.id == on_page.c.id)
    return in_order(lines, [Order(share_of(on_page), is_descending=True), Order(on_page.c.id)])


def _bases() -> Select[*tuple[Any, ...]]:
    """Changed figures, each with the newest entry of the audit log about it."""
    newest = (
        select(AuditEvent.actor_user_id)
        .where(AuditEvent.subject == IndustryLimits.industry, AuditEvent.action.in_(CHANGES_OF_BASES))
        .order_by(AuditEvent.at.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(
            IndustryLimits.industry,
            IndustryLimits.requests_per_hour,
            IndustryLimits.burst,
            IndustryLimits.version,
            IndustryLimits.updated_at,
            User.display_name.label("changed_by"),
        )
        .select_from(IndustryLimits)
        .outerjoin(newest, true())
        .outerjoin(User, User.id == newest.c.actor_user_id)
    )


def _standing(industry: Industry, row: Any) -> BaseStanding:
    built_in = built_in_figures(industry)
    if row is None:
        return BaseStanding(industry, built_in, built_in, False, 0, None, None)
    is_changed = row.requests_per_hour is not None
    in_force = BaseFigures(row.requests_per_hour, row.burst) if is_changed else built_in
    return BaseStanding(industry, built_in, in_force, is_changed, row.version, row.updated_at, row.changed_by)
