"""Signing in: one transaction, one of each, whatever arrives at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import make_claims, make_organisation, make_person
from tests.patience import PATIENCE_SECONDS
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.domain.industries import Industry
from webapp.domain.roles import MembershipRole
from webapp.models import Activity, AuditEvent, Identity, LoginSession, Membership, Organisation, User
from webapp.services import login_sessions, memberships, organisations, people, visitors
from webapp.services.accounts import sign_in

pytestmark = pytest.mark.usefixtures("database")


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_first_sign_in_makes_one_of_each():
    signed_in = sign_in(make_claims(name="Priya Shah", email="priya@odeon.example"))

    assert signed_in.is_new
    assert not signed_in.is_onboarded
    assert [count(model) for model in (User, Identity, Organisation, Membership, AuditEvent, LoginSession)] == [1] * 6
    organisation = db.session.scalars(select(Organisation)).one()
    assert organisation.name == "Priya’s organisation"
    assert organisation.industry_type is Industry.DEFAULT
    assert organisation.onboarded_at is None
    assert db.session.scalars(select(Membership)).one().role is MembershipRole.OWNER
    event = db.session.scalars(select(AuditEvent)).one()
    assert event.action == "organisation.created_at_sign_in"
    assert event.actor_user_id == signed_in.user_id
    assert event.changes["industry_type"] == [None, "default"]


def test_the_organisation_of_a_newcomer_says_its_industry_in_lower_case():
    sign_in(make_claims())

    assert db.session.scalar(db.text("SELECT industry_type::text FROM organisations")) == "default"


def test_fifty_first_callbacks_at_once_make_one_of_each_and_ten_sessions_live_on(app: Flask):
    claims = make_claims()
    start = threading.Barrier(8)

    def arrive(number: int) -> str:
        if number < 8:
            start.wait(PATIENCE_SECONDS)
        with app.app_context():
            return sign_in(claims, user_agent=f"tab {number}").session_token

    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(arrive, range(50)))

    assert len(set(tokens)) == 50
    assert [count(model) for model in (User, Identity, Organisation, Membership)] == [1] * 4
    assert count(AuditEvent) == 1
    assert count(LoginSession) == 50
    live = db.session.scalar(select(func.count()).select_from(LoginSession).where(login_sessions.is_live()))
    assert live == login_sessions.MOST_LIVE_SESSIONS
    assert db.session.scalar(select(func.sum(Activity.count)).where(Activity.what == "sign_in_succeeded")) == 50


def test_a_returning_person_keeps_their_organisation_and_gets_another_session():
    claims = make_claims(name="Priya Shah")
    first = sign_in(claims)
    again = sign_in(make_claims(subject=claims.subject, name="Priya Mehta", email="priya@new.example"))

    assert again.user_id == first.user_id
    assert not again.is_new
    assert again.session_token != first.session_token
    user = db.session.get_one(User, first.user_id, populate_existing=True)
    assert (user.display_name, user.email) == ("Priya Mehta", "priya@new.example")
    assert count(Organisation) == 1


def test_people_are_never_matched_by_address():
    first = sign_in(make_claims(email="same@harbour.example"))
    second = sign_in(make_claims(email="same@harbour.example"))

    assert first.user_id != second.user_id
    assert count(Organisation) == 2


def test_the_same_subject_at_another_issuer_is_somebody_else():
    first = sign_in(make_claims(subject="shared|1", issuer="https://one.example/"))
    second = sign_in(make_claims(subject="shared|1", issuer="https://two.example/"))

    assert first.user_id != second.user_id


def test_someone_without_an_address_is_signed_in_with_none_stored():
    signed_in = sign_in(make_claims(email=None, email_verified=None, name=None))

    user = db.session.get_one(User, signed_in.user_id)
    assert (user.email, user.email_verified, user.display_name) == (None, None, "Someone new")
    assert db.session.scalars(select(Organisation.name)).one() == "New organisation"


def test_an_address_the_provider_does_not_vouch_for_is_shown_and_signed_in():
    signed_in = sign_in(make_claims(email="kim@harbour.example", email_verified=None))

    user = db.session.get_one(User, signed_in.user_id)
    assert (user.email, user.email_verified) == ("kim@harbour.example", None)


@pytest.mark.parametrize(
    "email",
    ["\u212aim@odeon.example", " kim@odeon.example"],
    ids=["kelvin", "blank"],
)
def test_an_address_that_had_to_be_mended_is_not_the_one_that_was_verified(email: str):
    """Else whoever the provider lets have such an address could be taken for the person with the plain one."""
    signed_in = sign_in(make_claims(email=email, email_verified=True))

    user = db.session.get_one(User, signed_in.user_id)
    assert user.email is not None
    assert user.email.lower() == "kim@odeon.example"
    assert user.email_verified is None


def test_an_unverified_address_is_refused_and_nothing_is_stored():
    with pytest.raises(SignInRefused) as refusal:
        sign_in(make_claims(email_verified=False))

    assert refusal.value.cause is SignInCause.EMAIL_NOT_VERIFIED
    assert count(User) == count(Organisation) == count(LoginSession) == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana\u202eecilA\x00", "AnaecilA"),
        ("  Ana \u00a0 Lind ", "Ana Lind"),
        ("x" * 500, "x" * 120),
        ("x" * 119 + " yz", "x" * 119),
        ("\x00", "kim"),
        ("\u3164\u200b", "kim"),
        ("e" + "\u0315\u0300" * 100_000, "\u00e8" + "\u0300" * 119),
    ],
    ids=["hidden", "spaces", "long", "long-to-a-space", "only-hidden", "unseen", "slow-to-normalise"],
)
def test_a_name_from_the_provider_is_made_fit_for_a_page(name: str, shown: str):
    signed_in = sign_in(make_claims(name=name, email="kim@harbour.example"))

    assert db.session.get_one(User, signed_in.user_id).display_name == shown


@pytest.mark.parametrize(
    "email", ["ki\u202em@harbour.example", "kim@harbour.example\x00.evil.example", "kim\u200e@x.example"]
)
def test_an_address_with_hidden_characters_is_not_taken_for_the_one_without_them(email: str):
    signed_in = sign_in(make_claims(email=email, email_verified=True))

    user = db.session.get_one(User, signed_in.user_id)
    assert (user.email, user.email_verified, user.display_name) == (None, None, "Kim Doyle")


def test_a_blocked_person_is_refused():
    claims = make_claims()
    people.block(sign_in(claims).user_id, by=OPERATOR)

    with pytest.raises(SignInRefused) as refusal:
        sign_in(claims)

    assert refusal.value.cause is SignInCause.BLOCKED
    assert count(LoginSession) == 1


def test_someone_whose_only_organisation_is_suspended_is_refused():
    claims = make_claims()
    sign_in(claims)
    organisations.suspend_any(db.session.scalars(select(Organisation.id)).one(), by=OPERATOR)

    with pytest.raises(SignInRefused) as refusal:
        sign_in(claims)

    assert refusal.value.cause is SignInCause.ORGANISATION_INACTIVE


def test_someone_in_a_suspended_and_an_active_organisation_arrives_in_the_active_one():
    suspended, active = make_organisation("Old Inn").id, make_organisation("New Inn").id
    claims = make_person(suspended)
    user_id, _ = memberships.ensure_person(claims, active, MembershipRole.MEMBER, by=OPERATOR)
    organisations.suspend_any(suspended, by=OPERATOR)

    visitor = visitors.find_visitor(sign_in(claims).session_token)

    assert visitor is not None
    assert visitor.user_id == user_id
    assert visitor.organisation is not None
    assert visitor.organisation.name == "New Inn"


def test_someone_taken_out_of_their_last_organisation_gets_one_of_their_own():
    claims = make_claims()
    sign_in(claims)
    db.session.query(Membership).delete()
    db.session.commit()

    again = sign_in(claims)

    visitor = visitors.find_visitor(again.session_token)
    assert visitor is not None
    assert visitor.organisation is not None
    assert not visitor.organisation.is_onboarded


def test_an_eleventh_session_ends_the_oldest():
    claims = make_claims()
    tokens = [sign_in(claims).session_token for _ in range(11)]

    assert visitors.find_visitor(tokens[0]) is None
    assert all(visitors.find_visitor(token) for token in tokens[1:])


@pytest.mark.parametrize("auth_time", [0, 1_700_000_000, 10**18, -(10**18)])
def test_no_auth_time_stops_a_sign_in(auth_time: int):
    assert sign_in(make_claims(auth_time=auth_time)).is_new


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": func.now()},
        {"last_seen_at": func.now() - login_sessions.IDLE_LIFETIME},
        {"ended_at": func.now()},
    ],
    ids=["twelve-hours", "two-hours-idle", "ended"],
)
def test_a_session_that_is_over_finds_nobody(change: dict[str, object]):
    token = sign_in(make_claims()).session_token
    assert visitors.find_visitor(token) is not None

    db.session.execute(update(LoginSession).values(**change))
    db.session.commit()

    assert visitors.find_visitor(token) is None


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "x" * 43, "\x00" * 43, "é" * 43])
def test_a_cookie_that_was_never_ours_finds_nobody(token: str):
    assert visitors.find_visitor(token) is None


def test_the_database_never_holds_what_is_in_the_cookie():
    token = sign_in(make_claims()).session_token

    stored = db.session.scalars(select(LoginSession)).one()
    assert token.encode() not in stored.token_hash
    assert len(stored.token_hash) == 32
