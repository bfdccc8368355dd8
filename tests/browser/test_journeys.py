"""From the street to the desk in a real browser, with scripts and without."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.conftest import PHONE, OpenPage, keep_picture
from webapp.database import db
from webapp.models import Organisation

pytestmark = pytest.mark.browser

SCRIPTS = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])


def stored_industries(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(db.text("SELECT industry_type::text FROM organisations")))


def sign_in_as(page: Page, name: str) -> None:
    """At the provider, which is another site."""
    expect(page.get_by_role("heading", name="Who are you today?")).to_be_visible()
    page.get_by_role("button", name=name).click()


@SCRIPTS
def test_a_newcomer_signs_in_answers_two_questions_and_arrives(app: Flask, open_page: OpenPage, has_scripts: bool):
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/")
    keep_picture(page, "landing")
    page.get_by_role("link", name="Sign in or create an account").first.click()
    sign_in_as(page, "Priya Shah")

    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your organisation")
    keep_picture(page, "onboarding")
    page.locator("label.choice", has_text="Cinema").click()
    page.get_by_label("What is your organisation called?").fill("Odeon Leicester Square")
    page.get_by_role("button", name="Open my dashboard").click()

    expect(page.get_by_role("status").first).to_contain_text(
        "You are in. Odeon Leicester Square is set up as a cinema."
    )
    assert page.url.endswith("/dashboard")
    assert page.locator("html").get_attribute("data-industry") == "cinema"
    keep_picture(page, "dashboard")
    assert stored_industries(app) == ["cinema"]


@SCRIPTS
def test_a_door_takes_two_clicks_and_nothing_typed(app: Flask, open_page: OpenPage, has_scripts: bool):
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/")
    page.get_by_role("link", name="Hotel").click()  # one
    sign_in_as(page, "Priya Shah")
    page.get_by_role("button", name="Open my dashboard").click()  # two

    expect(page.get_by_role("status").first).to_contain_text("Harbour Rooms is set up as a hotel")
    assert stored_industries(app) == ["hotel"]


@SCRIPTS
def test_skipping_takes_two_clicks(app: Flask, open_page: OpenPage, has_scripts: bool):
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/")
    page.get_by_role("link", name="Sign in or create an account").first.click()
    sign_in_as(page, "Sam Okoro")
    page.get_by_role("button", name="Skip for now").click()

    expect(page.get_by_text("Tell us what you do")).to_be_visible()
    assert stored_industries(app) == ["default"]


@SCRIPTS
def test_a_browser_that_was_left_somewhere_is_signed_out_from_a_distance(
    app: Flask, open_page: OpenPage, has_scripts: bool
):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    left, here = (open_page(java_script_enabled=has_scripts) for _ in range(2))
    for page in (left, here):
        page.goto("/login?demo=1")
    here.locator("header summary").first.click()
    here.get_by_role("link", name="Where you are signed in").click()
    here.get_by_role("button", name="Sign out Chrome").click()

    expect(here.get_by_role("status").first).to_contain_text("That browser is signed out.")
    expect(here.get_by_text("You are signed in nowhere else.")).to_be_visible()
    left.reload()
    expect(left.get_by_role("heading", name="Who are you today?")).to_be_visible()


@SCRIPTS
def test_the_odeon_demo_takes_one_click(app: Flask, open_page: OpenPage, has_scripts: bool):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/")
    page.get_by_role("link", name="See the Odeon Cinemas demo").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Odeon Cinemas")
    expect(page.locator("main")).to_contain_text("36,000")
    keep_picture(page, "odeon-dashboard")


@SCRIPTS
def test_mistakes_are_told_first_and_what_was_typed_is_kept(open_page: OpenPage, has_scripts: bool):
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/login")
    sign_in_as(page, "Priya Shah")
    page.get_by_label("What is your organisation called?").fill("")
    page.get_by_role("button", name="Open my dashboard").click()

    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Select your industry, or choose “Skip for now”")
    expect(summary).to_contain_text("Enter the name of your organisation")
    assert page.title().startswith("Error: Set up your organisation")
    keep_picture(page, "onboarding-errors")
    if has_scripts:
        expect(summary).to_be_focused()
    summary.get_by_role("link", name="Select your industry").click()
    expect(page.locator("#industry-cinema")).to_be_focused()


@SCRIPTS
def test_signing_out_reaches_the_provider_under_the_policy_and_back_shows_nothing(
    open_page: OpenPage, has_scripts: bool
):
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/login")
    sign_in_as(page, "Sam Okoro")
    page.get_by_role("button", name="Skip for now").click()
    visited: list[str] = []
    page.on("request", lambda request: visited.append(request.url))
    sign_out = page.get_by_role("button", name="Sign out")
    if not sign_out.is_visible():
        page.locator("header summary").first.click()
    sign_out.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("One front door for every business")
    assert any("/oidc/logout" in address for address in visited)
    page.go_back()
    page.wait_for_url("**/authorize**")  # the dashboard is asked for again, and asks who is there


@SCRIPTS
def test_settings_are_changed_and_say_what_changed(app: Flask, open_page: OpenPage, has_scripts: bool):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/login?demo=1&next=/settings/organisation")
    page.locator("label.choice", has_text="Hotel").click()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status").first).to_contain_text("Industry changed from Cinema to Hotel.")
    keep_picture(page, "settings-saved")
    page.reload()
    expect(page.get_by_text("Industry changed from")).to_have_count(0)


def test_the_meter_follows_what_is_used_without_a_reload(app: Flask, open_page: OpenPage):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    page = open_page()
    page.clock.install()
    page.goto("/login?demo=1")
    meter = page.get_by_role("meter").first
    before = int(meter.get_attribute("aria-valuenow") or 0)
    other = page.context.new_page()
    for _ in range(3):
        other.goto("/settings/organisation")
    with page.expect_response("**/usage.json"):
        page.clock.fast_forward(16_000)
    expect(meter).to_have_attribute("aria-valuenow", str(before + 3))


def test_the_state_stays_as_it_was_said_until_something_is_asked_for(app: Flask, open_page: OpenPage):
    app.test_cli_runner().invoke(args=["seed", "demo"])
    page = open_page()
    page.clock.install()
    page.goto("/login?demo=1")
    state = page.locator("[data-state]")
    expect(state).to_contain_text("You have not made any requests yet, apart from opening this page.")
    with page.expect_response("**/usage.json"):
        page.clock.fast_forward(16_000)
    expect(page.get_by_role("meter").first).to_have_attribute("aria-valuenow", "1")
    expect(state).to_contain_text("Ready")
    expect(page.locator("[data-nothing-used]")).to_be_visible()

    page.context.new_page().goto("/settings/organisation")
    with page.expect_response("**/usage.json"):
        page.clock.fast_forward(16_000)
    expect(state).to_contain_text("Plenty left")
    expect(page.locator("[data-nothing-used]")).to_have_count(0)


def test_a_second_press_sends_nothing(app: Flask, open_page: OpenPage):
    page = open_page()
    page.goto("/login?industry=gym")
    sign_in_as(page, "Priya Shah")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Open my dashboard").dblclick()
    expect(page.get_by_role("status").first).to_contain_text("is set up as a gym")
    assert len(sent) == 1


def test_the_theme_is_chosen_kept_and_given_back(open_page: OpenPage):
    page = open_page(color_scheme="light")
    page.goto("/help")
    page.get_by_role("button", name="Dark").click()
    assert page.url.endswith("/help")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto("/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="Automatic").click()
    assert page.locator("html").get_attribute("data-theme") is None


def test_a_person_over_the_limit_is_told_when_to_come_back(app: Flask, open_page: OpenPage):
    runner = app.test_cli_runner()
    runner.invoke(args=["seed", "demo"])
    runner.invoke(args=["limits", "set", "Odeon Cinemas", "--hour", "4", "--burst", "3"])
    page = open_page(viewport=PHONE)
    page.goto("/login?demo=1")
    for _ in range(4):
        response = page.goto("/dashboard")
    assert response is not None
    assert response.status == 429
    expect(page.get_by_role("heading", level=1)).to_have_text("You are going a little fast")
    keep_picture(page, "over-the-limit-phone")
    usage = page.goto("/usage")
    assert usage is not None
    assert usage.status == 200
    keep_picture(page, "usage-phone")


def test_the_first_tab_skips_to_the_content(open_page: OpenPage):
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_industry_has_its_own_colour_and_words(app: Flask, open_page: OpenPage):
    accents, words = set(), set()
    for industry in ("cinema", "hotel", "gym", "b2b", "retail", "default"):
        page = open_page()
        page.goto(f"/login?industry={industry}")
        page.get_by_label("E-mail address").fill(f"kim@{industry}-place.example")
        page.get_by_role("button", name="Sign in as somebody else").click()
        page.get_by_role("button", name="Open my dashboard").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        keep_picture(page, f"dashboard-{industry}")
        accents.add(page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')"))
        words.add(page.locator("main").inner_text())
    assert len(accents) == len(words) == 6
    with app.app_context():
        assert len(set(db.session.scalars(select(Organisation.industry_type)))) == 6
