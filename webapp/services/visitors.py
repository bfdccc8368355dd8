"""Who is asking: the person behind a login session, their organisation and its limits, in one statement.

A platform admin who looks at Foyer as somebody else sees it comes out as that somebody, for as long as all of it holds:
the look has not run out, the admin is one, and the other is an active person of an active organisation and no admin.
Where anything of that does not, the admin comes out, who may do no more than look for themselves.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, case, cast, false, func, select
from sqlalchemy.orm import aliased

from webapp.database import db
from webapp.domain.limit_policy import BaseFigures, state_of_limits
from webapp.domain.sign_in_attempt import FRESH_SECONDS
from webapp.domain.visitor import CurrentOrganisation, Looking, SignedInVisitor
from webapp.models import IndustryLimits, LoginSession, Look, Membership, Organisation, User
from webapp.services.login_sessions import ADMIN_TOUCH_EVERY, TOUCH_EVERY, is_live, token_hash

_TOKEN_LENGTHS = range(20, 65)  # anything else in the cookie was never ours and needs no statement
_FRESH = timedelta(seconds=FRESH_SECONDS)
_CLOCKS_DIFFER = timedelta(minutes=1)  # a provider whose clock is ahead of the database's by more is not believed


def find_visitor(token: str) -> SignedInVisitor | None:
    """Who holds this session id, with their organisation and its limits. One SQL statement; None when nobody does."""
    if len(token) not in _TOKEN_LENGTHS:
        return None
    row = db.session.execute(_WHO_IS_ASKING, {"token_hash": token_hash(token)}).one_or_none()
    if row is None:
        return None
    looking = Looking(row.admin_id, row.admin_name, row.look_ends_at) if row.look_ends_at is not None else None
    return SignedInVisitor(
        session_id=row.session_id,
        user_id=row.user_id,
        email=row.email,
        display_name=row.display_name,
        is_platform_admin=row.is_platform_admin and looking is None,
        is_touch_due=row.is_touch_due,
        organisation=_organisation(row) if row.organisation_id is not None else None,
        has_fresh_sign_in=row.has_fresh_sign_in and looking is None,
        looked_at_by=looking,
    )


def _organisation(row: Row[*tuple[Any, ...]]) -> CurrentOrganisation:
    return CurrentOrganisation(
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
        # Of a first visit only what its own visitor reaches is counted.
        awaited_step=row.awaited_step if row.look_ends_at is None else None,
    )


_PERSON = aliased(User, name="person")
"""Whoever comes out. `User` is whose the login session is, by whom it is live or not."""


def _who_is_asking() -> Select[*tuple[Any, ...]]:
    touch_every = case((User.is_platform_admin, ADMIN_TOUCH_EVERY), else_=TOUCH_EVERY)
    fresh = (func.now() - _FRESH, func.now() + _CLOCKS_DIFFER)
    acts_in = func.coalesce(Look.organisation_id, LoginSession.organisation_id)
    return (
        select(
            LoginSession.id.label("session_id"),
            (LoginSession.last_seen_at <= func.now() - touch_every).label("is_touch_due"),
            func.coalesce(LoginSession.auth_time.between(*fresh), false()).label("has_fresh_sign_in"),
            User.id.label("admin_id"),
            User.display_name.label("admin_name"),
            Look.ends_at.label("look_ends_at"),
            _PERSON.id.label("user_id"),
            _PERSON.email,
            _PERSON.display_name,
            _PERSON.is_platform_admin,
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
            Organisation.awaited_step,
            Membership.role,
        )
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(Look, _is_looking())
        .join(_PERSON, _PERSON.id == func.coalesce(Look.user_id, LoginSession.user_id))
        .outerjoin(Membership, and_(Membership.user_id == _PERSON.id, Membership.organisation_id == acts_in))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(IndustryLimits, IndustryLimits.industry == cast(Organisation.industry_type, Text))
        .where(LoginSession.token_hash == bindparam("token_hash"), is_live(), User.is_active)
    )


def _is_looking() -> ColumnElement[bool]:
    """Whether this session's look still holds. What it has to find of the other person is a question of its own: it is
    planned apart, and asked only where there is a look."""
    seen, place, where = aliased(User), aliased(Membership), aliased(Organisation)
    may_be_looked_at = (
        select(and_(seen.is_active, ~seen.is_platform_admin, where.is_active))
        .join(place, place.user_id == seen.id)
        .join(where, where.id == place.organisation_id)
        .where(seen.id == Look.user_id, where.id == Look.organisation_id)
        .correlate(Look)
        .scalar_subquery()
    )
    return and_(
        Look.login_session_id == LoginSession.id,
        Look.ends_at > func.now(),
        Look.user_id != LoginSession.user_id,
        User.is_platform_admin,
        may_be_looked_at,
    )


_WHO_IS_ASKING = _who_is_asking()
