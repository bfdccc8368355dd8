"""Labels of a newer build's, as after a rollback: shown as they are, never rewritten, and not to be chosen."""

from pathlib import Path

import pytest

from tests.factories import make_claims, make_organisation, make_person
from tests.own_database import OwnDatabase
from tests.pages import Browse, Page
from webapp.database import db
from webapp.domain.claims import IdentityClaims
from webapp.domain.industries import CATALOGUE, Industry, industries_to_choose
from webapp.models import AuditEvent
from webapp.services.accounts import sign_in

DEFAULT = CATALOGUE[Industry.DEFAULT]
STORED = "SELECT industry_type::text FROM organisations"
SETTINGS = "/settings/organisation"


@pytest.fixture
def owner(ahead: OwnDatabase) -> IdentityClaims:
    """Somebody whose organisation a newer build has put into the industry "spa"."""
    with ahead.app.app_context():
        claims = make_person(make_organisation("Corner House", Industry.HOTEL).id, name="Kim Doyle")
    ahead.change("UPDATE organisations SET industry_type = 'spa'")
    return claims


@pytest.fixture
def spa(ahead: OwnDatabase, owner: IdentityClaims) -> Browse:
    ahead.browse.arrive(owner)
    return ahead.browse


def changes(ahead: OwnDatabase, action: str) -> dict[str, list[object]]:
    with ahead.app.app_context():
        return db.session.scalars(db.select(AuditEvent).where(AuditEvent.action == action)).one().changes


def checked(page: Page) -> list[str]:
    return [str(radio["value"]) for radio in page.all("main input[name=industry][checked]")]


def test_the_dashboard_shows_the_label_with_the_default_words_and_limits(spa: Browse):
    page = spa.get("/dashboard")

    assert page.text(".organisation-head p").startswith("spa · With Foyer since")
    assert page.one("html")["data-industry"] == "spa"
    text = page.text("main")
    for words in (DEFAULT.place, DEFAULT.alone, DEFAULT.trade.hint, "spa · Corner House"):
        assert words in text
    assert f"{DEFAULT.requests_per_hour:,}" in text
    assert "Limits come from General, Basic plan" in text, "a figure's source is what it was really taken from"


def test_its_accent_is_the_default_one():
    css = (Path(__file__).parents[2] / "static/css/foyer.css").read_text()
    assert "--accent: var(--default);" in css.partition("[data-industry")[0], "set on the root, whatever its industry"


@pytest.mark.parametrize("path", ["/usage", "/", "/help", "/status"])
def test_other_pages_go_on(spa: Browse, path: str):
    spa.get(path)


def test_figures_go_on(spa: Browse):
    assert spa.get("/usage.json").response.get_json()["limit"] == DEFAULT.requests_per_hour


def test_a_sic_code_is_not_held_against_an_industry_that_this_build_cannot_judge(ahead: OwnDatabase, spa: Browse):
    ahead.change("UPDATE organisations SET sic_code = '59140'")

    assert "Your SIC code is usually" not in spa.get("/dashboard").text("main")


def test_an_unknown_plan_is_shown_and_has_the_limits_of_the_basic_one(ahead: OwnDatabase, spa: Browse):
    ahead.change("UPDATE organisations SET subscription_plan = 'gold', industry_type = 'gym'")

    page = spa.get("/dashboard")

    assert "gold" in page.texts(".tag[data-kind=accent]")
    assert f"{CATALOGUE[Industry.GYM].requests_per_hour:,}" in page.text("main")


def test_an_unknown_role_is_shown_and_gives_no_rights(ahead: OwnDatabase, spa: Browse):
    ahead.change("UPDATE memberships SET role = 'auditor'")

    page = spa.get("/dashboard")

    assert "auditor of Corner House" in page.text(".menu p")
    assert not page.all(f"a[href^='{SETTINGS}']")
    spa.get(SETTINGS, 403)
    token = page.one(".menu input[name=csrf_token]")["value"]
    spa.post(SETTINGS, {"name": "Mine", "industry": "gym", "csrf_token": token}, 403)
    ahead.change("UPDATE organisations SET onboarded_at = NULL")
    spa.post("/onboarding", {"name": "Mine", "industry": "gym", "action": "open", "csrf_token": token}, 403)
    spa.post("/onboarding", {"action": "skip", "csrf_token": token}, 403)
    assert ahead.value("SELECT name FROM organisations") == "Corner House"


def test_settings_offer_to_keep_what_is_stored_and_nothing_that_could_send_it(spa: Browse):
    page = spa.get(SETTINGS)

    radios = [str(radio["value"]) for radio in page.all("main input[name=industry]")]
    assert radios == ["keep", *(industry.value for industry in industries_to_choose())]
    assert checked(page) == ["keep"]
    assert page.text(".choice:has(:checked)") == f"Keep spa {DEFAULT.hint}"


def test_the_other_settings_can_be_changed_and_the_label_stays(ahead: OwnDatabase, spa: Browse):
    saved = spa.follow(spa.submit(spa.get(SETTINGS), form="#settings", name="Warm Springs", trade="Day spa"))

    assert saved.text("main [role=status]").endswith("Name changed to Warm Springs. Trade changed to Day spa.")
    assert ahead.value(STORED) == "spa"
    assert set(changes(ahead, "organisation.changed")) == {"name", "industry"}
    assert "No changes to save." in spa.follow(spa.submit(spa.get(SETTINGS), form="#settings")).text("main")


