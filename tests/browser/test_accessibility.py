"""Every page in both themes, on a desk and on a phone: no axe violation, no sideways scroll, no inline code stopped."""

import re
from collections.abc import Callable

import pytest
from flask import Flask, request
from flask_wtf.csrf import CSRFError
from playwright.sync_api import Page, expect
from werkzeug.exceptions import Forbidden, HTTPException, RequestEntityTooLarge

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, keep_picture
from tests.browser.fitness import is_fit, scene, violations
from tests.browser.test_journeys import sign_in_as
from webapp.domain.errors import StoreUnavailable
from webapp.web import error_pages

__all__ = ["scene"]

pytestmark = pytest.mark.browser


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


PAGES: dict[str, Callable[[Page], object]] = {
    "sign-in-failed": refused,
    "onboarding": arrive,
    "onboarding-errors": with_errors,
    "onboarding-codes": with_codes,
    "dashboard": settled,
    "usage": usage,
    "settings": lambda page: settled(page, "/settings/organisation"),
    "sessions": signed_in_twice,
}


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody(open_page: OpenPage, name: str):
    page = open_page(viewport=DESKTOP, color_scheme="light")
    PAGES[name](page)
    is_fit(page, name)


def test_what_anybody_may_open_is_fit_for_everybody(open_page: OpenPage):
    page = open_page(viewport=DESKTOP, color_scheme="light")
    for name, path in {
        "landing": "/",
        "help": "/help",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
        "status": "/status",
        "not-found": "/nowhere",
    }.items():
        page.goto(path)
        is_fit(page, name)


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
