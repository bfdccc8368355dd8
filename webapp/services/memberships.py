"""Places in organisations: given, changed and taken, with the rule that an organisation keeps an owner."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.domain.actor import Actor
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import LastOwner, NotFound
from webapp.domain.roles import MembershipRole
from webapp.models import Membership, Organisation, User
from webapp.services.accounts import add_person, find_user_id
from webapp.services.audit import add_audit_event
from webapp.services.organisations import get_locked
from webapp.services.transactions import retried, transaction


@retried
def set_role(
    organisation_id: uuid.UUID, user_id: uuid.UUID, role: MembershipRole, *, by: Actor, reason: str | None = None
) -> bool:
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
        _audit_place(session, "membership.role_changed", by, organisation_id, user_id, (before, role), reason)
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
