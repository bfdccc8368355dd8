"""What each page has to be: without an axe violation in both themes, on a desk and on a phone, and no wider."""

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE, keep_picture
from webapp.database import db

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # to describe all that is well takes twice as long as finding it
}
NARROW = {"width": 320, "height": 700}
PICTURED = {("desk", "light"), ("phone", "dark")}
"""Of these a picture is kept, for people to look at: between them they show each size and each theme."""

HERE = "http://127.0.0.1:*/**"


def is_fit(page: Page, name: str) -> None:
    """Looks at the page that is open, and keeps pictures of it. Waits first until the provider, which has pages of its
    own, has been left."""
    page.wait_for_url(HERE)
    for viewport, size in ((DESKTOP, "desk"), (PHONE, "phone")):
        page.set_viewport_size(viewport)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = violations(page)
            assert found.violations_count == 0, f"{name}, {size}, {theme}: {found.generate_report()}"
            if (size, theme) in PICTURED:
                keep_picture(page, f"{name}-{size}-{theme}")
    page.set_viewport_size(NARROW)
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, f"{name} scrolls sideways by {sideways} px at 320 px"


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
