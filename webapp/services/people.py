"""People, as operators and admins look after them: found, given or refused admin rights, blocked, signed out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.actor import Actor
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import AmbiguousPerson, LastOwner, NotFound
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import Identity, Membership, Organisation, User
from webapp.services.accounts import add_person, find_user_id
from webapp.services.audit import add_audit_event
from webapp.services.login_sessions import add_end_of_every_session
from webapp.services.organisations import get_locked
from webapp.services.transactions import retried, transaction

MOST_LISTED = 1_000
MOST_CANDIDATES = 20
"""Anybody may sign in with an address that somebody else has verified elsewhere, as often as they like."""


@dataclass(frozen=True)
class Place:
    """One organisation a person belongs to."""

    organisation_id: uuid.UUID
    organisation_name: str
    role: MembershipRole | UnknownLabel


@dataclass(frozen=True)
class PersonDetails:
    """A person with where they belong and how they sign in."""

    user: User
    places: tuple[Place, ...]
    identities: tuple[tuple[str, str], ...]


def find_any_person(reference: str) -> User:
    """A person by id, or by an e-mail address that the provider verified.

    Raises NotFound, and AmbiguousPerson when an address fits several people or is not verified: acting on the wrong
    person is worse than asking for the id.
    """
    try:
        user = db.session.get(User, uuid.UUID(reference))
    except ValueError:
        return _by_email(reference)
    if user is None:
        raise NotFound(f"There is no person {reference}")
    return user


def get_any_person_details(reference: str) -> PersonDetails:
    """The same look-up, with memberships and identities."""
    user = find_any_person(reference)
    places = db.session.execute(
        select(Organisation.id, Organisation.name, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user.id)
        .order_by(Organisation.name)
    )
    identities = db.session.execute(
        select(Identity.issuer, Identity.subject).where(Identity.user_id == user.id).order_by(Identity.created_at)
    )
    return PersonDetails(
        user,
        tuple(Place(*place) for place in places),
        tuple((issuer, subject) for issuer, subject in identities),
    )


def count_people(organisation_id: uuid.UUID) -> int:
    """How many people belong to an organisation."""
    query = select(func.count()).select_from(Membership).where(Membership.organisation_id == organisation_id)
    return db.session.execute(query).scalar_one()


def list_any_people(*, admins_only: bool = False, blocked_only: bool = False) -> Sequence[User]:
    """People by e-mail address, at most a thousand."""
    query = select(User).order_by(User.email.nulls_last(), User.id).limit(MOST_LISTED)
    if admins_only:
        query = query.where(User.is_platform_admin)
    if blocked_only:
        query = query.where(User.is_active.is_(False))
    return db.session.scalars(query).all()


@retried
def set_platform_admin(user_id: uuid.UUID, *, is_admin: bool, by: Actor) -> bool:
    """Gives or takes the right to work across organisations, from the next request on. Returns whether it changed."""
    with transaction() as session:
        user = _locked(session, user_id)
        if user.is_platform_admin == is_admin:
            return False
        user.is_platform_admin = is_admin
        action = "user.admin_granted" if is_admin else "user.admin_revoked"
        _audit(session, action, by, user, {"is_platform_admin": (not is_admin, is_admin)})
    return True


@retried
def block(user_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> int | None:
    """Ends every session of a person and refuses further sign-ins.

    Returns how many sessions that ended, None if the person was blocked before.
    """
    with transaction() as session:
        user = _locked(session, user_id)
        if not user.is_active:
            return None
        user.is_active = False
        _audit(session, "user.blocked", by, user, {"is_active": (True, False)}, reason)
        return add_end_of_every_session(session, user_id)


@retried
def unblock(user_id: uuid.UUID, *, by: Actor) -> bool:
    """Lets a person sign in again. Returns whether it changed."""
    with transaction() as session:
        user = _locked(session, user_id)
        if user.is_active:
            return False
        user.is_active = True
        _audit(session, "user.unblocked", by, user, {"is_active": (False, True)})
    return True


@retried
def sign_out_everywhere(user_id: uuid.UUID, *, by: Actor) -> int:
    """Ends every live session of a person and returns how many that were."""
    with transaction() as session:
        user = _locked(session, user_id)
        ended = add_end_of_every_session(session, user_id)
        _audit(session, "user.signed_out", by, user, {})
        return ended


@retried
def set_role(organisation_id: uuid.UUID, user_id: uuid.UUID, role: MembershipRole, *, by: Actor) -> bool:
    """Changes what somebody may do in an organisation, from their next request on. Returns whether it changed.

    Raises NotFound for somebody who is not in it, LastOwner.
    """
    with transaction() as session:
        member = _locked_member(session, organisation_id, user_id)
        before = member.role
        if before == role:
            return False
        if role is not MembershipRole.OWNER:
            _refuse_for_last_owner(session, member)
        member.role = role
        _audit_place(session, "membership.role_changed", by, organisation_id, user_id, (before, role))
    return True


@retried
def remove_member(organisation_id: uuid.UUID, user_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> None:
    """Takes somebody out of an organisation, from their next request on. Raises NotFound, LastOwner."""
    with transaction() as session:
        member = _locked_member(session, organisation_id, user_id)
        _refuse_for_last_owner(session, member)
        session.delete(member)
        _audit_place(session, "membership.removed", by, organisation_id, user_id, (member.role, None), reason)


@retried
def ensure_person(
    claims: IdentityClaims, organisation_id: uuid.UUID, role: MembershipRole, *, by: Actor
) -> tuple[uuid.UUID, bool]:
    """The person with this identity, made if nobody has it, as a member of the organisation. Returns their id and
    whether they were made. For seeds, which may run twice."""
    with transaction() as session:
        made = add_person(session, claims)
        user_id = made.id if made else find_user_id(session, claims.issuer, claims.subject)
        assert user_id is not None, "an identity that refused a second one is there to be read"
        session.flush()  # the membership refers to the user
        member = insert(Membership).values(id=uuid.uuid4(), user_id=user_id, organisation_id=organisation_id, role=role)
        added = session.execute(
            member.on_conflict_do_nothing(index_elements=["user_id", "organisation_id"]).returning(Membership.id)
        )
        if added.scalar_one_or_none() is not None:
            _audit_place(session, "membership.added", by, organisation_id, user_id, (None, role))
        return user_id, made is not None


def _by_email(email: str) -> User:
    alike = select(User).where(func.lower(User.email) == email.lower()).order_by(User.created_at, User.id)
    found = [user for user in db.session.scalars(alike.limit(MOST_LISTED)) if _is_same_address(user.email, email)]
    if not found:
        raise NotFound(f"There is no person {email}")
    if len(found) > 1:
        raise AmbiguousPerson(f"Several people have the address {email}: give an id instead", _candidates(found))
    if not found[0].email_verified:
        raise AmbiguousPerson(f"The address {email} is not verified: give the id instead", _candidates(found))
    return found[0]


def _is_same_address(stored: str | None, given: str) -> bool:
    """Whether two addresses differ in nothing but the case of ASCII letters. The database's own lower case makes one
    of letters that only look alike, such as i and the Turkish İ, and with them of two people's addresses."""
    return stored is not None and stored.encode().lower() == given.encode().lower()


