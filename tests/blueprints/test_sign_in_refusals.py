"""Every way a sign-in can end without anybody signed in, each with its own sentence and nothing half made."""

import dataclasses
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, select, text

from tests.factories import count_rows
from tests.pages import Browse, path_of
from webapp import create_app
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.errors import SignInCause
from webapp.models import Identity, LoginSession, Membership, Organisation, User
from webapp.services import organisations, people
from webapp.web.sign_in_sentences import FAILURE_PAGES


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=a&code=b&state=x", "?state=x&state=y&code=a", "?code=%FF&code=&state="]
)
def test_a_callback_that_is_no_answer_is_told_apart(browse: Browse, query: str):
    browse.is_refused(browse.get(f"/callback{query}", 303), SignInCause.MALFORMED)


@pytest.mark.parametrize("query", ["?code=a", "?code=a&state=never-ours", "?error=access_denied&state=%00%0d%0a;=,"])
def test_an_unknown_state_begins_again(browse: Browse, query: str):
    begun = browse.follow(browse.get(f"/callback{query}", 303), 303)

    assert parse_qs(urlsplit(begun.location).query)["state"][0].endswith(".again")


def test_with_cookies_blocked_a_sign_in_begins_again_once_and_then_says_so(browse: Browse, app: Flask):
    browse.client = app.test_client(use_cookies=False)
    lost = browse.sign_in("newcomer-company")
    assert lost.location == "/login?again=1"

    browse.is_refused(browse.sign_in("newcomer-company", at=lost.location), SignInCause.LOST_ATTEMPT)
    assert count_rows(app, User) == 0


def test_a_second_attempt_signs_in_like_the_first(browse: Browse):
    assert browse.sign_in("newcomer-company", at="/login?again=1&industry=gym").location == "/onboarding?industry=gym"


def test_a_code_that_was_used_meanwhile_begins_again_with_the_door_and_the_page(browse: Browse):
    start = browse.get("/login?industry=hotel&next=/usage", 303)
    callback = path_of(browse.provider.answer(start.location, "newcomer-company"))
    in_another_tab = Browse(browse.app, browse.provider)
    for cookie in list(browse.client._cookies.values()):
        in_another_tab.client.set_cookie(cookie.key, cookie.value, domain="127.0.0.1")
    in_another_tab.get(callback, 303)

    assert browse.get(callback, 303).location == "/login?again=1&industry=hotel&next=/usage"


def test_a_link_checker_does_not_use_up_the_code(browse: Browse):
    start = browse.get("/login", 303)
    callback = path_of(browse.provider.answer(start.location, "newcomer-company"))

    browse.request("HEAD", callback, 405)
    assert browse.get(callback, 303).location == "/onboarding"


def test_cancelling_changes_nothing_and_says_so(browse: Browse, app: Flask):
    start = browse.get("/login", 303)
    browse.is_refused(browse.get(path_of(browse.provider.cancel(start.location)), 303), SignInCause.CANCELLED)
    assert count_rows(app, User) == 0


def test_a_rule_of_the_provider_is_told_without_its_words(browse: Browse):
    start = browse.get("/login", 303)
    told = browse.is_refused(browse.get(path_of(browse.provider.deny(start.location)), 303), SignInCause.DENIED)
    assert "A rule said no" not in told.html


def test_an_unverified_address_is_refused_with_its_sentence(browse: Browse, app: Flask):
    browse.is_refused(browse.sign_in("unverified"), SignInCause.EMAIL_NOT_VERIFIED)
    assert count_rows(app, User) == 0


@pytest.mark.parametrize("who", ["no-email", "unsaid"])
def test_an_address_that_is_missing_or_unsaid_keeps_nobody_out(browse: Browse, who: str):
    assert browse.sign_in(who).location == "/onboarding"


def test_a_blocked_person_is_refused_and_their_session_is_over(browse: Browse, app: Flask):
    browse.sign_in("newcomer-company")
    with app.app_context():
        people.block(db.session.scalars(select(User.id)).one(), by=OPERATOR)

    assert browse.get("/onboarding", 303).location.startswith("/login")
    browse.is_refused(browse.sign_in("newcomer-company"), SignInCause.BLOCKED)


def test_a_suspended_organisation_keeps_its_people_out(browse: Browse, app: Flask):
    browse.sign_in("newcomer-company")
    with app.app_context():
        organisations.suspend_any(db.session.scalars(select(Organisation.id)).one(), by=OPERATOR)

    page = browse.get("/onboarding", 403)
    assert "not active" in page.text("main")
    browse.submit(page, form="form[action='/logout']")
    answered = browse.sign_in("newcomer-company")
    told = browse.is_refused(answered, SignInCause.ORGANISATION_INACTIVE, "Priya’s organisation")
    assert "Priya’s organisation is not active at the moment." in told.text("main")
    assert "Priya" not in Browse(browse.app, browse.provider).get("/sign-in-failed?ticket=forged", 400).html


@pytest.mark.parametrize("contact", ["help@foyer.example", None])
def test_contact_us_is_a_link_only_where_there_is_somebody_to_contact(settings, app, provider, contact: str | None):
    browse = Browse(create_app(dataclasses.replace(settings, support_contact=contact)), provider)
    start = browse.get("/login", 303)

    told = browse.is_refused(browse.get(path_of(provider.deny(start.location)), 303), SignInCause.DENIED)

    links = [(link["href"], link.get_text()) for link in told.all("main .lede a")]
    assert links == ([(f"mailto:{contact}", "contact us")] if contact else [])
    assert not told.all("main .hint a")


@pytest.mark.parametrize("ticket", ["", "?ticket=", "?ticket=forged", "?cause=blocked", "?ticket=%00"])
def test_nobody_can_make_the_failure_page_say_something(browse: Browse, ticket: str):
    page = browse.get(f"/sign-in-failed{ticket}", 400)

    assert FAILURE_PAGES[SignInCause.LOST_ATTEMPT].sentence in page.text("main")


def test_a_database_that_refuses_the_first_write_is_our_fault_and_nothing_is_half_made(browse: Browse, app: Flask):
    """The founding incident: the provider said yes, then the insert of the organisation was refused."""
    owner = create_engine(app.config["SETTINGS"].owner_database_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'"))
    try:
        told = browse.is_refused(browse.sign_in("newcomer-company"), SignInCause.OUR_FAULT)
        assert told.response.headers["Retry-After"]
        assert [count_rows(app, model) for model in (User, Identity, Membership, LoginSession)] == [0] * 4
    finally:
        with owner.begin() as connection:
            connection.execute(text("ALTER TYPE industry RENAME VALUE 'DEFAULT' TO 'default'"))
    assert browse.sign_in("newcomer-company").location == "/onboarding"
