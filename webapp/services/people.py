"""People, as operators and admins look after them: found, given or refused admin rights, blocked, signed out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.actor import Actor
from webapp.domain.errors import AmbiguousPerson, NotFound, NotPermitted
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import Identity, Membership, Organisation, User
from webapp.services.audit import add_audit_event
from webapp.services.login_sessions import add_end_of_every_session
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
def set_platform_admin(user_id: uuid.UUID, *, is_admin: bool, by: Actor, reason: str | None = None) -> bool:
    """Gives or takes the right to work across organisations, from the next request on. Returns whether it changed.

    What the provider's claim gave becomes theirs to keep when it is given here. Raises NotFound, NotPermitted for
    one's own.
    """
    if not is_admin:
        _refuse_for_oneself(user_id, by, "You cannot remove your own admin access. Ask another admin.")
    with transaction() as session:
        user = _locked_by_admin(session, user_id, by)
        if user.is_platform_admin == is_admin and not user.is_admin_by_claim:
            return False
        before = {"is_platform_admin": user.is_platform_admin, "is_admin_by_claim": user.is_admin_by_claim}
        after = {"is_platform_admin": is_admin, "is_admin_by_claim": False}
        user.is_platform_admin, user.is_admin_by_claim = is_admin, False
        changes: dict[str, tuple[object, object]] = {
            name: (before[name], after[name]) for name in after if before[name] != after[name]
        }
        action = "user.admin_granted" if is_admin else "user.admin_revoked"
        _audit(session, action, by, user, changes, reason)
    return True


@retried
def block(user_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> int | None:
    """Ends every session of a person and refuses further sign-ins.

    Returns how many sessions that ended, None if the person was blocked before. Raises NotFound, NotPermitted for
    oneself.
    """
    _refuse_for_oneself(user_id, by, "You cannot block yourself. Ask another admin.")
    with transaction() as session:
        user = _locked_by_admin(session, user_id, by)
        if not user.is_active:
            return None
        user.is_active = False
        _audit(session, "user.blocked", by, user, {"is_active": (True, False)}, reason)
        return add_end_of_every_session(session, user_id)


@retried
def unblock(user_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> bool:
    """Lets a person sign in again. Returns whether it changed."""
    with transaction() as session:
        user = _locked(session, user_id)
        if user.is_active:
            return False
        user.is_active = True
        _audit(session, "user.unblocked", by, user, {"is_active": (False, True)}, reason)
    return True


@retried
def sign_out_everywhere(user_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> int:
    """Ends every live session of a person and returns how many that were. Raises NotFound, NotPermitted for oneself,
    who has a page of their own for it."""
    _refuse_for_oneself(user_id, by, "This is you. Sign out other browsers on “Where you are signed in”.")
    with transaction() as session:
        user = _locked(session, user_id)
        ended = add_end_of_every_session(session, user_id)
        _audit(session, "user.signed_out", by, user, {}, reason)
        return ended


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


def _locked(session: Session, user_id: uuid.UUID) -> User:
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound("There is no such person")
    return user


def _locked_by_admin(session: Session, user_id: uuid.UUID, by: Actor) -> User:
    """The person, and with them the admin who acts, always in the same order: of two who take each other's rights away
    at the same moment only one does, and somebody is left. Raises NotFound, NotPermitted for an admin no more."""
    ids = {user_id, by.user_id or user_id}
    query = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update()
    found = {user.id: user for user in session.scalars(query, execution_options={"populate_existing": True})}
    if user_id not in found:
        raise NotFound("There is no such person")
    admin = found.get(by.user_id) if by.user_id else None
    if by.user_id and not (admin and admin.is_platform_admin and admin.is_active):
        raise NotPermitted("You are not an admin any more. Ask another admin.")
    return found[user_id]


def _audit(
    session: Session,
    action: str,
    by: Actor,
    user: User,
    changes: dict[str, tuple[object, object]],
    reason: str | None = None,
) -> None:
    add_audit_event(session, action, by, subject=f"user:{user.id}", changes=changes, reason=reason)


def _refuse_for_oneself(user_id: uuid.UUID, by: Actor, sentence: str) -> None:
    if by.user_id == user_id:
        raise NotPermitted(sentence)