def _candidates(found: Sequence[User]) -> tuple[str, ...]:
    more = len(found) - MOST_CANDIDATES
    lines = [
        f"{user.id}  {user.display_name} ({'verified' if user.email_verified else 'not verified'})"
        for user in found[:MOST_CANDIDATES]
    ]
    return (*lines, f"and {more:,} more") if more > 0 else tuple(lines)


def _locked_member(session: Session, organisation_id: uuid.UUID, user_id: uuid.UUID) -> Membership:
    """A place in an organisation, whose row is held first: of two owners who demote each other, one has to wait."""
    get_locked(session, organisation_id)
    member = session.scalars(
        select(Membership)
        .where(Membership.organisation_id == organisation_id, Membership.user_id == user_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if member is None:
        raise NotFound("There is no such person in the organisation")
    return member


def _refuse_for_last_owner(session: Session, member: Membership) -> None:
    """Somebody who is blocked does not count: an organisation whose only owner cannot sign in has none."""
    if member.role is not MembershipRole.OWNER:
        return
    others = (
        select(func.count())
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organisation_id == member.organisation_id,
            Membership.role == MembershipRole.OWNER,
            Membership.user_id != member.user_id,
            User.is_active,
        )
    )
    if session.execute(others).scalar_one() == 0:
        organisation = session.get_one(Organisation, member.organisation_id)
        raise LastOwner(f"{organisation.name} needs at least one owner")


def _audit_place(
    session: Session,
    action: str,
    by: Actor,
    organisation_id: uuid.UUID,
    user_id: uuid.UUID,
    role: tuple[object, object],
    reason: str | None = None,
) -> None:
    whom, changes = f"user:{user_id}", {"role": role}
    add_audit_event(session, action, by, organisation_id=organisation_id, subject=whom, changes=changes, reason=reason)


def _locked(session: Session, user_id: uuid.UUID) -> User:
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("There is no such person")
    return user


def _audit(
    session: Session,
    action: str,
    by: Actor,
    user: User,
    changes: dict[str, tuple[object, object]],
    reason: str | None = None,
) -> None:
    add_audit_event(session, action, by, subject=f"user:{user.id}", changes=changes, reason=reason)
