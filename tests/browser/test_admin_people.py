"""What admins do for and about people, in real browsers: one is blocked, and one is looked at as they see it."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage, keep_picture
from tests.browser.test_admin_journeys import sign_in
from tests.browser.test_journeys import SCRIPTS

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(app: Flask) -> None:
    """The demo's organisations and people: Marta Bell is a platform admin, Olivia Hart owns Odeon Cinemas."""
    app.test_cli_runner().invoke(args=["seed", "demo"])


def find_olivia(admin: Page) -> None:
    admin.get_by_label("Search by name or email").fill("olivia")
    admin.get_by_role("button", name="Search").click()
    admin.get_by_role("link", name="Olivia Hart").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Olivia Hart")


@SCRIPTS
@pytest.mark.usefixtures("scene")
def test_blocking_somebody_ends_what_they_are_doing(open_page: OpenPage, has_scripts: bool):
    theirs = sign_in(open_page(java_script_enabled=has_scripts), "Olivia Hart", "/settings/organisation")
    admin = sign_in(open_page(java_script_enabled=has_scripts), "Marta Bell", "/admin/people")
    find_olivia(admin)

    admin.get_by_role("link", name="Block").click()
    admin.get_by_role("button", name="Block").click()
    expect(admin.get_by_role("alert")).to_contain_text("Enter a reason")
    admin.get_by_label("Reason").fill("Left the company")
    admin.get_by_role("button", name="Block").click()
    expect(admin.locator(".banner")).to_contain_text("Blocked. Signed out of 1 browser.")
    expect(admin.locator(".page-head .tag")).to_have_text("Blocked")
    keep_picture(admin, "admin-person-blocked")

    theirs.get_by_role("link", name="Dashboard").first.click()  # their next click leads to signing in
    theirs.get_by_role("button", name="Olivia Hart").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("We could not sign you in")
    expect(theirs.locator("main")).to_contain_text("Your account cannot sign in to Foyer.")

    admin.get_by_role("link", name="Unblock").click()
    admin.get_by_role("button", name="Unblock").click()
    expect(admin.locator(".page-head .tag")).to_have_text("Active")
    theirs.goto("/login?demo=1&next=/dashboard")
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Odeon Cinemas")


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(("has_scripts", "viewport"), [(True, None), (False, PHONE)], ids=["scripts", "no-scripts"])
def test_looking_as_somebody_sees_it_and_changing_nothing(
    open_page: OpenPage, has_scripts: bool, viewport: dict[str, int] | None
):
    options = {"viewport": viewport} if viewport else {}
    admin = sign_in(open_page(java_script_enabled=has_scripts, **options), "Marta Bell", "/admin/people")
    find_olivia(admin)
    admin.get_by_role("link", name="Look as they see it").click()
    admin.get_by_label("Why do you need to look?").fill("They cannot find their settings")
    admin.get_by_role("button", name="Start looking").click()

    expect(admin.get_by_role("heading", level=1)).to_have_text("Odeon Cinemas")
    banner = admin.get_by_role("complementary", name="Looking as somebody else")
    expect(banner).to_contain_text("You are looking at Foyer as Olivia Hart of Odeon Cinemas sees it, until ")
    keep_picture(admin, f"looking-{'desk' if has_scripts else 'phone'}")
    admin.goto("/settings/organisation")
    admin.get_by_label("Name", exact=True).fill("Mine now")
    admin.get_by_role("button", name="Save changes").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("You are only looking")
    expect(admin.locator("main")).to_contain_text("Nothing was changed.")
    expect(banner).to_be_visible()
    admin.goto("/settings/organisation")
    expect(admin.get_by_label("Name", exact=True)).to_have_value("Odeon Cinemas")
    admin.goto("/admin")
    expect(admin.get_by_role("heading", level=1)).to_have_text("You are only looking")

    admin.get_by_role("button", name="Stop looking").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Olivia Hart")
    expect(admin.locator(".banner")).to_contain_text("You see Foyer as yourself again.")
    expect(banner).to_have_count(0)
    admin.get_by_role("link", name="Full log").click()
    expect(admin.locator("tbody")).to_contain_text("They cannot find their settings")
    expect(admin.locator("tbody")).to_contain_text("Page: /settings/organisation")
