"""Login sessions: how long they live and for whom, how many, and one's own seen and ended from a distance."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.factories import make_claims
from webapp.database import db
from webapp.domain.actor import OPERATOR, person
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import NotFound
from webapp.models import AuditEvent, LoginSession
from webapp.services import login_sessions, people
from webapp.services.accounts import sign_in
from webapp.services.login_sessions import ADMIN_IDLE_LIFETIME, IDLE_LIFETIME, MOST_LIVE_SESSIONS
from webapp.services.visitors import find_visitor

pytestmark = pytest.mark.usefixtures("database")

MINUTE = timedelta(minutes=1)


def arrived(claims: IdentityClaims | None = None, *, is_admin: bool = False) -> tuple[str, uuid.UUID]:
    """The session id of somebody who has just signed in, and theirs."""
    signed_in = sign_in(claims or make_claims())
    people.set_platform_admin(signed_in.user_id, is_admin=is_admin, by=OPERATOR)
    return signed_in.session_token, signed_in.user_id


def change(token: str, **values: object) -> None:
    """Makes a session what time would have made of it."""
    whose = LoginSession.token_hash == login_sessions.token_hash(token)
    db.session.execute(update(LoginSession).where(whose).values(**values))
    db.session.commit()


def unused_for(token: str, idle: timedelta) -> None:
    change(token, last_seen_at=func.now() - idle)


@pytest.mark.parametrize(
    ("is_admin", "lifetime"), [(False, IDLE_LIFETIME), (True, ADMIN_IDLE_LIFETIME)], ids=["person", "platform-admin"]
)
def test_a_session_lives_for_as_long_as_it_is_used(is_admin: bool, lifetime: timedelta):
    token, _ = arrived(is_admin=is_admin)

    unused_for(token, lifetime - MINUTE)
    assert find_visitor(token) is not None
    unused_for(token, lifetime + MINUTE)
    assert find_visitor(token) is None


def test_admin_rights_shorten_what_lives_already():
    token, user_id = arrived()
    unused_for(token, ADMIN_IDLE_LIFETIME + MINUTE)
    assert find_visitor(token) is not None

    people.set_platform_admin(user_id, is_admin=True, by=OPERATOR)

    assert find_visitor(token) is None


@pytest.mark.parametrize("pace", [(1,), (0.9, 29), (4, 29), (4.9, 4.9, 25)], ids=str)
def test_a_platform_admin_who_uses_foyer_never_idles_out(pace: tuple[float, ...]):
    """What is noted lags behind what happens, so a visit that is too soon to be noted goes before the long pause."""
    token, _ = arrived(is_admin=True)
    for minutes in pace * 10:
        visitor = find_visitor(token)
        assert visitor is not None
        login_sessions.touch(visitor)
        db.session.execute(
            update(LoginSession).values(last_seen_at=LoginSession.last_seen_at - timedelta(minutes=minutes))
        )
        db.session.commit()


@pytest.mark.parametrize(
    ("is_admin", "seconds", "is_due"),
    [(False, 299, False), (False, 301, True), (True, 59, False), (True, 61, True)],
)
def test_use_is_noted_rarely_enough_to_cost_nothing(is_admin: bool, seconds: int, is_due: bool):
    token, _ = arrived(is_admin=is_admin)
    unused_for(token, timedelta(seconds=seconds))

    visitor = find_visitor(token)

    assert visitor is not None
    assert visitor.is_touch_due is is_due


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_that_was_under_way():
    token, _ = arrived()
    unused_for(token, timedelta(minutes=6))
    visitor = find_visitor(token)
    assert visitor is not None

    login_sessions.end(visitor.session_id)
    login_sessions.touch(visitor)

    assert find_visitor(token) is None


@pytest.mark.parametrize(
    ("auth_time", "is_fresh"),
    [
        (func.now(), True),
        (func.now() - timedelta(minutes=14), True),
        (func.now() - timedelta(minutes=16), False),
        (func.now() + timedelta(seconds=30), True),
        (func.now() + timedelta(hours=1), False),
        (None, False),
    ],
    ids=["now", "14-minutes", "16-minutes", "clock-ahead", "future", "unknown"],
)
def test_a_sign_in_is_fresh_for_a_quarter_of_an_hour(auth_time: object, is_fresh: bool):
    token, _ = arrived()
    change(token, auth_time=auth_time)

    visitor = find_visitor(token)

    assert visitor is not None
    assert visitor.has_fresh_sign_in is is_fresh


@pytest.mark.parametrize(
    "over",
    [
        {"last_seen_at": func.now() - IDLE_LIFETIME},
        {"expires_at": func.now()},
        {"ended_at": func.now()},
    ],
    ids=["idle", "expired", "ended"],
)
def test_sessions_that_are_over_take_nobodys_place(over: dict[str, object]):
    claims = make_claims()
    oldest = sign_in(claims).session_token
    for _ in range(MOST_LIVE_SESSIONS):
        change(sign_in(claims).session_token, **over)

    sign_in(claims)

    assert find_visitor(oldest) is not None, "the oldest was in use, and of the others only one lives"


def test_an_eleventh_live_session_ends_the_oldest_live_one():
    claims = make_claims()
    first = sign_in(claims).session_token
    over = sign_in(claims).session_token
    unused_for(over, IDLE_LIFETIME)
    others = [sign_in(claims).session_token for _ in range(MOST_LIVE_SESSIONS - 1)]
    assert find_visitor(first) is not None

    newest = sign_in(claims).session_token

    assert find_visitor(first) is None
    assert all(find_visitor(token) for token in [*others, newest])


def test_only_ones_own_live_sessions_are_listed_the_last_used_first():
    claims = make_claims()
    signed_in = sign_in(claims, user_agent="one", address="203.0.113.1")
    unused_for(signed_in.session_token, timedelta(minutes=10))
    sign_in(claims, user_agent="two", address="203.0.113.2")
    change(sign_in(claims).session_token, ended_at=func.now())
    unused_for(sign_in(claims).session_token, IDLE_LIFETIME)
    sign_in(make_claims(), user_agent="somebody else's")

    listed = login_sessions.list_own(signed_in.user_id)

    assert [(own.user_agent, own.address) for own in listed] == [("two", "203.0.113.2"), ("one", "203.0.113.1")]


def own_session(claims: IdentityClaims) -> tuple[str, uuid.UUID, uuid.UUID]:
    token, user_id = arrived(claims)
    visitor = find_visitor(token)
    assert visitor is not None
    return token, user_id, visitor.session_id


def test_ending_one_of_ones_own_is_recorded_and_done_once():
    token, user_id, session_id = own_session(make_claims())

    assert login_sessions.end_own(user_id, session_id, by=person(user_id, "FY-7Q2K-04"))
    assert not login_sessions.end_own(user_id, session_id, by=person(user_id))

    assert find_visitor(token) is None
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "session.ended")).one()
    assert (event.actor_user_id, event.subject, event.reference) == (user_id, f"session:{session_id}", "FY-7Q2K-04")


def test_somebody_elses_session_is_as_absent_as_one_that_never_was():
    _, user_id, _ = own_session(make_claims())
    theirs, _, their_session_id = own_session(make_claims())

    for session_id in (their_session_id, uuid.uuid4()):
        with pytest.raises(NotFound, match=r"^You have no such session$"):
            login_sessions.end_own(user_id, session_id, by=person(user_id))

    assert find_visitor(theirs) is not None


def test_ending_the_others_leaves_this_one_and_everybody_elses():
    claims = make_claims()
    here, user_id, session_id = own_session(claims)
    others = [sign_in(claims).session_token for _ in range(3)]
    theirs, _ = arrived()

    assert login_sessions.end_others(user_id, session_id, by=person(user_id)) == 3
    assert login_sessions.end_others(user_id, session_id, by=person(user_id)) == 0

    assert find_visitor(here) is not None
    assert find_visitor(theirs) is not None
    assert not any(find_visitor(token) for token in others)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "session.others_ended")).one()
    assert event.changes == {"live": [4, 1]}
