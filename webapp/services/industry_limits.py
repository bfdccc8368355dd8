"""The base figures of industries, which an admin may change without a release."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.actor import Actor
from webapp.domain.errors import ChangedMeanwhile
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import BaseFigures, LimitPolicy, built_in_figures, inherited_policy
from webapp.domain.limit_values import checked_burst, checked_hour
from webapp.domain.plans import PLANS, SubscriptionPlan
from webapp.models import IndustryLimits
from webapp.services.audit import add_audit_event
from webapp.services.transactions import retried, transaction

Bases = Mapping[str, BaseFigures]
"""Changed figures by industry; an industry that is not in it has the built-in ones."""


@dataclass(frozen=True)
class InheritedLimits:
    """What an organisation of one industry and plan gets, and whether an admin has changed the industry's base."""

    industry: Industry
    plan: SubscriptionPlan
    policy: LimitPolicy
    is_base_changed: bool


def list_bases() -> Bases:
    """Every industry whose figures were changed."""
    rows = db.session.execute(
        select(IndustryLimits.industry, IndustryLimits.requests_per_hour, IndustryLimits.burst).where(
            IndustryLimits.requests_per_hour.is_not(None)
        )
    )
    return {row.industry: BaseFigures(row.requests_per_hour, row.burst) for row in rows}


def list_inherited_limits() -> list[InheritedLimits]:
    """Every industry with every plan, in the order of the catalogue."""
    bases = list_bases()
    return [
        InheritedLimits(industry, plan, inherited_policy(industry, plan, bases.get(industry)), industry in bases)
        for industry in CATALOGUE
        for plan in PLANS
    ]


@retried
def set_base_figures(
    industry: Industry,
    *,
    hour: int | None = None,
    burst: int | None = None,
    version: int | None = None,
    by: Actor,
    reason: str | None = None,
) -> BaseFigures:
    """Sets the figures that are given, leaves the other as it is, and returns both.

    Every organisation of the industry that has no override feels it on its next request, in every process; what was
    used stays counted. `version` is that of the page it was changed on, None for whatever is stored. Raises
    InvalidValue("hour" or "burst", ...), and ChangedMeanwhile for another version.
    """
    with transaction() as session:
        row = _locked(session, industry, version)
        before = _figures(row) or built_in_figures(industry)
        new_hour = before.requests_per_hour if hour is None else checked_hour(hour)
        wanted = BaseFigures(new_hour, checked_burst(before.burst if burst is None else burst, new_hour))
        if wanted != before:
            _write(session, row, before, wanted, "limits.base_set", by, reason)
        return wanted


@retried
def restore_built_in_figures(
    industry: Industry, *, version: int | None = None, by: Actor, reason: str | None = None
) -> BaseFigures:
    """Puts the catalogue's figures back in force and returns them. Follows later releases from here on. Raises
    ChangedMeanwhile as above."""
    built_in = built_in_figures(industry)
    with transaction() as session:
        row = _locked(session, industry, version)
        before = _figures(row)
        if before is not None:
            _write(session, row, before, None, "limits.base_restored", by, reason)
    return built_in


def _locked(session: Session, industry: Industry, version: int | None) -> IndustryLimits:
    """The industry's row, made if there is none, and held so that two changes never overwrite each other."""
    session.execute(insert(IndustryLimits).values(industry=industry.value, version=0).on_conflict_do_nothing())
    row = session.get_one(IndustryLimits, industry.value, with_for_update=True, populate_existing=True)
    if version is not None and row.version != version:
        raise ChangedMeanwhile("Somebody else changed these figures meanwhile")
    return row


def _figures(row: IndustryLimits) -> BaseFigures | None:
    if row.requests_per_hour is None or row.burst is None:
        return None
    return BaseFigures(row.requests_per_hour, row.burst)


def _write(
    session: Session,
    row: IndustryLimits,
    before: BaseFigures,
    wanted: BaseFigures | None,
    action: str,
    by: Actor,
    reason: str | None,
) -> None:
    """Of None the row keeps only its version, see the migration. The audit event tells the figures then in force."""
    row.requests_per_hour = wanted.requests_per_hour if wanted else None
    row.burst = wanted.burst if wanted else None
    row.version += 1
    row.updated_at = func.now()
    after = wanted or built_in_figures(Industry(row.industry))
    pairs = {
        "requests_per_hour": (before.requests_per_hour, after.requests_per_hour),
        "burst": (before.burst, after.burst),
    }
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    add_audit_event(session, action, by, subject=row.industry, changes=changes, reason=reason)
