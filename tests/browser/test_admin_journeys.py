"""What admins come for, in a real browser: an organisation found and its limit raised, and one suspended."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage, keep_picture
from tests.browser.test_journeys import SCRIPTS, sign_in_as

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(app: Flask) -> None:
    """The demo's organisations and people: Marta Bell is a platform admin, Olivia Hart owns Odeon Cinemas."""
    app.test_cli_runner().invoke(args=["seed", "demo"])


def sign_in(page: Page, who: str, to: str) -> Page:
    page.goto(f"/login?next={to}")
    sign_in_as(page, who)
    page.wait_for_url(f"**{to}")
    return page


@SCRIPTS
@pytest.mark.usefixtures("scene")
def test_finding_an_organisation_and_raising_its_limit(open_page: OpenPage, has_scripts: bool):
    owner = sign_in(open_page(), "Olivia Hart", "/usage")
    admin = sign_in(open_page(java_script_enabled=has_scripts), "Marta Bell", "/admin/organisations")

    admin.get_by_label("Search by name, email or SIC code").fill("odeon")  # finding it: one field, two clicks
    admin.get_by_role("button", name="Search").click()
    admin.get_by_role("link", name="Odeon Cinemas").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Odeon Cinemas")
    admin.get_by_label("Requests an hour").first.fill("50,000")  # raising it: one field, one click
    admin.get_by_role("button", name="Save changes").click()

    expect(admin.locator(".banner")).to_contain_text(
        "Hourly limit changed from 36,000 to 50,000. It applies from the next request."
    )
    keep_picture(admin, "admin-organisation-saved")
    owner.reload()
    expect(owner.locator("main")).to_contain_text("50,000")
    admin.get_by_role("link", name="Cancel").click()
    assert admin.url.endswith("/admin/organisations?q=odeon"), "back to the list as it was"


@pytest.mark.usefixtures("scene")
def test_suspending_an_organisation_and_resuming_it_without_scripts(open_page: OpenPage):
    owner = sign_in(open_page(), "Olivia Hart", "/dashboard")
    admin = sign_in(open_page(java_script_enabled=False, viewport=PHONE), "Marta Bell", "/admin/organisations?q=odeon")

    admin.get_by_role("link", name="Odeon Cinemas").click()
    admin.get_by_role("link", name="Suspend Odeon Cinemas").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Suspend Odeon Cinemas?")
    admin.get_by_role("button", name="Suspend").click()
    expect(admin.get_by_role("alert")).to_contain_text("Enter a reason")
    admin.get_by_label("Reason").fill("Asked for by their owner")
    keep_picture(admin, "admin-organisation-suspend")
    admin.get_by_role("button", name="Suspend").click()
    expect(admin.locator(".page-head .tag")).to_have_text("Suspended")

    owner.reload()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Your organisation is not active")
    admin.get_by_role("link", name="Resume Odeon Cinemas").click()
    admin.get_by_role("button", name="Resume").click()
    owner.reload()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Odeon Cinemas")