def test_another_industry_may_be_chosen_in_its_place(ahead: OwnDatabase, spa: Browse):
    saved = spa.follow(spa.submit(spa.get(SETTINGS), form="#settings", industry="gym"))

    assert "Industry changed from spa to Gym. From the next request your limits are 9,000 an hour" in saved.text(
        "main [role=status]"
    )
    assert ahead.value(STORED) == "gym"
    assert changes(ahead, "organisation.changed") == {"industry_type": ["spa", "gym"]}
    assert not saved.all("main input[value=keep]")


@pytest.mark.parametrize("industry", ["spa", "SPA", "Keep spa", "KEEP", "", ["keep", "gym"], ["keep", "keep"]], ids=str)
def test_the_label_itself_cannot_be_chosen(ahead: OwnDatabase, spa: Browse, industry: str | list[str]):
    refused = spa.submit(spa.get(SETTINGS), 422, form="#settings", industry=industry, name="Warm Springs")

    assert refused.one("main [role=alert] a[href='#industry-keep']").get_text(strip=True) == "Select your industry"
    assert refused.one("#industry-keep")["aria-invalid"] == "true"
    assert refused.one("#name")["value"] == "Warm Springs"
    assert (ahead.value(STORED), ahead.value("SELECT name FROM organisations")) == ("spa", "Corner House")


def test_a_mistake_elsewhere_keeps_the_answer_to_keep(spa: Browse):
    refused = spa.submit(spa.get(SETTINGS), 422, form="#settings", name="")

    assert checked(refused) == ["keep"]


def test_keeping_is_no_answer_where_the_industry_can_be_chosen(ahead: OwnDatabase, spa: Browse):
    ahead.change("UPDATE organisations SET industry_type = 'hotel'")
    page = spa.get(SETTINGS)
    assert checked(page) == ["hotel"]

    refused = spa.submit(page, 422, form="#settings", industry="keep", name="Warm Springs")

    assert refused.one("main [role=alert] a[href='#industry-cinema']").get_text(strip=True) == "Select your industry"
    assert refused.one("#name")["value"] == "Warm Springs"
    assert ahead.value(STORED) == "hotel"


def test_an_industry_that_is_no_longer_offered_can_be_kept_too(ahead: OwnDatabase, spa: Browse, monkeypatch):
    from dataclasses import replace

    ahead.change("UPDATE organisations SET industry_type = 'hotel'")
    monkeypatch.setitem(CATALOGUE, Industry.HOTEL, replace(CATALOGUE[Industry.HOTEL], may_be_chosen=False))

    page = spa.get(SETTINGS)
    assert page.text(".choice:has(:checked)") == "Keep Hotel Rooms, stays and guests"
    spa.submit(page, 422, form="#settings", industry="hotel")
    spa.submit(page, form="#settings", name="The Old Inn")

    assert (ahead.value(STORED), ahead.value("SELECT name FROM organisations")) == ("hotel", "The Old Inn")


def test_somebody_of_such_an_organisation_signs_in(ahead: OwnDatabase, owner: IdentityClaims):
    with ahead.app.app_context():
        assert sign_in(owner).is_onboarded
    assert ahead.value("SELECT industry FROM activity WHERE what = 'sign_in_succeeded'") == "spa"


@pytest.fixture
def newcomer(ahead: OwnDatabase) -> Browse:
    """Somebody whose organisation a newer build has made, in the industry "spa", and who has answered nothing yet."""
    ahead.browse.arrive(make_claims(name="Priya Shah", email="priya@gmail.com"))
    ahead.change("UPDATE organisations SET industry_type = 'spa'")
    return ahead.browse


def test_a_newcomer_chooses_an_industry_that_this_build_knows(ahead: OwnDatabase, newcomer: Browse):
    page = newcomer.get("/onboarding")
    assert checked(page) == []
    assert not page.all("main input[value=keep]")
    for wrong in ("spa", "keep"):
        newcomer.submit(page, 422, form="#onboarding", press=("action", "open"), industry=wrong, name="Iron Hall")

    newcomer.submit(page, form="#onboarding", press=("action", "open"), industry="gym", name="Iron Hall")

    assert ahead.value(STORED) == "gym"
    assert changes(ahead, "onboarding.finished")["industry_type"] == ["spa", "gym"]


def test_a_newcomer_who_skips_leaves_it_as_it_is(ahead: OwnDatabase, newcomer: Browse):
    page = newcomer.get("/onboarding")
    newcomer.submit(page, form="#onboarding", press=("action", "skip"))

    assert "spa" in newcomer.get("/dashboard").text(".organisation-head")
    assert ahead.value(STORED) == "spa"
    again = newcomer.submit(page, form="#onboarding", press=("action", "open"), industry="gym", name="Iron Hall")
    assert "You have already skipped this page." in newcomer.follow(again).text("main [role=status]")


def test_an_answer_that_a_newer_build_took_is_told_by_its_label(ahead: OwnDatabase, newcomer: Browse):
    page = newcomer.get("/onboarding")
    ahead.change("UPDATE organisations SET onboarded_at = now(), industry_chosen_at = now()")

    again = newcomer.submit(page, form="#onboarding", press=("action", "open"), industry="gym", name="Iron Hall")

    assert "You are already set up as spa." in newcomer.follow(again).text("main [role=status]")
    assert ahead.value(STORED) == "spa"
