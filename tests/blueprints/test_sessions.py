"""Where somebody is signed in: what they see of it, and signing out from a distance."""

import uuid

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, Page, squeezed
from webapp.database import db
from webapp.domain.roles import MembershipRole
from webapp.models import AuditEvent, LoginSession, User
from webapp.services import visitors
from webapp.services.accounts import sign_in
from webapp.web.visitor import COOKIE

PLACE = "/settings/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


def lines(page: Page) -> list[Tag]:
    return page.all("main li")


def words(line: Tag) -> str:
    return squeezed(line.get_text(" "))


@pytest.fixture
def claims(app: Flask):
    with app.app_context():
        return make_person(make_organisation().id, MembershipRole.VIEWER)


@pytest.fixture
def elsewhere(app: Flask, claims) -> str:
    """Another browser of the same person: its session id."""
    with app.app_context():
        token = sign_in(claims, user_agent=FIREFOX, address="203.0.113.9").session_token
        moment = func.make_timestamptz(2026, 8, 14, 13, 36, 0, "UTC")
        db.session.execute(update(LoginSession).values(created_at=moment))
        db.session.commit()
        return token


def test_every_browser_is_named_with_where_and_when_and_this_one_comes_first(browse: Browse, claims, elsewhere: str):
    browse.arrive(claims)

    here, there = lines(browse.get(PLACE))

    assert "This browser" in words(here)
    assert "127.0.0.1" in words(here)
    assert not here.select("form")
    assert words(there).startswith("Firefox on Windows 203.0.113.9 Signed in on 14 August 2026 at 14:36 Last used on")
    assert there.select_one("time")["datetime"] == "2026-08-14T13:36:00+00:00"
    assert squeezed(there.select_one("button").get_text()) == (
        "Sign out Firefox on Windows, signed in on 14 August 2026 at 14:36"
    )


def test_what_a_browser_says_of_itself_is_not_repeated(app: Flask, browse: Browse, claims):
    with app.app_context():
        sign_in(claims, user_agent="Bank support <b>call</b> 0900", address="call 0900")
    browse.arrive(claims)

    page = browse.get(PLACE)

    assert "0900" not in page.html
    assert "Unknown browser Unknown address" in page.text("main")


def test_signing_another_browser_out_ends_its_session_and_says_so(app: Flask, browse: Browse, claims, elsewhere: str):
    browse.arrive(claims)
    page = browse.get(PLACE)

    answered = browse.submit(page, form="main li form")

    assert answered.location == PLACE
    told = browse.follow(answered)
    assert told.text("main [role=status]") == "That browser is signed out."
    assert told.one("main [role=status]")["data-kind"] == "success"
    assert len(lines(told)) == 1
    assert "You are signed in nowhere else." in told.text("main")
    assert not browse.get(PLACE).all("main [role=status]")
    browse.submit(page, form="main li form")
    assert "was signed out already" in browse.get(PLACE).text("main [role=status]")
    with app.app_context():
        assert visitors.find_visitor(elsewhere) is None
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "session.ended")).one()
        assert event.reference.startswith("FY-")


def test_signing_out_everywhere_else(app: Flask, browse: Browse, claims, elsewhere: str):
    with app.app_context():
        sign_in(claims)
    browse.arrive(claims)
    page = browse.get(PLACE)

    told = browse.follow(browse.submit(page, form=f"form[action='{PLACE}/end-others']"))

    assert told.text("main [role=status]") == "2 other browsers are signed out."
    with app.app_context():
        assert visitors.find_visitor(elsewhere) is None
        assert db.session.scalars(
            select(AuditEvent.changes).where(AuditEvent.action == "session.others_ended")
        ).all() == [{"live": [3, 1]}]
    again = browse.follow(browse.submit(page, form=f"form[action='{PLACE}/end-others']"))
    assert again.text("main [role=status]") == "You were signed in nowhere else."


def test_ending_ones_own_session_here_is_signing_out(app: Flask, browse: Browse, claims, elsewhere: str):
    browse.arrive(claims)
    token = browse.cookie(COOKIE)
    with app.app_context():
        session_id = visitors.find_visitor(token).session_id
    form = browse.get(PLACE).form_fields("main li form")

    browse.post(f"{PLACE}/{session_id}/end", form)

    assert browse.get(PLACE, 303).location.startswith("/login")


def test_somebody_elses_session_and_one_that_never_was_give_the_same_answer(app: Flask, browse: Browse, claims):
    with app.app_context():
        theirs = sign_in(make_claims()).session_token
        their_id = visitors.find_visitor(theirs).session_id
    browse.arrive(claims)
    token = browse.get("/help").one("form input[name=csrf_token]")["value"]

    answers = [
        browse.post(f"{PLACE}/{session_id}/end", {"csrf_token": token}, 404) for session_id in (their_id, uuid.uuid4())
    ]

    one, other = (answer.html.replace(answer.response.headers["X-Request-Reference"], "") for answer in answers)
    assert one == other
    with app.app_context():
        assert visitors.find_visitor(theirs) is not None


@pytest.mark.parametrize("path", [f"{PLACE}/00000000-0000-4000-8000-000000000000/end", f"{PLACE}/end-others"])
def test_sessions_are_ended_by_posting_with_a_token_only(app: Flask, browse: Browse, claims, elsewhere: str, path: str):
    browse.arrive(claims)

    browse.get(path, 405)
    browse.post(path, {}, 400)

    with app.app_context():
        assert visitors.find_visitor(elsewhere) is not None


def test_somebody_who_is_not_set_up_yet_sees_theirs_too(browse: Browse):
    browse.arrive(make_claims())

    assert len(lines(browse.get(PLACE))) == 1
    browse.get("/dashboard", 303)


def test_the_page_is_in_the_account_menu_of_everybody(browse: Browse, claims):
    browse.arrive(claims)

    link = browse.get("/dashboard").one(f"header details a[href='{PLACE}']")
    assert link.get_text() == "Where you are signed in"
    assert browse.get(PLACE).one(f"header details a[href='{PLACE}']")["aria-current"] == "page"


def test_a_page_that_is_left_open_keeps_nobody_signed_in(app: Flask, browse: Browse, claims):
    browse.arrive(claims)

    def minutes_unused(path: str) -> float:
        with app.app_context():
            db.session.execute(update(LoginSession).values(last_seen_at=func.now() - func.make_interval(0, 0, 0, 0, 1)))
            db.session.commit()
            browse.get(path)
            age = func.extract("epoch", func.now() - LoginSession.last_seen_at)
            return float(db.session.scalar(select(age))) / 60

    assert minutes_unused("/usage") < 1
    assert minutes_unused("/usage.json") > 59
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1
