"""Every failure a person can meet: a sentence, a reference, a way on, and the site's look."""

import dataclasses
import json
import os
import signal
import subprocess

import pytest
from flask import Flask

from tests.factories import make_claims
from tests.pages import Browse
from tests.patience import comes_true
from tests.provider import RunningProvider
from webapp import create_app
from webapp.database_deadline import DatabaseDeadline
from webapp.demo.postgres import DemoPostgres
from webapp.schema.readiness import forget_findings
from webapp.web.visitor import COOKIE


def test_a_page_that_is_not_there(browse: Browse):
    page = browse.get("/nowhere", 404)
    assert page.text("h1") == "Page not found"
    assert page.one("main a[href='/']")


def test_a_method_that_is_not_allowed(browse: Browse):
    page = browse.request("DELETE", "/help", 405)
    assert "GET" in page.response.headers["Allow"]


@pytest.mark.parametrize("path", ["/nowhere", "/login/", "/static/none.css", "/%00", "/%ff", "/" + "x" * 3000])
def test_no_address_makes_a_500(browse: Browse, path: str):
    browse.get(path, 404)


def test_a_program_gets_a_problem_instead_of_a_page(browse: Browse):
    page = browse.get("/nowhere", 404, headers={"Accept": "application/json"})
    assert page.response.mimetype == "application/problem+json"
    problem = json.loads(page.html)
    assert (problem["status"], problem["title"]) == (404, "Not Found")
    assert problem["reference"] == page.response.headers["X-Request-Reference"]


def test_a_bug_of_ours_has_a_reference_and_a_way_on(app: Flask, browse: Browse, monkeypatch, caplog):
    def break_down() -> str:
        raise RuntimeError("a secret detail")

    monkeypatch.setitem(app.view_functions, "landing.help", break_down)
    page = browse.get("/help", 500)
    assert page.text("h1") == "Sorry, something went wrong"
    assert page.response.headers["X-Request-Reference"] in page.text("main")
    assert "secret detail" not in page.html
    assert any("RuntimeError" in (record.exc_text or str(record.exc_info)) for record in caplog.records)


def test_a_body_that_is_too_large(browse: Browse):
    page = browse.post("/theme", {"theme": "x" * 300_000}, 413)
    assert page.all("main a")


@pytest.fixture
def without_database(app: Flask, provider: RunningProvider) -> Browse:
    """The application while its database is away."""
    away = dataclasses.replace(
        app.config["SETTINGS"], database_url="postgresql+psycopg2://foyer_app@/foyer?host=/nonexistent"
    )
    return Browse(create_app(away), provider)


def test_while_the_database_is_away_the_open_pages_go_on(without_database: Browse):
    assert "One front door" in without_database.get("/").text("h1")
    assert "not working" in without_database.get("/status").text("main")


def test_while_the_database_is_away_somebody_signed_in_is_told_and_nothing_is_lost(without_database: Browse):
    without_database.client.set_cookie(COOKIE, "x" * 43, domain="127.0.0.1")

    page = without_database.get("/dashboard", 503)

    assert page.text("h1") == "Foyer is not working at the moment"
    assert "Nothing was saved or lost." in page.text("main")
    assert page.response.headers["Retry-After"] == "30"
    assert page.response.headers["X-Request-Reference"] in page.text("main")
    assert without_database.cookie(COOKIE) == "x" * 43


def test_while_the_database_is_away_nobody_can_sign_in_but_is_told(without_database: Browse):
    told = without_database.follow(without_database.sign_in("newcomer-company"), 503)
    assert "The fault is ours" in told.text("main")


def test_health_while_all_is_well(browse: Browse):
    assert json.loads(browse.get("/healthz").html) == {"status": "alive"}
    ready = json.loads(browse.get("/readyz").html)
    assert ready["status"] == "ready"
    assert ready["checks"]["database"]["ok"]
    assert ready["checks"]["schema"]["ok"]


def test_health_while_the_database_is_away(without_database: Browse):
    assert without_database.get("/healthz").status == 200
    body = json.loads(without_database.get("/readyz", 503).html)
    assert body["checks"]["database"]["ok"] is False
    assert "DATABASE_URL" in body["checks"]["database"]["remedy"]
    assert not body["checks"]["schema"]["ok"]


def test_health_of_a_database_that_is_behind_names_the_command(
    app: Flask, cluster: DemoPostgres, provider: RunningProvider
):
    from flask_migrate import upgrade

    from webapp.config import with_driver

    cluster.create_database("behind")
    settings = dataclasses.replace(
        app.config["SETTINGS"],
        database_url=with_driver(cluster.application_url("behind")),
        owner_database_url=with_driver(cluster.owner_url("behind")),
    )
    behind = create_app(settings)
    browse = Browse(behind, provider)
    never = json.loads(browse.get("/readyz", 503).html)["checks"]["schema"]
    assert never["detail"] == "No migration was ever run on this database."
    with behind.app_context():
        upgrade(revision="007_add_industry_type")
    forget_findings()  # what was found is kept for five seconds
    check = json.loads(browse.get("/readyz", 503).html)["checks"]["schema"]
    assert check["detail"].startswith("The database is at 007_add_industry_type")
    assert check["remedy"] == "flask --app wsgi db upgrade"


def test_a_frozen_database_is_given_up_and_heals_by_itself(
    app: Flask, browse: Browse, cluster: DemoPostgres, monkeypatch: pytest.MonkeyPatch
):
    """For how long it is waited for in production is seen with a whole stack, under `faults`."""
    browse.arrive(make_claims())
    browse.get("/onboarding")
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(cluster.pid)], capture_output=True, text=True, check=True
    )
    frozen = [int(pid) for pid in children.stdout.split()] + [cluster.pid]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        with monkeypatch.context() as hurry:
            hurry.setattr(app, "wsgi_app", DatabaseDeadline(app.wsgi_app, seconds=1))
            assert browse.get("/onboarding", 503).response.headers["Retry-After"] == "30"
        assert browse.get("/healthz").status == 200
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert comes_true(lambda: browse.client.get("/onboarding", base_url=browse.base_url).status_code == 200)
