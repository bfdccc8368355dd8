"""Signing in and out over HTTP: the journeys, the cookies, and attempts that meet each other."""

import dataclasses
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from tests.factories import count_rows, make_claims
from tests.pages import Browse, cookies_set_by, path_of
from tests.patience import PATIENCE_SECONDS
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Environment, Settings
from webapp.database import db
from webapp.domain.sign_in_attempt import SignInAttempt
from webapp.models import AuditEvent, Identity, LoginSession, Membership, Organisation, User
from webapp.services import accounts, visitors
from webapp.web.sign_in_attempts import remember
from webapp.web.visitor import COOKIE, set_login_cookie


def test_a_newcomer_is_sent_to_onboarding_and_back_to_nowhere_else(browse: Browse, app: Flask):
    answered = browse.sign_in("newcomer-company")

    assert answered.location == "/onboarding"
    assert browse.follow(answered).text("h1") == "Set up your organisation"
    models = (User, Identity, Organisation, Membership, AuditEvent, LoginSession)
    assert [count_rows(app, model) for model in models] == [1] * 6


def test_a_door_is_carried_through_the_provider(browse: Browse):
    assert browse.sign_in("newcomer-company", "/login?industry=hotel").location == "/onboarding?industry=hotel"


@pytest.mark.parametrize("door", ["HOTEL", "spa", "", "hotel ", "%00"])
def test_an_unknown_door_is_ignored(browse: Browse, door: str):
    assert browse.sign_in("newcomer-company", f"/login?industry={door}").location == "/onboarding"


def test_someone_who_returns_goes_where_they_wanted(browse: Browse, app: Flask):
    app.test_cli_runner().invoke(args=["seed", "demo"])

    assert browse.sign_in("odeon-owner", "/login?next=/usage%3Fa%3D1").location == "/usage?a=1"


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "usage"]
)
def test_a_next_that_leads_elsewhere_is_ignored(browse: Browse, app: Flask, place: str):
    app.test_cli_runner().invoke(args=["seed", "demo"])

    assert browse.sign_in("odeon-owner", f"/login?next={place}").location == "/dashboard"


def test_the_demo_link_signs_odeons_owner_in(browse: Browse, app: Flask, provider: RunningProvider):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    start = browse.get("/login?demo=1", 303)
    back = requests.get(start.location, allow_redirects=False, timeout=PATIENCE_SECONDS).headers["Location"]

    dashboard = browse.follow(browse.get(path_of(back), 303))
    assert "Odeon Cinemas" in dashboard.text("h1")


def test_someone_signed_in_is_not_sent_to_the_provider_again(browse: Browse):
    browse.sign_in("newcomer-company")

    assert browse.get("/login", 303).location == "/dashboard"
    assert browse.get("/login?next=/usage", 303).location == "/usage"


