"""A new SECRET_KEY while people are at work: nobody is signed out, and no form or sign-in under way is lost."""

import dataclasses

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, path_of
from webapp import create_app
from webapp.config import Settings
from webapp.domain.errors import SignInCause
from webapp.web.visitor import COOKIE

NEW_KEY = "the-key-that-the-tests-change-to"
OLDER_KEY = "a-key-that-was-given-up-long-ago"


def rotated(browse: Browse, **keys: object) -> Browse:
    """The same browser, with all its cookies, after a deployment with these keys."""
    settings: Settings = browse.app.config["SETTINGS"]
    after = Browse(create_app(dataclasses.replace(settings, **keys)), browse.provider)  # type: ignore[arg-type]
    after.client._cookies = browse.client._cookies
    return after


def with_a_new_key(browse: Browse) -> Browse:
    """As it is done: the key in use moves to the fallbacks, behind those that are there already."""
    settings: Settings = browse.app.config["SETTINGS"]
    return rotated(browse, secret_key=NEW_KEY, secret_key_fallbacks=(settings.secret_key, OLDER_KEY))


@pytest.fixture
def owner(app: Flask, browse: Browse) -> Browse:
    """Somebody who may change the settings of an organisation."""
    with app.app_context():
        claims = make_person(make_organisation().id)
    browse.arrive(claims)
    return browse


def test_somebody_signed_in_stays_signed_in(owner: Browse):
    owner.get("/dashboard")
    token = owner.cookie(COOKIE)

    after = with_a_new_key(owner)

    after.get("/dashboard")
    assert after.cookie(COOKIE) == token


def test_a_page_that_is_open_can_still_be_sent(owner: Browse):
    theme, settings = owner.get("/help"), owner.get("/settings/organisation")
    after = with_a_new_key(owner)

    after.submit(theme, form="form[action='/theme']", press=("theme", "dark"))
    saved = after.submit(settings, form="#settings", name="Harbour Rooms & Pool")

    assert "Name changed to Harbour Rooms & Pool." in after.follow(saved).text("main [role=status]")


def test_somebody_can_still_answer_the_first_page_and_sign_out(browse: Browse):
    browse.arrive(make_claims())
    page = browse.get("/onboarding")
    after = with_a_new_key(browse)

    after.submit(page, form="#onboarding", press=("action", "open"), industry="gym", name="Iron Hall")
    assert "Iron Hall" in after.get("/dashboard").text("h1")
    after.submit(page, form="form[action='/logout']")
    after.get("/dashboard", 303)


def test_what_a_page_has_still_to_say_is_said(owner: Browse):
    owner.submit(owner.get("/settings/organisation"), form="#settings", name="Iron Hall")

    after = with_a_new_key(owner)

    assert "Name changed to Iron Hall." in after.get("/settings/organisation").text("main [role=status]")


def test_somebody_who_is_at_the_provider_comes_back_signed_in(browse: Browse):
    start = browse.get("/login?industry=hotel&next=/usage", 303)
    after = with_a_new_key(browse)

    answered = after.get(path_of(after.provider.answer(start.location, "newcomer-company")), 303)

    assert answered.location == "/onboarding?industry=hotel"
    after.get("/onboarding")


def test_a_refusal_that_is_being_told_is_told(browse: Browse):
    start = browse.get("/login", 303)
    refused = browse.get(path_of(browse.provider.deny(start.location)), 303)

    with_a_new_key(browse).is_refused(refused, SignInCause.DENIED)


def test_what_is_signed_from_then_on_outlives_the_old_key(owner: Browse):
    after = with_a_new_key(owner)
    page = after.get("/settings/organisation")

    without = rotated(after, secret_key_fallbacks=())

    without.submit(page, form="#settings", name="Iron Hall")


def test_without_the_old_key_nobody_is_signed_out_and_nothing_typed_is_lost(owner: Browse):
    page = owner.get("/settings/organisation")
    after = rotated(owner, secret_key=NEW_KEY, secret_key_fallbacks=())

    again = after.submit(page, 400, form="#settings", name="Iron Hall")

    assert again.one("#name")["value"] == "Iron Hall"
    after.submit(again, form="#settings")
    assert "Iron Hall" in after.get("/dashboard").text("h1")


def test_a_key_that_nobody_has_signs_nothing(owner: Browse):
    page = owner.get("/settings/organisation")
    after = with_a_new_key(owner)
    with after.client.session_transaction(base_url=after.base_url) as session:
        secret = session["csrf_token"]
    forged = URLSafeTimedSerializer("another-key-altogether", salt="wtf-csrf-token").dumps(secret)

    after.submit(page, 400, form="#settings", name="Taken Over", csrf_token=str(forged))
