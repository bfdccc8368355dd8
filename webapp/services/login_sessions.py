"""Login sessions: a random id in a cookie, its hash in PostgreSQL, and who is asking in one statement."""

import hashlib
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.limit_policy import BaseFigures, state_of_limits
from webapp.domain.visitor import CurrentOrganisation, SignedInVisitor
from webapp.models import IndustryLimits, LoginSession, Membership, Organisation, User
from webapp.services.transactions import transaction

ABSOLUTE_LIFETIME = timedelta(hours=12)
IDLE_LIFETIME = timedelta(hours=2)
TOUCH_EVERY = timedelta(minutes=5)
MOST_LIVE_SESSIONS = 10
"""For one person; a sign-in past it ends the oldest. With the two lifetimes this is what OWASP ASVS 7.1 asks for."""

_TOKEN_BYTES = 32
_TOKEN_LENGTHS = range(20, 65)  # anything else in the cookie was never ours and needs no statement
_LONGEST_NOTE = 255


def find_visitor(token: str) -> SignedInVisitor | None:
    """Who holds this session id, with their organisation and its limits. One SQL statement; None when nobody does."""
    if len(token) not in _TOKEN_LENGTHS:
        return None
    row = db.session.execute(_WHO_IS_ASKING, {"token_hash": _hash(token)}).one_or_none()
    if row is None:
        return None
    organisation = None
    if row.organisation_id is not None:
        organisation = CurrentOrganisation(
            id=row.organisation_id,
            name=row.name,
            industry=row.industry_type,
            plan=row.subscription_plan,
            role=row.role,
            is_active=row.is_active,
            trade=row.industry,
            sic_code=row.sic_code,
            hour_override=row.rate_limit_per_hour,
            burst_override=row.burst_limit,
            rate_limit_enabled=row.rate_limit_enabled,
            limits_shadow=row.limits_shadow,
            limits_version=state_of_limits(row.limits_version, row.base_version),
            base=BaseFigures(row.base_hour, row.base_burst) if row.base_hour is not None else None,
            version=row.version,
            onboarded_at=row.onboarded_at,
            industry_chosen_at=row.industry_chosen_at,
            created_at=row.created_at,
        )
    return SignedInVisitor(
        session_id=row.session_id,
        user_id=row.user_id,
        email=row.email,
        display_name=row.display_name,
        is_platform_admin=row.is_platform_admin,
        last_seen_at=row.last_seen_at,
        organisation=organisation,
    )


def touch(visitor: SignedInVisitor) -> None:
    """Notes that the session is in use, at most once in five minutes so that reading a page rarely writes."""
    if datetime.now(UTC) - visitor.last_seen_at < TOUCH_EVERY:
        return
    with transaction() as session:
        session.execute(
            update(LoginSession).where(LoginSession.id == visitor.session_id).values(last_seen_at=func.now())
        )


def end(session_id: uuid.UUID) -> None:
    """Ends one login session; its cookie is worth nothing from here on, wherever it was copied to."""
    with transaction() as session:
        session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
            .values(ended_at=func.now())
        )


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
            token_hash=_hash(token),
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
    """A step: of a person's live sessions only the newest ten live on."""
    oldest = (
        select(LoginSession.id)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
        .offset(MOST_LIVE_SESSIONS)
    )
    session.execute(update(LoginSession).where(LoginSession.id.in_(oldest)).values(ended_at=func.now()))


def add_end_of_every_session(session: Session, user_id: uuid.UUID) -> int:
    """A step: signs a person out everywhere and returns how many live sessions that ended."""
    ended = session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user_id, is_live())
        .values(ended_at=func.now())
        .returning(LoginSession.id)
    )
    return len(ended.all())


def is_live() -> ColumnElement[bool]:
    """The rule for a live session, by the database's clock: not ended, within 12 hours, used in the last two."""
    return and_(
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > func.now(),
        LoginSession.last_seen_at > func.now() - IDLE_LIFETIME,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _moment(seconds: int | None) -> datetime | None:
    """A provider's `auth_time` as a moment; one that no calendar holds is as good as none."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _who_is_asking() -> Select[*tuple[Any, ...]]:
    return (
        select(
            LoginSession.id.label("session_id"),
            LoginSession.last_seen_at,
            User.id.label("user_id"),
            User.email,
            User.display_name,
            User.is_platform_admin,
            Organisation.id.label("organisation_id"),
            Organisation.name,
            Organisation.industry,
            Organisation.industry_type,
            Organisation.subscription_plan,
            Organisation.is_active,
            Organisation.rate_limit_per_hour,
            Organisation.burst_limit,
            Organisation.rate_limit_enabled,
            Organisation.limits_shadow,
            Organisation.limits_version,
            Organisation.version,
            IndustryLimits.requests_per_hour.label("base_hour"),
            IndustryLimits.burst.label("base_burst"),
            IndustryLimits.version.label("base_version"),
            Organisation.sic_code,
            Organisation.onboarded_at,
            Organisation.industry_chosen_at,
            Organisation.created_at,
            Membership.role,
        )
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(
            Membership,
            and_(Membership.user_id == User.id, Membership.organisation_id == LoginSession.organisation_id),
        )
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(IndustryLimits, IndustryLimits.industry == Organisation.industry_type)
        .where(LoginSession.token_hash == bindparam("token_hash"), is_live(), User.is_active)
    )


_WHO_IS_ASKING = _who_is_asking()
