"""Doors and the demo's link for somebody who is signed in already."""

import dataclasses

import requests
from flask import Flask

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, path_of
from tests.patience import PATIENCE_SECONDS
from webapp import create_app
from webapp.config import Environment


def test_a_door_is_carried_to_somebody_who_has_still_to_choose(browse: Browse):
    browse.arrive(make_claims())

    answered = browse.get("/login?industry=hotel", 303)

    assert answered.location == "/onboarding?industry=hotel"
    chosen = browse.follow(answered).all("main input[type=radio][checked]")
    assert [radio["value"] for radio in chosen] == ["hotel"]


def test_a_door_leads_somebody_who_is_set_up_to_their_dashboard(app: Flask, browse: Browse):
    with app.app_context():
        claims = make_person(make_organisation().id)
    browse.arrive(claims)

    assert browse.get("/login?industry=gym", 303).location == "/dashboard"


def test_an_unknown_door_is_ignored_for_somebody_signed_in_too(browse: Browse):
    browse.arrive(make_claims())

    assert browse.get("/login?industry=spa", 303).location == "/dashboard"


def test_the_demo_link_signs_odeons_owner_in_whoever_was_signed_in_before(app: Flask, browse: Browse):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    browse.sign_in("newcomer-company")

    start = browse.get("/login?demo=1", 303)
    back = requests.get(start.location, allow_redirects=False, timeout=PATIENCE_SECONDS).headers["Location"]

    assert browse.follow(browse.get(path_of(back), 303)).text("h1") == "Odeon Cinemas"


def test_the_demo_link_is_nothing_special_without_a_local_provider(app: Flask):
    production = dataclasses.replace(
        app.config["SETTINGS"], environment=Environment.PRODUCTION, base_url="https://foyer.example"
    )

    start = create_app(production).test_client().get("/login?demo=1", base_url="https://foyer.example")

    assert "login_hint" not in start.headers["Location"]
