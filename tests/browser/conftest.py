"""A real browser on the real application, which listens on its port while the provider listens on another site.

Nothing but this machine may be reached: any other request fails the test that made it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.browser.find_chromium import find_chromium
from tests.patience import PATIENCE_SECONDS

PICTURES = Path(__file__).parent.parent.parent / "var" / "pictures"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # So that nobody else can be found. To stop each request on its way takes as long again, and the browser's cache.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
ON_THIS_MACHINE = ("http://127.0.0.1:", "http://localhost:")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(QUIET))
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, live_app: str) -> Iterator[OpenPage]:
    """Opens a browser window of its own; keywords are Playwright's for a context."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []
    complaints: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((*ON_THIS_MACHINE, "data:", "blob:")):
            strangers.append(request.url)

    def make(**options: object) -> Page:
        context = chromium.new_context(base_url=live_app, **{"viewport": DESKTOP, **options})
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.on("request", watch)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert strangers == [], "the browser asked somebody else"
    # A page that is meant to answer 4xx or 5xx is reported by the browser as a failed load; nothing else is expected.
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def keep_picture(page: Page, name: str) -> None:
    """A screenshot of the whole page under var/, for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
