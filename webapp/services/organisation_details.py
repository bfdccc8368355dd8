"""One organisation as admins see it: what it is, its limits, how it stands, what was changed, who is in it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, select, true

from webapp.database import db
from webapp.domain.errors import NotFound
from webapp.domain.limit_policy import BaseFigures, LimitPolicy, inherited_policy
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.domain.what_if import TriedLimits, WhatIf
from webapp.models import AuditEvent, IndustryLimits, LimitBreach, Membership, Organisation, SicCode, User
from webapp.services.limits_in_sql import JOINED_BASE
from webapp.services.organisations import policy_of
from webapp.services.recent_changes import RecentChange, as_changes, newest_changes
from webapp.services.usage import LastBreach
from webapp.services.what_if import FIGURES, what_if_of_any

MOST_PEOPLE = 10


@dataclass(frozen=True)
class OrganisationDetails:
    """What one statement finds. `what_if` is there where it was asked for."""

    organisation: Organisation
    policy: LimitPolicy
    inherited: LimitPolicy
    sic_description: str | None
    people: int
    last_signed_in_at: datetime | None
    last_breach: LastBreach | None
    changes: tuple[RecentChange, ...]
    what_if: WhatIf | None = None


@dataclass(frozen=True)
class Member:
    """Somebody of an organisation, for a short list."""

    id: uuid.UUID
    name: str
    email: str | None
    role: MembershipRole | UnknownLabel
    is_active: bool


def get_any_details(organisation_id: uuid.UUID, tried: TriedLimits | None = None) -> OrganisationDetails:
    """Everything about an organisation but its people and its counts, in one statement. Raises NotFound."""
    row = db.session.execute(_details(organisation_id, tried)).one_or_none()
    if row is None:
        raise NotFound("There is no such organisation")
    organisation: Organisation = row.Organisation
    base = BaseFigures(row.requests_per_hour, row.burst) if row.requests_per_hour is not None else None
    return OrganisationDetails(
        organisation,
        policy_of(organisation, {organisation.industry_type: base} if base else {}),
        inherited_policy(organisation.industry_type, organisation.subscription_plan, base),
        sic_description=row.description,
        people=row.people,
        last_signed_in_at=row.last_signed_in_at,
        last_breach=LastBreach(row.minute.astimezone(UTC), row.period, row.allowed) if row.minute else None,
        changes=as_changes(row.changes),
        what_if=WhatIf(tried, **{name: getattr(row, name) for name in FIGURES}) if tried else None,
    )


def list_members_of_any(organisation_id: uuid.UUID) -> list[Member]:
    """The first ten: those with most rights first, then those who have been there for longest."""
    by_rights = case(
        {role.value: place for place, role in enumerate(MembershipRole)}, value=cast(Membership.role, Text)
    )
    rows: Sequence[Any] = db.session.execute(
        select(User.id, User.display_name, User.email, Membership.role, User.is_active)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(by_rights.nulls_last(), Membership.created_at, User.id)
        .limit(MOST_PEOPLE)
    ).all()
    return [Member(*row) for row in rows]


def _details(organisation_id: uuid.UUID, tried: TriedLimits | None) -> Select[Any]:
    breach, people = (part(organisation_id).subquery() for part in (_last_breach, _people))
    changes = newest_changes(AuditEvent.organisation_id == organisation_id).subquery()
    query = (
        select(
            Organisation,
            SicCode.description,
            IndustryLimits.requests_per_hour,
            IndustryLimits.burst,
            *breach.c,
            *changes.c,
            *people.c,
        )
        .outerjoin(SicCode, SicCode.code == Organisation.sic_code)
        .outerjoin(IndustryLimits, JOINED_BASE)
        .outerjoin(breach, true())
        .outerjoin(changes, true())
        .outerjoin(people, true())
        .where(Organisation.id == organisation_id)
    )
    if tried is not None:
        figures = what_if_of_any(organisation_id, tried)
        query = query.outerjoin(figures, true()).add_columns(*figures.c)
    return query


def _last_breach(organisation_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(LimitBreach.minute, LimitBreach.period, LimitBreach.allowed)
        .where(LimitBreach.organisation_id == organisation_id)
        .order_by(LimitBreach.minute.desc())
        .limit(1)
    )


def _people(organisation_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(func.count().label("people"), func.max(User.last_signed_in_at).label("last_signed_in_at"))
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == organisation_id)
    )
