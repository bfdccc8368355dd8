"""Signing in: from verified claims to a person with an organisation and a login session, in one transaction.

People are matched by issuer and subject, never by e-mail. Simultaneous first callbacks are settled by the database:
the unique pair lets one of them in, and whoever comes second reads what the first wrote.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.domain.activity import FIRST_AWAITED, Happening
from webapp.domain.actor import SYSTEM, Actor, person
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import ProbeFailed, SignInCause, SignInRefused
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.domain.suggestions import first_organisation_name
from webapp.domain.text import (
    clean_line,
    has_hidden_characters,
    has_visible_characters,
    without_hidden_characters,
)
from webapp.models import Identity, LoginSession, Membership, Organisation, User
from webapp.services.activity import add_activity
from webapp.services.audit import add_audit_event
from webapp.services.claimed_rights import add_claimed_rights, add_end_of_claimed_rights
from webapp.services.login_sessions import add_end_of_oldest_sessions, add_login_session
from webapp.services.organisations import new_organisation
from webapp.services.transactions import retried, rolled_back, transaction

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3
LONGEST_DISPLAY_NAME = 120


@dataclass(frozen=True)
class SignedIn:
    """A sign-in that succeeded. `session_token` goes into the cookie and nowhere else. Without a workspace there is
    no organisation that they can work in, which only platform admins are let in with."""

    session_token: str
    user_id: uuid.UUID
    is_new: bool
    is_onboarded: bool
    has_workspace: bool = True


@dataclass(frozen=True)
class _Place:
    """Where a person who is signing in will stand. `is_new` says that the person was made by this sign-in,
    `is_first_there` that the organisation was."""

    user_id: uuid.UUID
    organisation_id: uuid.UUID | None
    industry: Industry | UnknownLabel | None
    is_new: bool
    is_onboarded: bool
    is_first_there: bool = False
    has_workspace: bool = True


@retried
def sign_in(claims: IdentityClaims, *, user_agent: str | None = None, address: str | None = None) -> SignedIn:
    """Finds or makes the person behind these claims and opens a login session for them.

    A platform admin is let in whatever became of their organisation, and needs none: they look after the others'.

    Raises SignInRefused (e-mail not verified, person blocked, organisation suspended) and StoreUnavailable.
    """
    if claims.email_verified is False:
        raise SignInRefused(SignInCause.EMAIL_NOT_VERIFIED)
    with transaction() as session:
        return _sign_in_within(session, claims, user_agent=user_agent, address=address)


def probe_first_sign_in() -> None:
    """Writes everything that a first sign-in writes, and takes it back. For a release, before anybody arrives.

    It finds what no catalogue tells: a trigger, a rule or a missing grant. Raises ProbeFailed, and what the database
    raised where its code says nothing that Foyer knows.
    """
    claims = IdentityClaims(
        issuer="https://probe.invalid/",
        subject=f"probe|{uuid.uuid4()}",
        email="probe@foyer.invalid",
        email_verified=True,
        name="Probe",
    )
    with rolled_back() as session:
        signed_in = _sign_in_within(session, claims, user_agent=None, address=None)
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # an identity's reference is only checked at commit
        made = session.execute(
            select(Organisation.industry_type, Organisation.subscription_plan)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(Membership.user_id == signed_in.user_id)
        ).one()
        if tuple(made) != (Industry.DEFAULT, SubscriptionPlan.BASIC):
            raise ProbeFailed(f"A newcomer's organisation is changed as it is stored: it became {made[0]}, {made[1]}")


def _sign_in_within(
    session: Session, claims: IdentityClaims, *, user_agent: str | None, address: str | None
) -> SignedIn:
    place = _arrive(session, claims)
    token = add_login_session(
        session,
        place.user_id,
        place.organisation_id,
        auth_time=claims.auth_time,
        user_agent=user_agent,
        address=address,
    )
    session.flush()  # so that the new session is among those counted next
    if not place.is_new:
        add_end_of_oldest_sessions(session, place.user_id)
    happened = [Happening.SIGN_IN_SUCCEEDED, *([Happening.FIRST_SIGN_IN] if place.is_first_there else [])]
    add_activity(session, *happened, industry=place.industry)
    return SignedIn(token, place.user_id, place.is_new, place.is_onboarded, place.has_workspace)


def add_person(session: Session, claims: IdentityClaims) -> User | None:
    """A step: makes a user for an identity nobody has yet, or returns None because somebody has it.

    The identity goes in first, as the one insert that can meet a rival: its reference to the user is checked at commit.
    A rival that has not committed is waited for here, so that exactly one of them makes the rest.
    """
    user_id = uuid.uuid4()
    identity = insert(Identity).values(id=uuid.uuid4(), user_id=user_id, issuer=claims.issuer, subject=claims.subject)
    won = session.execute(identity.on_conflict_do_nothing(index_elements=["issuer", "subject"]).returning(Identity.id))
    if won.scalar_one_or_none() is None:
        return None
    user = User(id=user_id, **_what_claims_say(claims))
    session.add(user)
    return user


def _arrive(session: Session, claims: IdentityClaims) -> _Place:
    user_id = find_user_id(session, claims.issuer, claims.subject)
    if user_id is None:
        newcomer = add_person(session, claims)
        if newcomer is not None:
            newcomer.last_signed_in_at = func.now()
            if claims.makes_platform_admin:
                session.flush()  # the rights are an update of their own
                add_claimed_rights(session, newcomer.id)
                return _without_organisation(newcomer.id, is_new=True)
            return _with_own_organisation(session, newcomer.id, claims, person(newcomer.id), is_new=True)
        user_id = find_user_id(session, claims.issuer, claims.subject)
        assert user_id is not None, "an identity that refused a second one is there to be read"
    return _returning(session, user_id, claims)


def _with_own_organisation(
    session: Session, user_id: uuid.UUID, claims: IdentityClaims, by: Actor, *, is_new: bool
) -> _Place:
    name = first_organisation_name(_display_name(claims))
    organisation = new_organisation(name, industry=Industry.DEFAULT)
    organisation.awaited_step = FIRST_AWAITED
    session.add(organisation)
    session.add(Membership(user_id=user_id, organisation_id=organisation.id, role=MembershipRole.OWNER))
    add_audit_event(
        session,
        "organisation.created_at_sign_in",
        by,
        organisation_id=organisation.id,
        subject=f"user:{user_id}",
        changes={"name": (None, name), "industry_type": (None, Industry.DEFAULT)},
    )
    return _Place(user_id, organisation.id, Industry.DEFAULT, is_new=is_new, is_onboarded=False, is_first_there=True)


def _returning(session: Session, user_id: uuid.UUID, claims: IdentityClaims) -> _Place:
    # The update comes first because it makes simultaneous callbacks of one person wait for each other.
    said = _what_claims_say(claims)
    if not _display_name(claims):
        said.pop("display_name")  # keep the name we have rather than one made from an address
    stored = session.execute(
        update(User)
        .where(User.id == user_id)
        .values(last_signed_in_at=func.now(), **said)
        .returning(User.is_active, User.is_platform_admin, User.is_admin_by_claim)
        .execution_options(synchronize_session=False)
    ).one()
    if not stored.is_active:
        raise SignInRefused(SignInCause.BLOCKED)
    is_admin = stored.is_platform_admin
    if claims.makes_platform_admin and not is_admin:
        add_claimed_rights(session, user_id)
        is_admin = True
    elif stored.is_admin_by_claim and not claims.makes_platform_admin:
        is_admin = not add_end_of_claimed_rights(session, user_id)
    places = session.execute(
        select(
            Organisation.id,
            Organisation.name,
            Organisation.industry_type,
            Organisation.is_active,
            Organisation.onboarded_at.is_not(None).label("is_onboarded"),
        )
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user_id)
        .order_by(Organisation.is_active.desc(), last_used(user_id).desc().nulls_last(), Membership.created_at)
        .limit(1)
    ).one_or_none()
    if is_admin and (places is None or not places.is_active):
        return _without_organisation(user_id, places.id if places else None)
    if places is None:  # somebody who was taken out of their last organisation starts afresh with one of their own
        return _with_own_organisation(session, user_id, claims, SYSTEM, is_new=False)
    if not places.is_active:
        raise SignInRefused(SignInCause.ORGANISATION_INACTIVE, organisation_name=places.name)
    return _Place(user_id, places.id, places.industry_type, is_new=False, is_onboarded=places.is_onboarded)


def _without_organisation(
    user_id: uuid.UUID, organisation_id: uuid.UUID | None = None, *, is_new: bool = False
) -> _Place:
    """Where a platform admin stands who has no organisation, or a suspended one, which they then see as such."""
    return _Place(user_id, organisation_id, None, is_new=is_new, is_onboarded=True, has_workspace=False)


def last_used(user_id: uuid.UUID) -> ScalarSelect[datetime]:
    """When somebody last signed in to an organisation, for a query of organisations."""
    return (
        select(func.max(LoginSession.created_at))
        .where(LoginSession.user_id == user_id, LoginSession.organisation_id == Organisation.id)
        .scalar_subquery()
    )


def find_user_id(session: Session, issuer: str, subject: str) -> uuid.UUID | None:
    """The user behind an identity, by the only pair that names one."""
    return session.execute(
        select(Identity.user_id).where(Identity.issuer == issuer, Identity.subject == subject)
    ).scalar_one_or_none()


def _what_claims_say(claims: IdentityClaims) -> dict[str, str | bool | None]:
    """The user's columns that follow the provider at every sign-in, fit for storage and for a page.

    An address that had to be mended for that, if only in its Unicode form, is not the one that the provider verified.
    """
    email_or_none = _email(claims)
    return {
        "email": email_or_none,
        "email_verified": claims.email_verified if email_or_none and email_or_none == claims.email else None,
        "display_name": _display_name(claims) or (email_or_none or "").partition("@")[0] or "Someone new",
    }


def _email(claims: IdentityClaims) -> str | None:
    """The address as the provider gives it. One with hidden characters is none: without them it would be another, which
    nobody verified and which may be somebody else's."""
    email = clean_line(claims.email or "")
    return email if email and len(email) <= LONGEST_EMAIL and not has_hidden_characters(email) else None


def _display_name(claims: IdentityClaims) -> str:
    """The person's name as the provider gives it, empty when it gives none or one that nobody can see."""
    name = without_hidden_characters(claims.name or "")[:LONGEST_DISPLAY_NAME].rstrip()
    return name if has_visible_characters(name) else ""
