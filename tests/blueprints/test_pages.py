"""The pages somebody set up sees, in the words of their industry, and the pages anybody may read."""

import json
import re

import pytest
from flask import Flask

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, Page
from webapp.database import db
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.models import AuditEvent, Organisation


def settled(browse: Browse, app: Flask, industry: Industry = Industry.HOTEL, **organisation: object) -> None:
    """Somebody whose organisation is set up."""
    with app.app_context():
        made = make_organisation("Corner House", industry, **organisation)
        claims = make_person(made.id)
    browse.arrive(claims)


def words_of(page: Page) -> str:
    return re.sub(r"[\d,:]+", "#", page.text("main"))


def test_the_six_dashboards_have_six_different_texts(app: Flask, browse: Browse):
    texts = {}
    for industry in Industry:
        settled(browse, app, industry)
        texts[industry] = words_of(browse.get("/dashboard"))

    assert len(set(texts.values())) == len(Industry)
    for industry, text in texts.items():
        others = set().union(*(set(other.split()) for name, other in texts.items() if name is not industry))
        assert len(set(text.split()) - others) >= 5, f"{industry} says little that the others do not"


@pytest.mark.parametrize("industry", list(Industry))
def test_a_dashboard_speaks_its_industrys_words(app: Flask, browse: Browse, industry: Industry):
    settled(browse, app, industry)
    entry = CATALOGUE[industry]

    page = browse.get("/dashboard")

    assert page.one("html")["data-industry"] == industry.value
    text = page.text("main")
    for words in (entry.place, entry.people.lower(), entry.alone, entry.classifying.title, entry.trade.hint):
        assert words in text
    assert f"{entry.requests_per_hour:,}" in text
    assert f"{entry.burst:,}" in text
    assert f"{entry.name}, Basic plan" in text


def test_next_steps_are_worked_out_from_what_is_stored_and_lead_somewhere(app: Flask, browse: Browse):
    settled(browse, app, Industry.CINEMA)
    page = browse.get("/dashboard")
    assert "1 of 3 done" in page.text("main")
    settings = browse.get("/settings/organisation")
    for link in page.all("main a[href*='#']"):
        path, _, fragment = str(link["href"]).partition("#")
        assert path == "/settings/organisation"
        assert settings.all(f"#{fragment}"), f"{link['href']} leads nowhere"

    browse.submit(settings, form="#settings", sic="59140", trade="Multiplex")

    done = browse.get("/dashboard").text("main")
    assert "3 of 3 done" in done
    assert "Motion picture projection activities" in done


def test_every_link_of_every_page_leads_somewhere(app: Flask, browse: Browse):
    settled(browse, app)
    to_see, seen = ["/", "/dashboard"], set()
    while to_see:
        path = to_see.pop()
        seen.add(path)
        page = browse.get(path)
        for element in page.all("[href], [src], form[action]"):
            target = str(element.get("href") or element.get("src") or element.get("action"))
            address = target.partition("#")[0]
            if not address.startswith("/") or address in seen or address in to_see:
                continue
            if element.name == "form" or address.startswith(("/static/", "/login", "/usage.json")):
                method = str(element.get("method", "get")).upper()
                response = browse.client.open(address, method="OPTIONS", base_url=browse.base_url)
                assert method in response.headers["Allow"], f"{path} has a form for {address}"
                seen.add(address)
            else:
                to_see.append(address)
    assert {"/usage", "/settings/organisation", "/help", "/privacy", "/accessibility", "/status"} <= seen


def test_the_sic_code_of_another_industry_is_pointed_out(app: Flask, browse: Browse):
    settled(browse, app, Industry.RETAIL, sic_code="59140")

    assert "Your SIC code is usually that of a cinema." in browse.get("/dashboard").text("main")


def test_the_gauge_shows_the_real_counters(app: Flask, browse: Browse):
    settled(browse, app, Industry.HOTEL)
    for _ in range(4):
        page = browse.get("/dashboard")

    assert page.all("[role=meter]")[0]["aria-valuenow"] == "4"
    body = json.loads(browse.get("/usage.json").html)
    assert (body["used"], body["limit"], body["left"], body["burst_used"]) == (4, 12_000, 11_996, 4)
    assert body["value_text"] == "4 of 12,000 used, 11,996 left"
    assert body["state"]["kind"] == "plenty"
    assert browse.get("/usage").text("main").count("12,000") >= 1


def test_usage_that_cannot_be_read_is_said_and_never_shown_as_nothing(app: Flask, browse: Browse, monkeypatch):
    from webapp.limiting.counts import StoreUnusable
    from webapp.limiting.extension import STORE

    settled(browse, app)

    def fail(*_: object) -> None:
        raise StoreUnusable

    monkeypatch.setattr(app.extensions[STORE], "read", fail)
    sentence = "We cannot read your usage at the moment. Your limit still applies."
    assert sentence in browse.get("/dashboard").text("main")
    assert sentence in browse.get("/usage").text("main")
    assert json.loads(browse.get("/usage.json").html) == {"available": False, "sentence": sentence}


