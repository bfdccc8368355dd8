"""A person with a browser, for tests: pages are queried by CSS selector, and each is held to the same promises."""

import functools
import gzip
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.test import TestResponse

from tests.provider import RunningProvider
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause
from webapp.services import accounts
from webapp.web.sign_in_sentences import FAILURE_PAGES
from webapp.web.visitor import COOKIE

MOST_BYTES = 8 * 1024
"""What the HTML of a page may weigh as it travels, which is compressed."""

INLINE_CODE = re.compile(r"""<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)""", re.IGNORECASE)


class Page:
    """One answer. Text is compared after squeezing spaces."""

    def __init__(self, response: TestResponse, path: str) -> None:
        self.response = response
        self.path = path
        self.status = response.status_code
        self.html = response.get_data(as_text=True)

    @functools.cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def location(self) -> str:
        """Where a redirect leads: a path on our own site, else the whole address."""
        return self.response.headers["Location"]

    def all(self, selector: str) -> list[Tag]:
        return self.soup.select(selector)

    def one(self, selector: str) -> Tag:
        """The only element that matches."""
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} elements match {selector} on {self.path}"
        return found[0]

    def text(self, selector: str = "body") -> str:
        return squeezed(self.one(selector).get_text(" "))

    def texts(self, selector: str) -> list[str]:
        return [squeezed(element.get_text(" ")) for element in self.all(selector)]

    def form_fields(self, selector: str = "main form") -> dict[str, str]:
        """What a browser would send with this form if nobody touched it, buttons left out."""
        fields: dict[str, str] = {}
        for field in self.one(selector).select("input[name]"):
            kind = field.get("type", "text")
            if kind not in ("radio", "checkbox") or field.has_attr("checked"):
                fields[str(field["name"])] = str(field.get("value", ""))
        return fields


class Browse:
    """Requests to the application, with the cookies of one browser."""

    def __init__(self, app: Flask, provider: RunningProvider) -> None:
        self.app = app
        self.provider = provider
        self.base_url = app.config["SETTINGS"].base_url
        self.client = app.test_client()

    def get(self, path: str, expect: int = 200, **kwargs: Any) -> Page:
        return self.request("GET", path, expect, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, expect: int = 303, **kwargs: Any) -> Page:
        return self.request("POST", path, expect, data=data or {}, **kwargs)

    def request(self, method: str, path: str, expect: int, **kwargs: Any) -> Page:
        """One request, which must answer with the status; an HTML answer must keep the promises of every page."""
        response = self.client.open(path, method=method, base_url=self.base_url, **kwargs)
        page = Page(response, path)
        assert page.status == expect, f"{method} {path} answered {page.status}, not {expect}: {page.html[:400]}"
        if response.mimetype == "text/html" and not 300 <= page.status < 400 and method != "HEAD":
            check_promises(page)
        return page

    def submit(
        self,
        page: Page,
        expect: int = 303,
        form: str = "main form",
        press: tuple[str, str] | None = None,
        **changed: Any,
    ) -> Page:
        """Sends a form as it stands on the page, with these fields changed and this button pressed."""
        action = str(page.one(form).get("action") or page.path)
        data: dict[str, Any] = {**page.form_fields(form), **changed}
        if press:
            data[press[0]] = press[1]
        return self.post(action, {name: value for name, value in data.items() if value is not None}, expect)

    def follow(self, page: Page, expect: int = 200) -> Page:
        """Follows a redirect within the application."""
        return self.get(path_of(urljoin(self.base_url + page.path, page.location)), expect)

    def sign_in(self, who: str, at: str = "/login") -> Page:
        """Signs in at the provider as the person with this e-mail address; gives our answer to the callback."""
        start = self.get(at, 303)
        return self.get(path_of(self.provider.answer(start.location, who)), 303)

    def is_refused(self, page: Page, cause: SignInCause, organisation_name: str | None = None) -> Page:
        """Follows to the sign-in-failed page, which must tell this cause and nothing else."""
        assert page.location.startswith("/sign-in-failed?ticket=")
        told = self.follow(page, FAILURE_PAGES[cause].status)
        assert told.text("h1") == "We could not sign you in"
        assert squeezed(told.one("main .lede").get_text()) == FAILURE_PAGES[cause].about(organisation_name)
        assert told.one("main a[href^='/login']")
        return told

    def arrive(self, claims: IdentityClaims) -> accounts.SignedIn:
        """Opens a login session without the provider, for tests that are not about signing in."""
        with self.app.app_context():
            signed_in = accounts.sign_in(claims, user_agent="a test", address="127.0.0.1")
        self.client.set_cookie(COOKIE, signed_in.session_token, domain=urlsplit(self.base_url).hostname or "")
        return signed_in

    def cookie(self, name: str) -> str | None:
        cookie = self.client.get_cookie(name, domain=urlsplit(self.base_url).hostname or "")
        return cookie.value if cookie else None


def cookies_set_by(page: Page) -> SimpleCookie:
    """The cookies of an answer with their attributes."""
    jar = SimpleCookie()
    for header in page.response.headers.getlist("Set-Cookie"):
        jar.load(header)
    return jar


def check_promises(page: Page) -> None:
    """What holds for every page: one h1 which the title begins with, labels, no inline code, headers, few bytes."""
    where = f"on {page.path} ({page.status})"
    elements = page.soup.find_all(True)  # once, because most tests look at pages
    headings = [squeezed(element.get_text()) for element in elements if element.name == "h1"]
    assert len(headings) == 1, f"not one h1 {where}"
    (heading,), title = headings, page.text("title")
    assert title.removeprefix("Error: ") == f"{heading} – Foyer", f"title {title!r} of {heading!r} {where}"
    if page.status in (400, 422) and page.all(".errors, [role=alert]"):
        assert title.startswith("Error: "), f"title {title!r} hides that the form failed {where}"
    assert heading, f"empty h1 {where}"
    assert not INLINE_CODE.search(page.html), f"inline code {where}: {INLINE_CODE.search(page.html)}"
    assert page.one("html").get("lang") == "en-GB", f"language {where}"
    labelled = {element.get("for") for element in elements if element.name == "label"}
    for field in elements:
        if field.name in ("input", "select", "textarea") and field.get("type") != "hidden":
            has_label = field.get("id") in labelled - {None} or field.find_parent("label") is not None
            assert has_label, f"{field.get('name')} has no label {where}"
    ids = [element["id"] for element in elements if element.has_attr("id")]
    assert len(ids) == len(set(ids)), f"an id stands twice {where}: {sorted(i for i in ids if ids.count(i) > 1)}"
    for header in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        assert header in page.response.headers, f"{header} is missing {where}"
    assert page.response.headers["Cache-Control"] == "no-store", f"may be cached {where}"
    travels = len(gzip.compress(page.response.data))
    assert travels <= MOST_BYTES, f"{travels} bytes of HTML travel {where}"


def squeezed(text: str) -> str:
    return " ".join(text.split())


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
