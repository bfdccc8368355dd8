"""Every page in both themes, on a desk and on a phone: no axe violation, no sideways scroll, no inline code stopped."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, request
from flask_wtf.csrf import CSRFError
from playwright.sync_api import Page, expect
from werkzeug.exceptions import Forbidden, HTTPException, RequestEntityTooLarge

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, keep_picture
from tests.browser.test_journeys import sign_in_as
from webapp.database import db
from webapp.domain.errors import StoreUnavailable
from webapp.web import error_pages

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # to describe all that is well takes twice as long as finding it
}
NARROW = {"width": 320, "height": 700}


def arrive(page: Page) -> None:
    page.goto("/login")
    sign_in_as(page, "Priya Shah")


def with_errors(page: Page) -> None:
    arrive(page)
    page.get_by_label("What is your organisation called?").fill("")
    page.get_by_role("button", name="Open my dashboard").click()


def with_codes(page: Page) -> None:
    arrive(page)
    page.locator("label.choice", has_text="Hotel").click()
    page.locator("summary", has_text="Add your UK SIC code").click()
    page.get_by_label("UK SIC code").fill("hotel")
    page.get_by_role("button", name="Open my dashboard").click()


def settled(page: Page, path: str = "/dashboard") -> None:
    page.goto(f"/login?demo=1&next={path}")


def signed_in_twice(page: Page) -> None:
    assert page.context.browser is not None
    elsewhere = page.context.browser.new_context()
    settled(page, "/settings/sessions")
    page.wait_for_url("**/settings/sessions")
    elsewhere.new_page().goto(page.url.replace("/settings/sessions", "/login?demo=1"))
    elsewhere.close()
    page.reload()
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_be_visible()


def usage(page: Page) -> None:
    settled(page, "/usage")
    expect(page.locator("figcaption")).to_contain_text("In the last 24 hours")

    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("columnheader", name="Would have been refused")).to_be_visible()


def refused(page: Page) -> None:
    page.goto("/login")
    sign_in_as(page, "Dan Reed")


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


def at(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


PAGES: dict[str, Callable[[Page], object]] = {
    "landing": at("/"),
    "help": at("/help"),
    "privacy": at("/privacy"),
    "accessibility": at("/accessibility"),
    "status": at("/status"),
    "not-found": at("/nowhere"),
    "sign-in-failed": refused,
    "onboarding": arrive,
    "onboarding-errors": with_errors,
    "onboarding-codes": with_codes,
    "dashboard": settled,
    "usage": usage,
    "settings": lambda page: settled(page, "/settings/organisation"),
    "sessions": signed_in_twice,
    "admin": with_a_table,
    "admin-limits": lambda page: as_admin(page, "/admin/limits"),
    "admin-industry-limits": checking_figures,
    "admin-industry-limits-errors": refused_figures,
    "admin-organisations": lambda page: as_admin(page, "/admin/organisations"),
    "admin-organisation": an_organisation,
    "admin-organisation-conflict": changed_meanwhile,
    "admin-organisation-suspend": suspending,
    "admin-audit": lambda page: as_admin(page, "/admin/audit"),
    "admin-audit-empty": lambda page: as_admin(page, "/admin/audit?q=FY-2222-22"),
    "admin-health": lambda page: as_admin(page, "/admin/health"),
}


HERE = "http://127.0.0.1:*/**"


def show(page: Page, name: str) -> None:
    """Opens one of the pages, and waits until the provider, which has pages of its own, has been left."""
    PAGES[name](page)
    page.wait_for_url(HERE)


def violations(page: Page) -> AxeResults:
    """What axe finds on a page. It is put there once, which takes as long as to look."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return AxeResults(page.evaluate("options => axe.run(options)", RULES))


@pytest.fixture
def scene(app: Flask) -> None:
    """The demo's people, and a day on which the demo's organisation was let in, refused, and on trial."""
    app.test_cli_runner().invoke(args=["seed", "demo"])
    with app.app_context():
        db.session.execute(
            db.text("""
                INSERT INTO usage_by_minute (organisation_id, minute, used, refused, over)
                SELECT id, now() - make_interval(hours => ago), 40000 - abs(12 - ago) * 3200,
                    CASE ago WHEN 12 THEN 6500 WHEN 13 THEN 40 ELSE 0 END, CASE ago WHEN 3 THEN 900 ELSE 0 END
                FROM organisations, generate_series(0, 23) AS ago WHERE name = 'Odeon Cinemas'
            """)
        )
        db.session.commit()


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody(open_page: OpenPage, name: str):
    page = open_page(viewport=DESKTOP, color_scheme="light")
    show(page, name)
    for viewport, size in ((DESKTOP, "desk"), (PHONE, "phone")):
        page.set_viewport_size(viewport)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = violations(page)
            assert found.violations_count == 0, f"{name}, {size}, {theme}: {found.generate_report()}"
            keep_picture(page, f"{name}-{size}-{theme}")
    page.set_viewport_size(NARROW)
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, f"{name} scrolls sideways by {sideways} px at 320 px"


def fail() -> str:
    """A page that ends as its address says, through the handlers that every failure goes through."""
    raise {
        "403": Forbidden(),
        "413": RequestEntityTooLarge(),
        "500": RuntimeError("broken on purpose"),
        "503": StoreUnavailable(),
        "form": CSRFError(),
        "again": HTTPException(response=error_pages.page(403, "Sign in again", template="errors/sign_in_again.html")),
    }[request.args["as"]]


OVER_THE_LIMIT = re.compile("You have reached your hourly limit|You are going a little fast")
"""In an hour's last minute it is the burst that keeps somebody waiting for longer."""

ERRORS: dict[str, tuple[str, str | re.Pattern[str]]] = {
    "404": ("/nowhere", "Page not found"),
    "405": ("/logout", "This page does not take that"),
    "413": ("/help?as=413", "That is too much at once"),
    "500": ("/help?as=500", "Sorry, something went wrong"),
    "503": ("/help?as=503", "Foyer is not working at the moment"),
    "sign-in-again": ("/help?as=again", "Sign in again to continue"),
    "form-expired": ("/help?as=form", "This page was open for too long"),
    "403": ("/help?as=403", "You do not have access to this page"),
    "429": ("/dashboard", OVER_THE_LIMIT),
}


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(("viewport", "theme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desk", "phone"])
def test_the_pages_for_what_goes_wrong_are_fit_for_everybody(
    app: Flask, open_page: OpenPage, monkeypatch, viewport, theme
):
    """Two looks of the four: their one layout is looked at in all of them under `not-found`."""
    monkeypatch.setitem(app.view_functions, "landing.help", fail)
    page = open_page(viewport=viewport, color_scheme=theme, reduced_motion="reduce")
    settled(page)
    for name, (path, heading) in ERRORS.items():
        if name == "429":
            app.test_cli_runner().invoke(args=["limits", "set", "Odeon Cinemas", "--hour", "1", "--burst", "1"])
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        found = violations(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        keep_picture(page, f"error-{name}-{theme}")


@pytest.mark.usefixtures("scene")
def test_the_dashboard_needs_four_requests_and_little_else(open_page: OpenPage):
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    settled(page)
    page.wait_for_load_state("networkidle")
    here = [
        address for address in asked if "127.0.0.1" in address and "/login" not in address and "callback" not in address
    ]
    # the page, its style, its script, its font; a browser asks for the icon when it likes
    assert len([address for address in here if "icon" not in address]) == 4, here
