"""Every page in both themes, on a desk and on a phone: no axe violation, no sideways scroll, no inline code stopped."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, keep_picture
from tests.browser.test_journeys import sign_in_as

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
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


def refused(page: Page) -> None:
    page.goto("/login")
    sign_in_as(page, "Dan Reed")


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
    "usage": lambda page: settled(page, "/usage"),
    "settings": lambda page: settled(page, "/settings/organisation"),
}


@pytest.fixture
def scene(app: Flask) -> None:
    app.test_cli_runner().invoke(args=["seed", "demo"])


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everybody(open_page: OpenPage, name: str):
    for viewport, size in ((DESKTOP, "desk"), (PHONE, "phone")):
        page = open_page(viewport=viewport, color_scheme="light")
        PAGES[name](page)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{name}, {size}, {theme}: {found.generate_report()}"
            keep_picture(page, f"{name}-{size}-{theme}")
        page.set_viewport_size(NARROW)
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, f"{name} scrolls sideways by {sideways} px at 320 px"
        page.context.close()


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
