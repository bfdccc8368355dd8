"""Forms that change something: only with their token, and only from our own pages."""

import dataclasses
import json
import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, Page
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.models import LoginSession, Membership, Organisation
from webapp.web.other_sites import SAFE_METHODS

HEADING = "That came from another site"


@pytest.fixture
def owner(app: Flask, browse: Browse) -> Browse:
    """Somebody who may post to every page: they own an organisation, and look after all of them."""
    arrive_as_admin(browse, app)
    browse.get("/dashboard")  # so that the browser has a page session, with a token in it
    return browse


@pytest.fixture
def unsafe_routes(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of every route that takes something, each about somebody who is there."""
    with app.app_context():
        organisation_id = make_organisation().id
        make_person(organisation_id)
        place = db.session.scalars(select(Membership).where(Membership.organisation_id == organisation_id)).one()
    values = {
        "organisation_id": organisation_id,
        "user_id": place.user_id,
        "session_id": uuid.UUID(int=7),
        "industry": "cinema",
    }
    adapter = app.url_map.bind("foyer.example")
    return [
        (method, adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method=method))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - SAFE_METHODS)
    ]


def test_there_are_routes_that_take_something(unsafe_routes: list[tuple[str, str]]):
    assert {("POST", "/logout"), ("POST", "/theme"), ("POST", "/onboarding")} <= set(unsafe_routes)


@pytest.mark.parametrize("token", [{}, {"csrf_token": ""}, {"csrf_token": "stale"}, {"csrf_token": "é"}])
def test_every_route_that_takes_something_wants_its_token(
    app: Flask, unsafe_routes: list[tuple[str, str]], owner: Browse, token: dict[str, str]
):
    for method, path in unsafe_routes:
        owner.request(method, path, 400, data=token)

    with app.app_context():
        assert set(db.session.scalars(select(Organisation.version))) == {1}
        assert db.session.scalars(select(LoginSession.ended_at)).one() is None


def test_another_persons_token_is_none(
    app: Flask, unsafe_routes: list[tuple[str, str]], owner: Browse, provider: RunningProvider
):
    other = Browse(app, provider)
    other.arrive(make_claims())
    token = other.get("/onboarding").form_fields("#onboarding")["csrf_token"]

    for method, path in unsafe_routes:
        owner.request(method, path, 400, data={"csrf_token": token})


def test_a_token_does_not_open_another_site_s_form(app: Flask, unsafe_routes: list[tuple[str, str]], owner: Browse):
    token = owner.get("/settings/organisation").form_fields("#settings")["csrf_token"]

    for method, path in unsafe_routes:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            page = owner.request(method, path, 403, data={"csrf_token": token}, headers=headers)
            assert page.text("h1") == HEADING

    with app.app_context():
        assert db.session.scalars(select(LoginSession.ended_at)).one() is None


FROM_US = {
    "old browsers": {},
    "Firefox and Chrome": {"Origin": "BASE_URL", "Sec-Fetch-Site": "same-origin"},
    "Safari before 2023": {"Origin": "BASE_URL"},
    "a privacy mode": {"Origin": "null"},
    "a privacy mode of a new browser": {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    "a tab that was restored": {"Sec-Fetch-Site": "none"},
}
FROM_OTHERS = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another site that hides itself": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Origin": "https://blog.foyer.example", "Sec-Fetch-Site": "same-site"},
    "a neighbour of whom the browser says our origin": {"Origin": "BASE_URL", "Sec-Fetch-Site": "same-site"},
    "our origin by another scheme": {"Origin": "ftp://127.0.0.1"},
    "our host with another port": {"Origin": "http://127.0.0.1:1"},
    "something that begins like us": {"Origin": "BASE_URL.evil.example"},
    "two origins": {"Origin": "BASE_URL, https://evil.example"},
    "an origin with a path": {"Origin": "BASE_URL/"},
    "an empty origin": {"Origin": ""},
    "an origin that says same-origin": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    "a word that is not in the standard": {"Origin": "BASE_URL", "Sec-Fetch-Site": "Same-Origin"},
}


def sent(browse: Browse, headers: dict[str, str], expect: int, token: str | None = None) -> Page:
    """Chooses a theme with these headers, by the token on the page unless another is given."""
    good = str(browse.get("/help").one("form[action='/theme'] input[name=csrf_token]")["value"])
    ours = {name: value.replace("BASE_URL", browse.base_url) for name, value in headers.items()}
    form = {"theme": "dark", "next": "/help", "csrf_token": good if token is None else token}
    return browse.post("/theme", form, expect, headers=ours)


@pytest.mark.parametrize("headers", FROM_US.values(), ids=FROM_US)
def test_what_comes_from_our_own_pages_needs_its_token_and_no_more(browse: Browse, headers: dict[str, str]):
    assert sent(browse, headers, 303).location == "/help"

    refused = sent(browse, headers, 400, token="stale")
    assert refused.text("h1") == "This page was open for too long"


@pytest.mark.parametrize("headers", FROM_OTHERS.values(), ids=FROM_OTHERS)
def test_what_comes_from_elsewhere_is_refused_whatever_its_token(browse: Browse, headers: dict[str, str]):
    page = sent(browse, headers, 403)

    assert page.text("h1") == HEADING
    assert "Nothing was changed." in page.text("main")
    assert page.one("main a.btn-quiet")["href"] == "/"
    assert "foyer_theme" not in (page.response.headers.get("Set-Cookie") or "")


@pytest.mark.parametrize("path", ["/onboarding", "/settings/organisation"])
def test_a_form_that_checks_its_own_token_has_the_second_lock_too(owner: Browse, path: str):
    token = owner.get("/settings/organisation").form_fields("#settings")["csrf_token"]
    fields = {"csrf_token": token, "action": "skip", "industry": "gym", "name": "Taken Over", "sic": ""}

    page = owner.post(path, fields, 403, headers={"Origin": "https://evil.example"})

    assert page.text("h1") == HEADING
    assert owner.get("/settings/organisation").one("#name")["value"] == "Foyer"


def test_what_is_only_read_may_be_asked_for_from_anywhere(browse: Browse):
    """A link to us on another site is a link. Nothing is changed by following it."""
    for method in ("GET", "HEAD"):
        browse.request(method, "/help", 200, headers=FROM_OTHERS["another site"])


def test_what_leads_nowhere_is_not_there_for_other_sites_either(browse: Browse):
    browse.post("/nowhere", {}, 404, headers=FROM_OTHERS["another site"])
    browse.post("/help", {}, 405, headers=FROM_OTHERS["another site"])


def test_a_program_is_told_in_json(browse: Browse):
    headers = {**FROM_OTHERS["another site"], "Accept": "application/json"}

    assert json.loads(browse.post("/theme", {}, 403, headers=headers).html)["title"] == "Sent from another site"


def test_an_attempt_of_another_site_counts(browse: Browse):
    page = browse.post("/theme", {}, 403, headers=FROM_OTHERS["another site"])

    assert "RateLimit" in page.response.headers


def test_our_origin_is_base_url_whatever_the_host_header_says(
    settings: Settings, app: Flask, provider: RunningProvider
):
    browse = Browse(create_app(dataclasses.replace(settings, base_url="https://foyer.example")), provider)

    assert sent(browse, {"Origin": "https://foyer.example"}, 303).location == "/help"
    browse.post("/theme", {}, 400, headers={"Origin": "https://evil.example", "Host": "evil.example"})
    sent(browse, {"Origin": "http://foyer.example"}, 403)
