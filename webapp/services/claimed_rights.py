"""Admin rights that the provider's claim gives at a sign-in, and takes again at one without it.

What was given by hand is somebody's own and is not touched.
"""

import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.domain.actor import SYSTEM, Actor
from webapp.domain.audit_words import BY_CLAIM, subject_of
from webapp.models import User
from webapp.services.audit import add_audit_event


def add_claimed_rights(session: Session, user_id: uuid.UUID) -> None:
    """A step: somebody who is no platform admin becomes one, for as long as the claim says so."""
    values = {"is_platform_admin": True, "is_admin_by_claim": True}
    session.execute(update(User).where(User.id == user_id).values(values).execution_options(synchronize_session=False))
    _audit(session, "user.admin_granted", user_id, SYSTEM, after=True)


def add_end_of_claimed_rights(session: Session, user_id: uuid.UUID, *, by: Actor = SYSTEM) -> bool:
    """A step: takes what the claim gave, and nothing else. Returns whether there was any."""
    taken = session.execute(
        update(User)
        .where(User.id == user_id, User.is_admin_by_claim)
        .values(is_platform_admin=False, is_admin_by_claim=False)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is not None:
        _audit(session, "user.admin_revoked", user_id, by, after=False)
    return taken is not None


def _audit(session: Session, action: str, user_id: uuid.UUID, by: Actor, *, after: bool) -> None:
    changes: dict[str, tuple[object, object]] = {"is_platform_admin": (not after, after)}
    add_audit_event(session, action, by, subject=subject_of(user_id), changes=changes, reason=BY_CLAIM)
