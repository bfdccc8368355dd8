"""Support's journey: somebody reads out the reference of a page on which they could not sign in, and it is found."""

import re

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, keep_picture
from tests.browser.test_journeys import sign_in_as
from webapp.domain.demo_story import ODEON_OWNER_EMAIL

pytestmark = pytest.mark.browser


def test_a_reference_from_an_error_page_leads_to_who_it_was_and_why(app: Flask, open_page: OpenPage):
    run = app.test_cli_runner()
    run.invoke(args=["seed", "demo"])
    run.invoke(args=["users", "block", ODEON_OWNER_EMAIL, "--reason", "Left the company"])
    theirs = open_page(java_script_enabled=False)
    theirs.goto("/login?demo=1")
    expect(theirs.get_by_role("heading", level=1)).to_have_text("We could not sign you in")
    reference = re.search(r"FY-\w{4}-\d\d", theirs.locator("main").inner_text())
    assert reference

    page = open_page(java_script_enabled=False)
    page.goto("/login?next=/admin/audit")
    sign_in_as(page, "Marta Bell")
    page.get_by_label("Search by person, organisation or reference").fill(reference[0])
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("status")).to_contain_text("1 entry, newest first")
    line = page.locator("tbody tr")
    expect(line).to_contain_text("Could not sign in")
    expect(line).to_contain_text("This person is blocked")
    expect(line).to_contain_text(reference[0])
    keep_picture(page, "admin-audit-reference")

    line.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/admin/people/[0-9a-f-]{36}"))