def test_settings_say_what_changed_and_record_it(app: Flask, browse: Browse):
    settled(browse, app, Industry.HOTEL)
    page = browse.get("/settings/organisation")

    saved = browse.follow(browse.submit(page, form="#settings", industry="gym", name="Iron Hall"))

    banner = saved.text("main [role=status]")
    assert "Name changed to Iron Hall." in banner
    assert "Industry changed from Hotel to Gym. From the next request your limits are 9,000 an hour" in banner
    assert "9,000" in browse.get("/dashboard").text("main")
    with app.app_context():
        event = db.session.scalars(db.select(AuditEvent).where(AuditEvent.action == "organisation.changed")).one()
        assert event.changes["industry_type"] == ["hotel", "gym"]
        assert event.actor_user_id is not None
        assert event.reference.startswith("FY-")


def test_saving_without_a_change_says_so(app: Flask, browse: Browse):
    settled(browse, app)
    page = browse.get("/settings/organisation")

    assert "No changes to save." in browse.follow(browse.submit(page, form="#settings")).text("main [role=status]")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter the name of your organisation"),
        ("name", "a\x00b", "Name must not contain hidden or control characters"),
        ("industry", "CINEMA", "Select your industry"),
        ("sic", "99998", "We could not find “99998”. Check the code or leave it empty"),
        ("trade", "x" * 121, "Trade must be 120 characters or fewer"),
        ("trade", "a\u202eb", "Trade must not contain hidden or control characters"),
    ],
)
def test_a_mistake_in_settings_is_told_and_changes_nothing(app: Flask, browse: Browse, field, value, sentence):
    settled(browse, app)
    page = browse.get("/settings/organisation")

    refused = browse.submit(page, 422, form="#settings", **{field: value})

    assert sentence in refused.text("main [role=alert]")
    with app.app_context():
        assert db.session.scalars(db.select(Organisation.version)).one() == 1


def test_a_stale_token_in_settings_keeps_what_was_typed(app: Flask, browse: Browse):
    settled(browse, app)
    page = browse.get("/settings/organisation")

    refused = browse.submit(page, 400, form="#settings", trade="Boutique hotel", csrf_token="stale")

    assert refused.one("#trade")["value"] == "Boutique hotel"


def test_a_change_by_an_operator_bites_on_the_very_next_request(app: Flask, browse: Browse):
    settled(browse, app, plan=SubscriptionPlan.BASIC)
    assert "12,000" in browse.get("/dashboard").text("main")

    app.test_cli_runner().invoke(args=["organisations", "set-plan", "Corner House", "enterprise"])

    assert "60,000" in browse.get("/dashboard").text("main")


@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/accessibility", "/status"])
def test_open_pages_need_nobody(browse: Browse, path: str):
    browse.get(path)


def test_the_landing_page_has_a_door_for_every_industry(browse: Browse):
    page = browse.get("/")

    doors = page.all("a[href^='/login?industry=']")
    assert [door["href"] for door in doors] == [f"/login?industry={industry.value}" for industry in Industry]
    assert [" ".join(door.get_text().split()) for door in doors] == [CATALOGUE[industry].door for industry in Industry]
    assert page.one("a[href='/login?demo=1']").get_text(strip=True) == "See the Odeon Cinemas demo"


def test_the_landing_page_of_somebody_signed_in_leads_to_their_dashboard(app: Flask, browse: Browse):
    settled(browse, app)

    page = browse.get("/")
    assert "Go to my dashboard" in page.text("header")
    assert not page.all("header a[href='/login']")


def test_the_demo_link_is_hidden_where_there_is_no_local_provider(app: Flask, monkeypatch):
    import dataclasses

    from webapp import create_app
    from webapp.config import Environment

    production = dataclasses.replace(
        app.config["SETTINGS"],
        environment=Environment.PRODUCTION,
        base_url="https://foyer.example",
        oidc_issuer="https://tenant.eu.auth0.example/",
    )
    html = create_app(production).test_client().get("/", base_url="https://foyer.example").get_data(as_text=True)
    assert "One front door" in html
    assert "demo=1" not in html


@pytest.mark.parametrize(
    ("sent", "kept"), [("dark", "dark"), ("light", "light"), ("automatic", None)], ids=["dark", "light", "automatic"]
)
def test_a_theme_is_kept_and_leads_back(browse: Browse, sent: str, kept: str | None):
    page = browse.get("/help")
    token = page.one("form[action='/theme'] input[name=csrf_token]")["value"]

    answered = browse.post("/theme", {"theme": sent, "next": "/help", "csrf_token": token})

    assert answered.location == "/help"
    assert browse.get("/help").one("html").get("data-theme") == kept


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_a_theme_leads_nowhere_else(browse: Browse, place: str):
    token = browse.get("/help").one("form[action='/theme'] input[name=csrf_token]")["value"]

    assert browse.post("/theme", {"theme": "dark", "next": place, "csrf_token": token}).location == "/"


def test_an_unknown_theme_or_a_missing_token_is_refused(browse: Browse):
    token = browse.get("/help").one("form[action='/theme'] input[name=csrf_token]")["value"]

    browse.post("/theme", {"theme": "purple", "csrf_token": token}, 400)
    browse.post("/theme", {"theme": "dark"}, 400)


def test_a_cookie_with_a_theme_that_is_none_of_ours_means_automatic(browse: Browse):
    browse.client.set_cookie("foyer_theme", '"><script>', domain="127.0.0.1")
    assert browse.get("/").one("html").get("data-theme") is None


def test_somebody_new_is_not_shown_what_does_not_exist_yet(app: Flask, browse: Browse):
    browse.arrive(make_claims())
    for path in ("/", "/onboarding"):
        for missing in ("/admin", "/settings/people", "/invitations"):
            assert missing not in browse.get(path).html
