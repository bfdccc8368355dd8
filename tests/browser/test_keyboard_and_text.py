"""By keyboard alone, and with text twice its size: the first Tab skips, every stop shows where it is, nothing hides."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, keep_picture
from tests.browser.fitness import HERE, scene
from tests.browser.test_accessibility import arrive, settled
from tests.browser.test_admin_accessibility import as_admin

__all__ = ["scene"]

pytestmark = pytest.mark.browser

MOST_STOPS = 60
RING_PIXELS = 3
WHERE_FOCUS_IS = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return null;
  // A radio button of a card has its ring around the card.
  const ringed = [focused, focused.closest("label.choice")].filter(Boolean);
  const rings = ringed.map((element) => getComputedStyle(element)).filter((style) => style.outlineStyle === "solid");
  const box = focused.getBoundingClientRect();
  return {
    ring: Math.max(0, ...rings.map((style) => parseFloat(style.outlineWidth))),
    isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    words: (focused.innerText || focused.name || "").trim(),
  };
}"""
TWICE_THE_SIZE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    html { font-size: 200% !important; }
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-block-end: 2em !important; }
  `);
  document.adoptedStyleSheets = [sheet];
}"""
"""Text at 200 % (WCAG 2.2, 1.4.4) with the spacing of 1.4.12. The policy lets a script make a sheet."""

CUT_OFF = """() => [...document.querySelectorAll("a, button, h1, h2, h3, p, dt, dd, label, input")]
  .filter((element) => !element.closest(".table-card, .table-scroll"))
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((element) => element.innerText || element.name)"""
"""What a box that hides its overflow would keep from being read. A table may be scrolled by itself (1.4.10)."""


def open_first_organisation(page: Page) -> None:
    as_admin(page, "/admin/organisations")
    page.locator("tbody a").first.click()
    page.wait_for_selector("#name")


PAGES: dict[str, Callable[[Page], object]] = {
    "landing": lambda page: page.goto("/"),
    "onboarding": arrive,
    "dashboard": settled,
    "admin-overview": lambda page: as_admin(page, "/admin"),
    "admin-organisations": lambda page: as_admin(page, "/admin/organisations"),
    "admin-organisation": open_first_organisation,
}


@pytest.fixture
def show(scene: None, open_page: OpenPage) -> Callable[..., Page]:
    """Opens one of the pages."""

    def open_one(name: str, **options: object) -> Page:
        page = open_page(**options)
        PAGES[name](page)
        page.wait_for_url(HERE)
        return page

    return open_one


@pytest.mark.parametrize("name", PAGES)
def test_the_first_tab_skips_to_the_content_and_every_stop_shows_where_it_is(show: Callable[..., Page], name: str):
    page = show(name)
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(WHERE_FOCUS_IS)
        if stop is None:  # past the last one
            break
        stops.append(stop)

    assert stops[0]["words"] == "Skip to main content"
    assert len(stops) > 8
    assert [stop["words"] for stop in stops if stop["ring"] < RING_PIXELS] == []
    assert [stop["words"] for stop in stops if not stop["isInView"]] == []
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("name", PAGES)
def test_text_twice_its_size_needs_no_sideways_scroll(show: Callable[..., Page], name: str):
    for viewport, size in ((DESKTOP, "desk"), (PHONE, "phone")):
        page = show(name, viewport=viewport)
        page.evaluate(TWICE_THE_SIZE)
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, f"{name} scrolls sideways by {sideways} px at {size}"
        assert page.evaluate(CUT_OFF) == [], f"{name}, {size}"
        keep_picture(page, f"{name}-{size}-twice")
