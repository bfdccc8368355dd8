"""The admin's pages, fit for everybody as all others are, and a workspace while an admin looks at it."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, OpenPage
from tests.browser.fitness import is_fit, scene
from tests.browser.test_journeys import sign_in_as

__all__ = ["scene"]

pytestmark = pytest.mark.browser


def as_admin(page: Page, path: str) -> None:
    page.goto(f"/login?next={path}")
    sign_in_as(page, "Marta Bell")
    page.wait_for_url(f"**{path}")


def an_organisation(page: Page) -> None:
    """Its page, with an answer to "what if"."""
    as_admin(page, "/admin/organisations?q=odeon")
    page.get_by_role("link", name="Odeon Cinemas").click()
    page.get_by_role("button", name="Estimate").click()
    expect(page.get_by_text("With these limits")).to_be_visible()


def changed_meanwhile(page: Page) -> None:
    """The same page after two people saved it."""
    an_organisation(page)
    theirs = page.context.new_page()
    theirs.goto(page.url)
    seen = int(theirs.locator("[name=version]").input_value())
    theirs.locator("#hour").fill(str(50_000 + seen))  # another figure each time
    theirs.get_by_role("button", name="Save changes").click()
    expect(theirs.locator(".banner")).to_contain_text("Changes saved")
    theirs.close()
    page.locator("#hour").fill("600")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_contain_text("after you opened it")


def suspending(page: Page) -> None:
    an_organisation(page)
    page.get_by_role("link", name="Suspend Odeon Cinemas").click()
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("alert")).to_be_visible()


def with_a_table(page: Page) -> None:
    """The overview with a chart, which shows its numbers."""
    as_admin(page, "/admin")
    page.locator("#sign-ins summary").click()
    expect(page.locator("#sign-ins table")).to_be_visible()


def checking_figures(page: Page) -> None:
    as_admin(page, "/admin/limits/cinema")
    page.get_by_label("Requests an hour").fill("20,000")
    page.get_by_label("Reason").fill("As agreed")
    page.get_by_role("button", name="Check the change").click()
    expect(page.get_by_role("heading", name="Change the limits of Cinema?")).to_be_visible()


def refused_figures(page: Page) -> None:
    as_admin(page, "/admin/limits/cinema")
    page.get_by_label("Requests an hour").fill("1")
    page.get_by_role("button", name="Check the change").click()
    expect(page.get_by_role("alert")).to_be_visible()


def a_person(page: Page, name: str = "Olivia Hart") -> None:
    as_admin(page, "/admin/people")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="What you can do")).to_be_visible()


def doing(link: str, press: str | None = None) -> Callable[[Page], None]:
    """What is asked before something is done to a person, and what is said when no reason was given."""

    def show(page: Page) -> None:
        a_person(page)
        page.get_by_role("link", name=link).first.click()
        if press:
            page.get_by_role("button", name=press).click()
            expect(page.get_by_role("alert")).to_be_visible()

    return show


def looking_at(path: str) -> Callable[[Page], object]:
    """A page as somebody else sees it."""

    def show(page: Page) -> None:
        doing("Look as they see it")(page)
        page.get_by_label("Why do you need to look?").fill("They cannot find their settings")
        page.get_by_role("button", name="Start looking").click()
        page.wait_for_url("**/dashboard")
        page.goto(path)
        expect(page.get_by_role("button", name="Stop looking")).to_be_visible()

    return show


PAGES: dict[str, Callable[[Page], object]] = {
    "admin": with_a_table,
    "admin-industry-limits": checking_figures,
    "admin-industry-limits-errors": refused_figures,
    "admin-organisation": an_organisation,
    "admin-organisation-conflict": changed_meanwhile,
    "admin-organisation-suspend": suspending,
    "admin-person-block": doing("Block", "Block"),
    "looking": looking_at("/dashboard"),
    "looking-only": looking_at("/admin/people"),
}


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody(open_page: OpenPage, name: str):
    page = open_page(viewport=DESKTOP, color_scheme="light")
    PAGES[name](page)
    is_fit(page, name)


def id_of(app: Flask, group: str, named: str) -> str:
    """What a command says somebody's or an organisation's id is."""
    return str(json.loads(app.test_cli_runner().invoke(args=[group, "show", named, "--json"]).output)["id"])


@pytest.mark.usefixtures("scene")
def test_what_needs_no_more_than_its_address_is_fit_for_everybody(app: Flask, open_page: OpenPage):
    odeon, iron_hall = id_of(app, "organisations", "Odeon Cinemas"), id_of(app, "organisations", "Iron Hall")
    app.test_cli_runner().invoke(args=["organisations", "suspend", iron_hall, "--reason", "Not paid"])
    olivia, marta = id_of(app, "users", "owner@odeon.example"), id_of(app, "users", "admin@foyer.example")
    page = open_page(viewport=DESKTOP, color_scheme="light")
    as_admin(page, "/admin")
    for name, path in {
        "organisations": "organisations",
        "organisations-empty": "organisations?q=odeno",
        "people": "people",
        "people-empty": "people?q=nobody",
        "limits": "limits",
        "audit": "audit",
        "audit-empty": "audit?q=FY-2222-22",
        "health": "health",
        "organisation-reset": f"organisations/{odeon}/reset-usage",
        "organisation-resume": f"organisations/{iron_hall}/resume",
        "organisation-gone": f"organisations/{marta}",
        "person": f"people/{olivia}",
        "person-look": f"people/{olivia}/look",
        "person-role": f"people/{olivia}/organisations/{odeon}/role",
        "person-sign-out": f"people/{olivia}/sign-out",
        "person-grant-admin": f"people/{olivia}/grant-admin",
        "person-remove": f"people/{olivia}/organisations/{odeon}/remove",
        "person-refused": f"people/{marta}/revoke-admin",
    }.items():
        page.goto(f"/admin/{path}")
        is_fit(page, f"admin-{name}")
    app.test_cli_runner().invoke(args=["users", "block", olivia, "--reason", "Lost their telephone"])
    page.goto(f"/admin/people/{olivia}/unblock")
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    is_fit(page, "admin-person-unblock")
