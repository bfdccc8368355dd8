"""Which cookies exist: those that a whole journey sets are the ones listed here and on the privacy page."""

import re

import pytest
from flask import Flask

from tests.pages import Browse, Page, cookies_set_by, path_of
from tests.provider import RunningProvider
from webapp.web.visitor import SECURE_COOKIE

COOKIES = {"foyer_login", "foyer_attempt_…", "foyer_page", "foyer_theme"}


class Watcher(Browse):
    """A browser that remembers the name of every cookie it was ever given."""

    def __init__(self, app: Flask, provider: RunningProvider) -> None:
        super().__init__(app, provider)
        self.seen: set[str] = set()

    def request(self, *arguments: object, **options: object) -> Page:
        page = super().request(*arguments, **options)  # type: ignore[arg-type]
        self.seen |= {re.sub(r"(?<=^foyer_attempt_).*", "…", name) for name in cookies_set_by(page)}
        return page


@pytest.fixture
def watcher(app: Flask, provider: RunningProvider) -> Watcher:
    return Watcher(app, provider)


def walk(browse: Browse) -> None:
    """From the street to the desk and out again, with everything that can go wrong on the way."""
    browse.submit(browse.get("/"), form="form[action='/theme']", press=("theme", "dark"))
    browse.get("/callback?state=lost&code=x", 303)
    browse.get(path_of(browse.provider.cancel(browse.get("/login?again=1", 303).location)), 303)
    browse.sign_in("newcomer-company", at="/login?industry=hotel&next=/usage")
    browse.submit(browse.get("/onboarding"), 422, form="#onboarding", press=("action", "open"), name="")
    browse.submit(
        browse.get("/onboarding"), form="#onboarding", press=("action", "open"), industry="gym", name="Iron Hall"
    )
    for path in ("/dashboard", "/usage", "/usage.json", "/settings/organisation", "/status", "/help"):
        browse.get(path)
    browse.submit(browse.get("/settings/organisation"), form="#settings", name="Iron Hall & Pool")
    browse.get("/nowhere", 404)
    browse.post("/theme", {"theme": "dark"}, 400)
    browse.submit(browse.get("/dashboard"), form="form[action='/theme']", press=("theme", "automatic"))
    browse.submit(browse.get("/dashboard"), form="form[action='/logout']")
    browse.get("/")


def test_a_whole_journey_sets_the_cookies_that_are_listed_and_no_other(watcher: Watcher):
    walk(watcher)

    assert watcher.seen == COOKIES


def test_the_privacy_page_names_the_cookies_there_are(watcher: Watcher):
    page = watcher.get("/privacy")

    assert set(page.texts("main dt code")) == COOKIES
    assert SECURE_COOKIE == "__Host-foyer_login"
    assert "Its name begins with __Host- on secure connections." in page.text("main")
    assert "by the minute" not in page.text("main")
