"""Who is let into which page, and what those are told who are not."""

import json

import pytest
from flask import Flask

from tests.blueprints.test_pages import settled
from tests.factories import make_organisation, make_person
from tests.pages import Browse
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.roles import MembershipRole
from webapp.models import Organisation
from webapp.services import organisations


@pytest.mark.parametrize("path", ["/dashboard", "/usage", "/settings/organisation"])
def test_a_stranger_is_sent_to_sign_in_and_back(browse: Browse, path: str):
    assert browse.get(path, 303).location == f"/login?next={path.replace('/', '%2F')}"


def test_a_program_that_is_not_signed_in_is_told_so(browse: Browse):
    body = json.loads(browse.get("/usage.json", 401).html)
    assert body["status"] == 401


@pytest.mark.parametrize("role", [MembershipRole.MEMBER, MembershipRole.VIEWER])
def test_only_owners_change_settings(app: Flask, browse: Browse, role: MembershipRole):
    with app.app_context():
        claims = make_person(make_organisation().id, role)
    browse.arrive(claims)

    refused = browse.get("/settings/organisation", 403)
    assert refused.text("h1") == "You do not have access to this page"
    assert f"You are signed in as {claims.email}, which may not" in refused.one("main .lede").get_text()
    assert refused.one("main a.btn[href='/dashboard']").get_text() == "Go to my dashboard"
    assert refused.text("main form[action='/logout']") == "Sign in with another account"
    assert not browse.get("/dashboard").all("a[href^='/settings/organisation']")


def test_somebody_refused_can_sign_in_with_another_account(app: Flask, browse: Browse):
    with app.app_context():
        claims = make_person(make_organisation().id, MembershipRole.VIEWER)
    browse.arrive(claims)

    out = browse.submit(browse.get("/settings/organisation", 403))

    assert out.location.startswith(f"{browse.provider.issuer}oidc/logout?")
    assert browse.get("/settings/organisation", 303).location.startswith("/login")


def test_someone_whose_organisation_is_suspended_sees_so_on_the_next_request(app: Flask, browse: Browse):
    settled(browse, app)
    browse.get("/dashboard")
    with app.app_context():
        organisations.suspend_any(db.session.scalars(db.select(Organisation.id)).one(), by=OPERATOR)

    assert "Corner House" in browse.get("/dashboard", 403).text("main")
