"""Error pages are the safest pages: they stand on a reference alone, without database, session or form."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template

from tests.pages import squeezed
from webapp import create_app
from webapp.config import Environment, Settings
from webapp.domain.limit_policy import address_policy
from webapp.limiting.counts import Counts, Decision, decide

REFERENCE = "FY-7Q2K-04"
SAFEST = [
    *("400", "403", "404", "405", "413", "500", "503"),
    *("form_expired", "no_such_choice", "other_site", "sign_in_again"),
]


@pytest.fixture(scope="module")
def app_without_a_database() -> Flask:
    nowhere = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"
    settings = Settings(
        environment=Environment.TEST,
        base_url="http://127.0.0.1:8000",
        database_url=nowhere,
        owner_database_url=nowhere,
        secret_key="a-secret-key-for-pages-without-a-database",
        oidc_issuer="http://localhost:1/",
        oidc_client_id="client",
        oidc_client_secret="secret",
    )
    return create_app(settings)


def rendered(app: Flask, template: str, method: str = "GET", **context: object) -> BeautifulSoup:
    """The page as the template makes it from these names alone, without what every other page is given."""
    with app.test_request_context("/somewhere", method=method):
        page = app.jinja_env.get_template(template).render(reference=REFERENCE, **context)
    return BeautifulSoup(page, "html.parser")


def text_of(page: BeautifulSoup) -> str:
    return squeezed(page.get_text(" "))


@pytest.mark.parametrize("name", SAFEST)
def test_an_error_page_needs_nothing_but_a_reference(app_without_a_database: Flask, name: str):
    page = rendered(app_without_a_database, f"errors/{name}.html")

    assert len(page.select("h1")) == 1
    assert squeezed(page.select("title")[0].get_text()) == f"{squeezed(page.select('h1')[0].get_text())} – Foyer"
    assert page.select("main a.btn[href]")
    assert not page.select("form")


@pytest.mark.parametrize("name", ["400", "403", "500", "503", "no_such_choice", "other_site"])
def test_what_support_can_look_up_has_its_reference(app_without_a_database: Flask, name: str):
    assert f"quote {REFERENCE}" in text_of(rendered(app_without_a_database, f"errors/{name}.html"))


@pytest.mark.parametrize("name", ["500", "503"])
def test_trying_again_never_sends_a_form_twice(app_without_a_database: Flask, name: str):
    asked = rendered(app_without_a_database, f"errors/{name}.html").select("main a.btn")[0]
    sent = rendered(app_without_a_database, f"errors/{name}.html", method="POST").select("main a.btn")[0]

    assert (asked.get_text(), asked["href"]) == ("Try again", "")
    assert (sent.get_text(), sent["href"]) == ("Go to my dashboard", "/dashboard")


def refusal(*, hour_used: int, burst_used: int, seconds: float) -> Decision:
    counts = Counts(False, 1_000_000, hour_used, 1_000_000 + seconds, burst_used, 1_000_000 + seconds, 600, 60)
    return decide(counts, address_policy(600, 60), "organisation", is_enforced=True)


def test_an_hourly_refusal_says_what_was_used_and_when_to_come_back(app_without_a_database: Flask):
    decision = refusal(hour_used=600, burst_used=5, seconds=1380)
    page = rendered(
        app_without_a_database, "errors/429.html", decision=decision, organisation_name="Odeon", is_burst=False
    )

    assert page.select("h1")[0].get_text() == "You have reached your hourly limit"
    assert "Odeon has used all 600 requests for this hour. Nothing is lost." in text_of(page)
    assert page.select("[data-countdown='1380']")[0].get_text() == "in 23 minutes"
    assert "600 an hour, 60 in any 60 seconds" in text_of(page)
    assert page.select("main a[href='/usage']")


def test_a_burst_refusal_says_how_many_seconds_to_wait(app_without_a_database: Flask):
    decision = refusal(hour_used=61, burst_used=60, seconds=8)
    page = rendered(app_without_a_database, "errors/429.html", decision=decision, organisation_name=None, is_burst=True)

    assert page.select("h1")[0].get_text() == "You are going a little fast"
    assert "Your network address has made 60 requests in 60 seconds. You can carry on in 8 seconds" in text_of(page)
    assert not page.select("main a[href='/usage']"), "a stranger has no usage page"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Odeon Cinemas", "Odeon Cinemas is not active at the moment. Ask its owner, or contact us"),
        (None, "You do not belong to an organisation any more."),
    ],
)
def test_someone_without_an_active_organisation_can_sign_out(app_without_a_database: Flask, name, sentence: str):
    with app_without_a_database.test_request_context("/dashboard"):
        page = BeautifulSoup(
            render_template("errors/organisation_inactive.html", organisation_name=name, reference=REFERENCE),
            "html.parser",
        )

    assert sentence in text_of(page)
    assert page.select("main form")[0]["action"] == "/logout"


def test_what_went_wrong_with_a_sign_in_is_told_and_can_be_tried_again(app_without_a_database: Flask):
    page = rendered(
        app_without_a_database,
        "auth/sign_in_failed.html",
        sentence="You stopped before finishing. Nothing has changed.",
        cause="cancelled",
        status=400,
        retry_href="/login?next=/usage",
    )

    assert page.select("h1")[0].get_text() == "We could not sign you in"
    again = page.select("main a.btn")[0]
    assert (again.get_text(), again["href"]) == ("Sign in again", "/login?next=/usage")
