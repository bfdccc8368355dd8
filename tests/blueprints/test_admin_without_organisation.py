"""Platform admins by the provider's claim and without an organisation: let in, and led to where they can work."""

import dataclasses

import pytest
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.hostile.tokens import claiming
from tests.pages import Browse
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.errors import SignInCause
from webapp.models import Membership
from webapp.services import organisations

CLAIM, WHO = "https://foyer.example/admin", "newcomer-company"


@pytest.fixture
def with_claim(app: Flask, settings: Settings, provider: RunningProvider) -> Browse:
    """Somebody at an application that knows the claim."""
    return Browse(create_app(dataclasses.replace(settings, platform_admin_claim=CLAIM)), provider)


def test_a_newcomer_with_the_claim_arrives_at_the_admin_pages(with_claim: Browse, provider: RunningProvider):
    provider.misbehave(claiming(**{CLAIM: True}))
    arrived = with_claim.sign_in(WHO)

    assert arrived.location == "/admin"
    page = with_claim.follow(arrived)
    assert "In no organisation" in page.text(".menu")
    assert page.texts(".menu a") == [], "nothing that leads nowhere"
    assert with_claim.get("/login", 303).location == "/admin"
    inactive = with_claim.get("/dashboard", 403)
    assert inactive.text("h1") == "You are not in an organisation"
    assert inactive.one("main a.btn")["href"] == "/admin"


def test_next_time_without_it_they_are_like_everybody_else(with_claim: Browse, provider: RunningProvider):
    provider.misbehave(claiming(**{CLAIM: True}), times=1)
    with_claim.sign_in(WHO)
    assert with_claim.sign_in(WHO, at="/login?fresh=1").location == "/dashboard"

    with_claim.get("/admin", 403)
    assert with_claim.follow(with_claim.get("/dashboard", 303)).text("h1") == "Set up your organisation"


def test_who_asked_for_a_page_gets_it(with_claim: Browse, provider: RunningProvider):
    provider.misbehave(claiming(**{CLAIM: True}))
    assert with_claim.sign_in(WHO, at="/login?next=/admin/health").location == "/admin/health"


@pytest.mark.parametrize("said", [False, "true", [True], 1])
def test_anything_but_true_is_no_such_claim(with_claim: Browse, provider: RunningProvider, said: object):
    provider.misbehave(claiming(**{CLAIM: said}))
    assert with_claim.sign_in(WHO).location == "/onboarding"
    with_claim.get("/admin", 403)


def test_where_no_claim_is_named_none_counts(browse: Browse, provider: RunningProvider):
    provider.misbehave(claiming(**{CLAIM: True, "None": True, "": True}))
    assert browse.sign_in(WHO).location == "/onboarding"
    browse.get("/admin", 403)


def test_an_address_that_is_not_verified_is_refused_with_it_too(with_claim: Browse, provider: RunningProvider):
    provider.misbehave(claiming(**{CLAIM: True, "email_verified": False}))
    with_claim.is_refused(with_claim.sign_in(WHO), SignInCause.EMAIL_NOT_VERIFIED)


def test_an_admin_whose_organisation_is_suspended_works_on(app: Flask, browse: Browse):
    admin_id = arrive_as_admin(browse, app)
    with app.app_context():
        organisations.suspend_any(organisations.get_any_organisation("Foyer").id, by=OPERATOR)

    for path in ("/dashboard", "/usage", "/onboarding", "/settings/organisation", "/settings/sessions"):
        assert browse.get(path, 403).text("h1") == "Your organisation is not active"
    for path in ("/admin", "/admin/people", f"/admin/people/{admin_id}"):
        page = browse.get(path)
        assert not page.all("a[href='/settings/sessions'], a[href='/dashboard']")
    with app.app_context():
        db.session.query(Membership).delete()
        db.session.commit()
    assert browse.get("/dashboard", 403).text("h1") == "You are not in an organisation"
    browse.get("/admin")