def test_the_redirect_address_never_follows_the_host_header(browse: Browse, provider: RunningProvider):
    browse.get("/login", 400, headers={"Host": "evil.example"})
    start = browse.get("/login", 303, headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"})

    asked = parse_qs(urlsplit(start.location).query)
    assert asked["redirect_uri"] == [f"{provider.app_url}/callback"]


def test_the_callback_leaves_no_code_behind(browse: Browse):
    answered = browse.sign_in("newcomer-company")

    assert answered.response.headers["Referrer-Policy"] == "no-referrer"
    assert answered.response.headers["Cache-Control"] == "no-store"


def test_the_login_cookie_holds_a_random_id_and_nothing_else(browse: Browse, app: Flask):
    cookie = cookies_set_by(browse.sign_in("newcomer-company"))[COOKIE]

    assert len(cookie.value) == 43
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == str(12 * 3600)
    with app.app_context():
        stored = db.session.scalars(select(LoginSession)).one()
        assert stored.user_agent == "Werkzeug/" + stored.user_agent.partition("/")[2]


def test_in_production_every_cookie_is_secure(settings: Settings, app: Flask, provider: RunningProvider):
    production = dataclasses.replace(
        settings, environment=Environment.PRODUCTION, base_url="https://foyer.example", secret_key="x" * 40
    )
    client = create_app(production).test_client()
    page = client.get("/help", base_url="https://foyer.example")
    assert "max-age=" in page.headers["Strict-Transport-Security"]
    with client.application.test_request_context():
        response = client.application.make_response("")
        set_login_cookie(response, "token")
        remember(response, SignInAttempt("a-state", "a-nonce", "a-verifier"))
    cookies = [*page.headers.getlist("Set-Cookie"), *response.headers.getlist("Set-Cookie")]
    assert len(cookies) == 3
    assert all("Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    attributes = response.headers["Set-Cookie"].split("; ")
    assert attributes[0] == "__Host-foyer_login=token"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} < set(attributes)
    assert not [attribute for attribute in attributes if attribute.startswith("Domain")]


def test_signing_in_renews_the_page_session(browse: Browse):
    browse.get("/help")
    before = browse.cookie("foyer_page")
    assert before

    browse.sign_in("newcomer-company")

    assert browse.cookie("foyer_page") != before


def test_a_new_sign_in_replaces_the_session_of_this_browser(browse: Browse, app: Flask):
    start = browse.get("/login", 303)
    browse.arrive(make_claims())
    browse.get(path_of(browse.provider.answer(start.location, "newcomer-company")), 303)

    with app.app_context():
        ended = list(db.session.scalars(select(LoginSession.ended_at.is_not(None)).order_by(LoginSession.created_at)))
    assert ended == [True, False]


def test_two_tabs_at_once_are_both_signed_in(browse: Browse):
    one, two = browse.get("/login", 303), browse.get("/login?industry=gym", 303)

    assert browse.get(path_of(browse.provider.answer(one.location, "newcomer-company")), 303).location == "/onboarding"
    second = browse.get(path_of(browse.provider.answer(two.location, "newcomer-company")), 303)
    assert second.location == "/onboarding?industry=gym"


def test_five_attempts_are_remembered_and_a_sixth_drops_the_oldest(browse: Browse):
    starts = [browse.get("/login", 303) for _ in range(6)]
    kept = [cookie for cookie in browse.client._cookies.values() if cookie.key.startswith("foyer_attempt_")]

    assert len(kept) == 5
    oldest = browse.get(path_of(browse.provider.answer(starts[0].location, "newcomer-company")), 303)
    assert oldest.location == "/login?again=1"
    newest = browse.get(path_of(browse.provider.answer(starts[5].location, "newcomer-company")), 303)
    assert newest.location == "/onboarding"


def test_a_used_callback_leads_on_for_somebody_signed_in_and_into_a_new_attempt_for_others(browse, app, provider):
    start = browse.get("/login", 303)
    callback = path_of(browse.provider.answer(start.location, "newcomer-company"))
    browse.get(callback, 303)

    assert browse.get(callback, 303).location == "/dashboard"
    browse.client.delete_cookie(COOKIE, domain="127.0.0.1")
    again = browse.get(callback, 303)
    assert again.location == "/login?again=1"
    begun = browse.follow(again, 303)
    assert browse.get(path_of(provider.answer(begun.location, "newcomer-company")), 303).location == "/onboarding"
    assert count_rows(app, User) == 1


def test_somebody_elses_callback_signs_nobody_in(browse: Browse, app: Flask, provider: RunningProvider):
    attacker = Browse(app, provider)
    theirs = path_of(provider.answer(attacker.get("/login", 303).location, "newcomer-company"))

    assert browse.get(theirs, 303).location == "/login?again=1"
    assert browse.cookie(COOKIE) is None
    assert count_rows(app, User) == 0


def test_signing_out_ends_the_session_everywhere_it_was_copied_to(browse: Browse, app: Flask):
    browse.sign_in("newcomer-company")
    token = browse.cookie(COOKIE)
    assert token

    out = browse.submit(browse.get("/onboarding"), form="form[action='/logout']")

    assert out.location.startswith(f"{browse.provider.issuer}oidc/logout?")
    assert browse.cookie(COOKIE) is None
    browse.client.set_cookie(COOKIE, token, domain="127.0.0.1")
    assert browse.get("/onboarding", 303).location.startswith("/login")


def test_signing_out_while_the_provider_is_away_ends_the_session_and_leads_home(app: Flask, provider: RunningProvider):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        browse = Browse(create_app(dataclasses.replace(app.config["SETTINGS"], oidc_issuer=issuer)), provider)
        browse.arrive(make_claims())

        out = browse.submit(browse.get("/onboarding"), form="form[action='/logout']")

    assert out.location == "/"
    assert browse.cookie(COOKIE) is None
    with app.app_context():
        assert db.session.scalars(select(LoginSession.ended_at)).one() is not None


def test_signing_out_twice_or_as_a_stranger_leads_home(browse: Browse):
    page = browse.get("/help")
    token = page.one("form input[name=csrf_token]")["value"]

    assert browse.post("/logout", {"csrf_token": token}).location == "/"


def test_signing_out_needs_a_post_with_a_token(browse: Browse, app: Flask):
    browse.sign_in("newcomer-company")

    browse.get("/logout", 405)
    assert "open for too long" in browse.post("/logout", {}, 400).text("main")
    browse.get("/onboarding")


def test_fifty_callbacks_at_once_make_one_of_each(app: Flask, live_app: str, provider: RunningProvider):
    def arrive(number: int) -> str | None:
        with requests.Session() as browser:
            start = browser.get(f"{live_app}/login", allow_redirects=False, timeout=PATIENCE_SECONDS)
            callback = provider.answer(start.headers["Location"], "newcomer-company")
            answered = browser.get(callback, allow_redirects=False, timeout=PATIENCE_SECONDS)
            assert answered.headers["Location"] == "/onboarding", answered.text
            return browser.cookies.get(COOKIE)

    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(arrive, range(50)))

    assert None not in tokens
    assert len(set(tokens)) == 50
    assert [count_rows(app, model) for model in (User, Identity, Organisation, Membership, AuditEvent)] == [1] * 5
    with app.app_context():
        live = [token for token in tokens if token and visitors.find_visitor(token)]
    assert len(live) == 10


def test_somebody_new_at_another_provider_is_not_taken_for_someone_known(app: Flask):
    with app.app_context():
        known = accounts.sign_in(make_claims(email="kim@harbour.example"))
        other = accounts.sign_in(make_claims(email="kim@harbour.example", issuer="https://other.example/"))
    assert known.user_id != other.user_id
