"""Login sessions: a random id in a cookie, its hash in PostgreSQL, how long they live and how they end."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select, update
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.actor import Actor
from webapp.domain.errors import NotFound
from webapp.domain.visitor import SignedInVisitor
from webapp.models import LoginSession, User
from webapp.services.audit import add_audit_event
from webapp.services.transactions import retried, transaction

ABSOLUTE_LIFETIME = timedelta(hours=12)
IDLE_LIFETIME = timedelta(hours=2)
ADMIN_IDLE_LIFETIME = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=5)
ADMIN_TOUCH_EVERY = timedelta(minutes=1)
"""What is noted of a session lags by as much, so it has to be little beside the idle lifetime: with five minutes, a
platform admin could be signed out 25 minutes after their last click."""
MOST_LIVE_SESSIONS = 10
"""For one person; a sign-in past it ends the oldest. With the lifetimes this is what OWASP ASVS 7.1 asks for."""

_TOKEN_BYTES = 32
_LONGEST_NOTE = 255


@dataclass(frozen=True)
class OwnSession:
    """One browser somebody is signed in with, for that person's eyes."""

    id: uuid.UUID
    signed_in_at: datetime
    last_used_at: datetime
    user_agent: str | None
    address: str | None


@retried
def touch(visitor: SignedInVisitor) -> None:
    """Notes that the session is in use, at most once in five minutes so that reading a page rarely writes."""
    if not visitor.is_touch_due:
        return
    with transaction() as session:
        session.execute(
            update(LoginSession).where(LoginSession.id == visitor.session_id).values(last_seen_at=func.now())
        )


@retried
def end(session_id: uuid.UUID) -> None:
    """Ends one login session; its cookie is worth nothing from here on, wherever it was copied to."""
    with transaction() as session:
        session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
            .values(ended_at=func.now())
        )


def list_own(user_id: uuid.UUID) -> Sequence[OwnSession]:
    """A person's live sessions, the last used first."""
    query = (
        select(
            LoginSession.id,
            LoginSession.created_at,
            LoginSession.last_seen_at,
            LoginSession.user_agent,
            LoginSession.address,
        )
        .where(LoginSession.user_id == user_id, is_live())
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
    )
    return [OwnSession(*row) for row in db.session.execute(query)]


@retried
def end_own(user_id: uuid.UUID, session_id: uuid.UUID, *, by: Actor) -> bool:
    """Ends one of a person's own sessions; False if it was over already. Raises NotFound for somebody else's, as for
    one that never was."""
    with transaction() as session:
        whose = (LoginSession.id == session_id, LoginSession.user_id == user_id)
        if _ended(session, *whose):
            add_audit_event(session, "session.ended", by, subject=f"session:{session_id}")
            return True
        if session.execute(select(LoginSession.id).where(*whose)).one_or_none() is None:
            raise NotFound("You have no such session")
        return False


@retried
def end_others(user_id: uuid.UUID, kept_session_id: uuid.UUID, *, by: Actor) -> int:
    """Ends a person's sessions in every browser but one and returns how many that were."""
    with transaction() as session:
        ended = _ended(session, LoginSession.user_id == user_id, LoginSession.id != kept_session_id)
        if ended:
            live = (ended + 1, 1)
            add_audit_event(session, "session.others_ended", by, subject=f"user:{user_id}", changes={"live": live})
        return ended


def add_login_session(
    session: Session,
    user_id: uuid.UUID,
    organisation_id: uuid.UUID | None,
    *,
    auth_time: int | None,
    user_agent: str | None,
    address: str | None,
) -> str:
    """A step: opens a login session and returns its id, which is kept nowhere but in the browser."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user_id,
            organisation_id=organisation_id,
            auth_time=_moment(auth_time),
            expires_at=datetime.now(UTC) + ABSOLUTE_LIFETIME,
            user_agent=user_agent[:_LONGEST_NOTE].replace("\x00", "") if user_agent else None,
            address=address[:_LONGEST_NOTE].replace("\x00", "") if address else None,
        )
    )
    return token


def add_end_of_oldest_sessions(session: Session, user_id: uuid.UUID) -> None:
    """A step: of a person's live sessions only the newest ten live on. One that is over anyway takes nobody's place."""
    oldest = (
        select(LoginSession.id)
        .where(LoginSession.user_id == user_id, is_live())
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
        .offset(MOST_LIVE_SESSIONS)
        .correlate(None)  # it reads the table anew, not the row that is being updated
    )
    session.execute(update(LoginSession).where(LoginSession.id.in_(oldest)).values(ended_at=func.now()))


def add_end_of_every_session(session: Session, user_id: uuid.UUID) -> int:
    """A step: signs a person out everywhere and returns how many live sessions that ended."""
    return _ended(session, LoginSession.user_id == user_id)


def is_live() -> ColumnElement[bool]:
    """The rule for a live session, by the database's clock: not ended, within 12 hours, used in the last two, or in the
    last 30 minutes where somebody is a platform admin. For that it joins the person."""
    return and_(
        User.id == LoginSession.user_id,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > func.now(),
        LoginSession.last_seen_at
        > func.now() - case((User.is_platform_admin, ADMIN_IDLE_LIFETIME), else_=IDLE_LIFETIME),
    )


def _ended(session: Session, *which: ColumnElement[bool]) -> int:
    """Ends these sessions as far as they live, and says how many did."""
    ended = session.execute(
        update(LoginSession)
        .where(*which, is_live())
        .values(ended_at=func.now())
        .returning(LoginSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def token_hash(token: str) -> bytes:
    """What the table knows a session by."""
    return hashlib.sha256(token.encode()).digest()


def _moment(seconds: int | None) -> datetime | None:
    """A provider's `auth_time` as a moment; one that no calendar holds is as good as none."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
