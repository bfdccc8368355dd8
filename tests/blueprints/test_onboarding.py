"""The page between a first sign-in and the dashboard, as a person meets it."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_claims
from tests.pages import Browse, Page
from webapp.database import db
from webapp.domain.industries import CATALOGUE, Industry, industries_to_choose
from webapp.models import Organisation

OPEN = ("action", "open")
SKIP = ("action", "skip")


def stored(app: Flask) -> Organisation:
    with app.app_context():
        return db.session.scalars(select(Organisation)).one()


@pytest.fixture
def newcomer(browse: Browse) -> Browse:
    browse.arrive(make_claims(name="Priya Shah", email="priya@odeon.example"))
    return browse


def test_the_page_offers_every_industry_in_the_words_of_the_catalogue(newcomer: Browse):
    page = newcomer.get("/onboarding")

    assert page.text("h1") == "Set up your organisation"
    radios = page.all("main input[type=radio][name=industry]")
    assert [radio["value"] for radio in radios] == [industry.value for industry in industries_to_choose()]
    for industry, radio in zip(industries_to_choose(), radios, strict=True):
        words = radio.find_parent("label") or page.one(f"label[for={radio['id']}]")
        assert CATALOGUE[industry].choice in words.get_text()
        assert CATALOGUE[industry].hint in words.get_text()
    assert not page.all("main input[type=radio][checked]")


def test_the_name_is_suggested_from_a_company_address_and_said_to_be(newcomer: Browse):
    page = newcomer.get("/onboarding")

    assert page.one("#name")["value"] == "Odeon"
    assert "We suggested this from your email address." in page.text("main")


@pytest.mark.parametrize("email", ["priya@gmail.com", None])
def test_no_name_is_suggested_from_a_free_mail_address_or_none(browse: Browse, email: str | None):
    browse.arrive(make_claims(email=email, email_verified=True if email else None))

    page = browse.get("/onboarding")

    assert not page.one("#name").get("value")
    assert "We suggested this" not in page.text("main")


def test_a_door_is_chosen_already(newcomer: Browse):
    page = newcomer.get("/onboarding?industry=hotel")

    assert [radio["value"] for radio in page.all("main input[type=radio][checked]")] == ["hotel"]


@pytest.mark.parametrize("door", ["HOTEL", "spa", "", "hotel%00", "hotel&industry=gym"])
def test_an_unknown_door_is_ignored(newcomer: Browse, door: str):
    checked = newcomer.get(f"/onboarding?industry={door}").all("main input[type=radio][checked]")

    assert [radio["value"] for radio in checked] in ([], ["hotel"] if "&" in door else [])


@pytest.mark.parametrize("industry", industries_to_choose())
def test_choosing_an_industry_opens_the_dashboard(newcomer: Browse, app: Flask, industry: Industry):
    answered = newcomer.submit(
        newcomer.get("/onboarding"), form="#onboarding", press=OPEN, industry=industry.value, name="Odeon Cinemas"
    )

    assert answered.location == "/dashboard"
    dashboard = newcomer.follow(answered)
    words = f"You are in. Odeon Cinemas is set up as {CATALOGUE[industry].with_article}."
    assert words in dashboard.text("main [role=status]")
    assert not newcomer.get("/dashboard").all("main .banner[role=status]")
    row = stored(app)
    assert (row.industry_type, row.name) == (industry, "Odeon Cinemas")
    assert row.industry_chosen_at is not None


def test_skipping_opens_the_dashboard_and_asks_again_there(newcomer: Browse, app: Flask):
    answered = newcomer.submit(newcomer.get("/onboarding"), form="#onboarding", press=SKIP)

    dashboard = newcomer.follow(answered)
    assert "Tell us what you do" in dashboard.text("main")
    row = stored(app)
    assert (row.name, row.industry_type.value) == ("Priya’s organisation", "default")
    assert row.industry_chosen_at is None
    assert newcomer.get("/onboarding", 303).location == "/dashboard"


def test_someone_who_has_done_neither_is_always_brought_back(newcomer: Browse):
    for path in ("/dashboard", "/usage", "/settings/organisation"):
        assert newcomer.get(path, 303).location == "/onboarding"


def test_sending_the_form_twice_has_one_effect(newcomer: Browse, app: Flask):
    page = newcomer.get("/onboarding")
    newcomer.submit(page, form="#onboarding", press=OPEN, industry="cinema", name="Odeon")
    newcomer.get("/dashboard")

    again = newcomer.submit(page, form="#onboarding", press=OPEN, industry="cinema", name="Odeon")

    dashboard = newcomer.follow(again)
    assert "already" not in dashboard.text("main")
    assert stored(app).version == 2


def test_going_back_and_answering_otherwise_is_told_what_holds(newcomer: Browse, app: Flask):
    page = newcomer.get("/onboarding")
    newcomer.submit(page, form="#onboarding", press=OPEN, industry="cinema", name="Odeon")
    newcomer.get("/dashboard")

    again = newcomer.submit(page, form="#onboarding", press=OPEN, industry="hotel", name="Odeon")

    banner = newcomer.follow(again)
    assert "You are already set up as a cinema." in banner.text("main [role=status]")
    assert banner.one("main [role=status] a")["href"].startswith("/settings/organisation")
    assert stored(app).industry_type is Industry.CINEMA


def test_skipping_in_another_tab_after_answering_is_told_what_holds(newcomer: Browse, app: Flask):
    in_the_other_tab = newcomer.get("/onboarding")
    newcomer.submit(in_the_other_tab, form="#onboarding", press=OPEN, industry="cinema", name="Odeon")
    newcomer.get("/dashboard")

    told = newcomer.follow(newcomer.submit(in_the_other_tab, form="#onboarding", press=SKIP))

    assert "You are already set up as a cinema." in told.text("main [role=status]")
    assert told.one("main [role=status] a")["href"].startswith("/settings/organisation")
    assert stored(app).industry_type is Industry.CINEMA


def test_skipping_twice_is_no_news(newcomer: Browse):
    page = newcomer.get("/onboarding")
    newcomer.submit(page, form="#onboarding", press=SKIP)

    assert not newcomer.follow(newcomer.submit(page, form="#onboarding", press=SKIP)).all("main .banner")


BAD_INDUSTRIES = {
    "nothing": {},
    "empty": {"industry": ""},
    "upper case": {"industry": "CINEMA"},
    "padded": {"industry": " cinema "},
    "doubled": {"industry": "cinemacinema"},
    "two answers": {"industry": ["cinema", "hotel"]},
    "same answer twice": {"industry": ["cinema", "cinema"]},
    "unknown": {"industry": "spa"},
    "name of the member": {"industry": "Industry.CINEMA"},
    "nul": {"industry": "cinema\x00"},
}


@pytest.mark.parametrize("fields", BAD_INDUSTRIES.values(), ids=BAD_INDUSTRIES)
def test_an_industry_that_is_none_is_refused_and_the_name_is_kept(newcomer: Browse, app: Flask, fields):
    page = newcomer.get("/onboarding")

    refused = newcomer.submit(page, 422, form="#onboarding", press=OPEN, name="Odeon Cinemas", **fields)

    assert_refused(refused, "industry-cinema", "Select your industry, or choose “Skip for now”")
    assert refused.one("#name")["value"] == "Odeon Cinemas"
    assert stored(app).onboarded_at is None


BAD_NAMES = {
    "empty": ("", "Enter the name of your organisation"),
    "blank": (" \t ", "Name must not contain hidden or control characters"),
    "spaces": ("   ", "Enter the name of your organisation"),
    "121 characters": ("x" * 121, "Name must be 120 characters or fewer"),
    "nul": ("Ode\x00on", "Name must not contain hidden or control characters"),
    "right-to-left override": ("Ode\u202eon", "Name must not contain hidden or control characters"),
    "line break": ("Ode\non", "Name must not contain hidden or control characters"),
}


@pytest.mark.parametrize(("name", "sentence"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_name_that_cannot_be_one_is_refused_and_the_industry_is_kept(newcomer, app, name: str, sentence: str):
    page = newcomer.get("/onboarding")

    refused = newcomer.submit(page, 422, form="#onboarding", press=OPEN, name=name, industry="hotel")

    assert_refused(refused, "name", sentence)
    assert [radio["value"] for radio in refused.all("main input[type=radio][checked]")] == ["hotel"]
    assert stored(app).onboarded_at is None


def test_a_name_of_120_characters_is_taken(newcomer: Browse, app: Flask):
    newcomer.submit(newcomer.get("/onboarding"), form="#onboarding", press=OPEN, industry="gym", name="é" * 120)

    assert stored(app).name == "é" * 120


def test_an_unknown_sic_code_is_refused(newcomer: Browse, app: Flask):
    page = newcomer.get("/onboarding")

    refused = newcomer.submit(page, 422, form="#onboarding", press=OPEN, industry="gym", name="Iron Hall", sic="99998")

    assert_refused(refused, "sic", "We could not find “99998”. Check the code or leave it empty")
    assert refused.one("#sic")["value"] == "99998"
    assert stored(app).onboarded_at is None


def test_a_word_brings_codes_to_choose_from(newcomer: Browse, app: Flask):
    page = newcomer.get("/onboarding")
    asked = newcomer.submit(page, 200, form="#onboarding", press=OPEN, industry="cinema", name="Odeon", sic="hotels")

    choices = asked.all("main input[type=radio][name=sic_choice]")
    assert "55100" in [choice["value"] for choice in choices]
    assert choices[-1]["value"] == "none"
    assert stored(app).onboarded_at is None

    newcomer.submit(asked, form="#onboarding", press=OPEN, sic_choice="55100")
    assert (stored(app).sic_code, stored(app).industry_type) == ("55100", Industry.CINEMA)


def test_none_of_these_leaves_the_code_for_later(newcomer: Browse, app: Flask):
    page = newcomer.get("/onboarding")
    asked = newcomer.submit(page, 200, form="#onboarding", press=OPEN, industry="gym", name="Iron Hall", sic="hotels")

    newcomer.submit(asked, form="#onboarding", press=OPEN, sic_choice="none")

    assert stored(app).sic_code is None
    assert stored(app).onboarded_at is not None


@pytest.mark.parametrize("token", [None, "", "stale"])
@pytest.mark.parametrize("press", [OPEN, SKIP])
def test_a_missing_or_stale_token_keeps_what_was_typed(newcomer: Browse, app: Flask, token, press):
    page = newcomer.get("/onboarding")

    refused = newcomer.submit(
        page, 400, form="#onboarding", press=press, industry="hotel", name="Harbour", csrf_token=token
    )

    assert "This page was open for too long" in refused.text("main [role=alert]")
    assert refused.one("#name")["value"] == "Harbour"
    assert [radio["value"] for radio in refused.all("main input[type=radio][checked]")] == ["hotel"]
    assert stored(app).onboarded_at is None
    newcomer.submit(refused, form="#onboarding", press=OPEN)
    assert stored(app).name == "Harbour"


def test_a_body_over_256_kb_is_refused(newcomer: Browse, app: Flask):
    newcomer.post("/onboarding", {"name": "x" * 300_000}, 413)

    assert stored(app).onboarded_at is None


def test_nobody_signed_in_is_sent_to_sign_in(browse: Browse):
    assert browse.get("/onboarding", 303).location == "/login?next=%2Fonboarding"
    assert browse.post("/onboarding", {"industry": "gym"}).location == "/login"


def assert_refused(page: Page, field_id: str, sentence: str) -> None:
    """The promises of a form that failed: summary first, a link to the input, the same words at the field."""
    link = page.one(f"main [role=alert] a[href='#{field_id}']")
    assert " ".join(link.get_text().split()) == sentence
    assert page.text("title").startswith("Error: ")
    assert page.one(f"#{field_id}")["aria-invalid"] == "true"
    assert sum(sentence in text for text in page.texts("main .msg")) == 1
