"""Who is asking, on the one page that has to stand while nobody can be looked up."""

import dataclasses

from flask import Flask

from tests.factories import make_claims
from tests.pages import Browse
from tests.provider import RunningProvider
from webapp import create_app
from webapp.web.visitor import COOKIE


def test_somebody_signed_in_sees_on_the_status_page_that_the_database_is_away(app: Flask, provider: RunningProvider):
    nowhere = "postgresql+psycopg2://foyer_app@/foyer?host=/nonexistent"
    browse = Browse(create_app(dataclasses.replace(app.config["SETTINGS"], database_url=nowhere)), provider)
    browse.client.set_cookie(COOKIE, "x" * 43, domain="127.0.0.1")

    assert "Something is not working at the moment." in browse.get("/status").text("main")
    browse.get("/help", 503)


def test_somebody_signed_in_is_known_on_the_status_page_while_all_is_well(browse: Browse):
    browse.arrive(make_claims())

    assert "Go to my dashboard" in browse.get("/status").text("header")
