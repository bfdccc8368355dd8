"""One person as admins see them: who they are, where they belong, where they sign in from, what was done to them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, true

from webapp.database import db
from webapp.domain.audit_words import LOOKED, subject_of
from webapp.domain.errors import NotFound
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import AuditEvent, Identity, LoginSession, Membership, Organisation, User
from webapp.services.login_sessions import is_live
from webapp.services.recent_changes import RecentChange, as_changes, newest_changes

MOST_SESSIONS, MOST_PLACES = 20, 25


@dataclass(frozen=True)
class PersonDetails:
    """What one statement finds. `identities` are (issuer, subject)."""

    user: User
    identities: tuple[tuple[str, str], ...]
    changes: tuple[RecentChange, ...]
    has_active_organisation: bool


@dataclass(frozen=True)
class PersonPlace:
    """An organisation that somebody belongs to. `total` is how many there are of them."""

    organisation_id: uuid.UUID
    organisation_name: str
    is_active: bool
    role: MembershipRole | UnknownLabel
    since: datetime
    total: int


@dataclass(frozen=True)
class SignIn:
    """One sign-in as it was kept. Neither live nor ended: it was over by itself."""

    at: datetime
    last_used_at: datetime
    ended_at: datetime | None
    is_live: bool
    user_agent: str | None
    address: str | None


def get_any_person(user_id: uuid.UUID) -> PersonDetails:
    """A person with how they sign in and what was done to them, in one statement. Raises NotFound."""
    row = db.session.execute(_details(user_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such person")
    return PersonDetails(
        row.User,
        tuple((one["issuer"], one["subject"]) for one in row.identities or ()),
        as_changes(row.changes),
        row.has_active_organisation,
    )


def name_of(user: User) -> str:
    """What a person is called."""
    return user.display_name or user.email or "Somebody without a name"


def list_places_of_any(user_id: uuid.UUID) -> list[PersonPlace]:
    """The organisations a person belongs to, by name, the first 25."""
    rows: Sequence[Any] = db.session.execute(
        select(
            Organisation.id,
            Organisation.name,
            Organisation.is_active,
            Membership.role,
            Membership.created_at,
            func.count().over(),
        )
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user_id)
        .order_by(func.lower(Organisation.name), Organisation.id)
        .limit(MOST_PLACES)
    ).all()
    return [PersonPlace(*row) for row in rows]


def get_place_of_any(user_id: uuid.UUID, organisation_id: uuid.UUID) -> tuple[User, PersonPlace]:
    """A person and one place of theirs. Raises NotFound."""
    row = db.session.execute(
        select(User, Organisation, Membership)
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(User.id == user_id, Organisation.id == organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such person in the organisation")
    where, place = row.Organisation, row.Membership
    return row.User, PersonPlace(where.id, where.name, where.is_active, place.role, place.created_at, total=1)


def list_sign_ins_of_any(user_id: uuid.UUID) -> list[SignIn]:
    """The newest twenty, as far back as they are kept."""
    rows: Sequence[Any] = db.session.execute(
        select(
            LoginSession.created_at,
            LoginSession.last_seen_at,
            LoginSession.ended_at,
            is_live(),
            LoginSession.user_agent,
            LoginSession.address,
        )
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.user_id == user_id)
        .order_by(LoginSession.created_at.desc())
        .limit(MOST_SESSIONS)
    ).all()
    return [SignIn(*row) for row in rows]


def _details(user_id: uuid.UUID) -> Select[Any]:
    # Each page that somebody looked at is in the log and not among these: one look would fill the list.
    changes = newest_changes(AuditEvent.subject == subject_of(user_id), AuditEvent.action != LOOKED).subquery()
    identities = _identities(user_id).subquery()
    active = (
        select(Membership.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id == user_id, Organisation.is_active)
    )
    return (
        select(User, *identities.c, *changes.c, active.exists().label("has_active_organisation"))
        .select_from(User)
        .outerjoin(identities, true())
        .outerjoin(changes, true())
        .where(User.id == user_id)
    )


def _identities(user_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    first = (
        select(Identity.issuer, Identity.subject)
        .where(Identity.user_id == user_id)
        .order_by(Identity.created_at)
        .limit(MOST_PLACES)
        .subquery("first")
    )
    one = func.json_build_object("issuer", first.c.issuer, "subject", first.c.subject)
    return select(func.json_agg(one).label("identities")).select_from(first)
