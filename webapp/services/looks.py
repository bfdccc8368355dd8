"""Looking at Foyer as somebody else sees it: a platform admin, for a quarter of an hour, who can change nothing.

Who is asking while they look is found by `visitors`; that nothing but pages may be asked for is for the web to hold.
"""

import uuid
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.domain.actor import Actor
from webapp.domain.audit_words import LOOKED, subject_of
from webapp.domain.errors import NotFound, NotPermitted
from webapp.domain.looks import LOOK_LIFETIME, why_nobody_may_look
from webapp.models import Look, Membership, Organisation, User
from webapp.services.accounts import last_used
from webapp.services.audit import add_audit_event
from webapp.services.transactions import retried, transaction

LONGEST_PATH = 200


@retried
def begin_look(session_id: uuid.UUID, user_id: uuid.UUID, *, by: Actor, reason: str) -> None:
    """From the next request of this login session on, its admin sees what the person sees, where they were last.

    Raises NotFound, and NotPermitted for somebody who may not be looked at.
    """
    with transaction() as session:
        seen = session.get(User, user_id, with_for_update=True, populate_existing=True)
        if seen is None:
            raise NotFound("There is no such person")
        organisation_id = _last_active_place(session, user_id)
        refusal = why_nobody_may_look(
            is_oneself=by.user_id == user_id,
            is_platform_admin=seen.is_platform_admin,
            is_active=seen.is_active,
            has_active_organisation=organisation_id is not None,
        )
        if refusal is not None:
            raise NotPermitted(refusal)
        look: dict[str, Any] = {
            "user_id": user_id,
            "organisation_id": organisation_id,
            "began_at": func.now(),
            "ends_at": func.now() + LOOK_LIFETIME,
        }
        row = insert(Look).values(login_session_id=session_id, **look)
        session.execute(row.on_conflict_do_update(index_elements=[Look.login_session_id], set_=look))
        _audit(session, "user.look_began", by, user_id, organisation_id, reason=reason)


@retried
def note_looked(user_id: uuid.UUID, organisation_id: uuid.UUID | None, path: str, *, by: Actor) -> None:
    """Records that an admin is about to see a page as this person sees it: before they do, so that none is missed."""
    with transaction() as session:
        changes: dict[str, tuple[object, object]] = {"page": (None, path[:LONGEST_PATH])}
        _audit(session, LOOKED, by, user_id, organisation_id, changes=changes)


@retried
def end_look(session_id: uuid.UUID, *, by: Actor) -> uuid.UUID | None:
    """The admin is themselves again. Returns at whom they looked, None if this session had no look; one that has run
    out counts, for whoever still has its page open."""
    with transaction() as session:
        row = session.execute(
            delete(Look)
            .where(Look.login_session_id == session_id)
            .returning(Look.user_id, Look.organisation_id, (Look.ends_at > func.now()).label("was_running"))
        ).one_or_none()
        if row is None:
            return None
        if row.was_running:
            _audit(session, "user.look_ended", by, row.user_id, row.organisation_id)
        user_id: uuid.UUID = row.user_id
        return user_id


def _last_active_place(session: Session, user_id: uuid.UUID) -> uuid.UUID | None:
    """The organisation they would be in if they signed in now."""
    return session.execute(
        select(Organisation.id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user_id, Organisation.is_active)
        .order_by(last_used(user_id).desc().nulls_last(), Membership.created_at)
        .limit(1)
    ).scalar_one_or_none()


def _audit(
    session: Session,
    action: str,
    by: Actor,
    user_id: uuid.UUID,
    organisation_id: uuid.UUID | None,
    *,
    reason: str | None = None,
    changes: dict[str, tuple[object, object]] | None = None,
) -> None:
    add_audit_event(
        session,
        action,
        by,
        organisation_id=organisation_id,
        subject=subject_of(user_id),
        changes=changes,
        reason=reason,
    )
