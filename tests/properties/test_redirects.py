"""Nobody can make our redirects lead to another site."""

import pytest
from flask import Flask, redirect
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.factories import make_organisation, make_person
from tests.pages import Browse
from tests.properties.browsers import OURS, place_of
from webapp.web.redirects import safe_path

PIECES = [
    *("/", "//", "\\", "\t", "\n", "\r", "\x00", "\x0b", "\x1f", " ", "\x7f", "\x85", "\u2028", "\u202e", "\ud800"),
    *("evil.example", "foyer.example", "@", ":", "http:", "HTTPS:", "javascript:", "data:", "file:", "a+b:", "?", "#"),
    *(".", "..", "%2f", "%5C", "%09", "%0d%0a", "%", "／", "＼", "。", "[", "]", "é", "usage", "&", "=", ";", "|"),
]
PATHS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=30)
LIKELY = PATHS.map(lambda text: "/" + text) | PATHS


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("/usage", OURS),
        ("usage", OURS),
        ("?a", OURS),
        ("https:usage", OURS),
        ("https:/usage", OURS),
        ("/.//evil.example", OURS),
        ("//evil.example", "https://evil.example"),
        ("/\\evil.example", "https://evil.example"),
        ("\\\\evil.example", "https://evil.example"),
        ("/\t/evil.example", "https://evil.example"),
        ("\x0b//evil.example", "https://evil.example"),
        ("////foyer.example@evil.example?", "https://evil.example"),
        ("http:evil.example", "http://evil.example"),
        ("HTTPS:\\\\evil.example", "https://evil.example"),
        ("java\nscript:alert(1)", "javascript:"),
    ],
)
def test_the_judge_knows_where_browsers_go(location: str, place: str):
    assert place_of(location) == place


@settings(max_examples=800)
@given(LIKELY)
@example("/\\evil.example")
@example("/\t/evil.example")
@example("//evil.example")
def test_a_safe_path_stays_with_us(value: str):
    path = safe_path(value)

    assert path in (None, value)
    if path is not None:
        assert place_of(path) == OURS


@settings(max_examples=200)
@given(path=LIKELY)
def test_a_safe_path_is_a_header_that_leads_to_us(built_app: Flask, path: str):
    safe = safe_path(path)
    if safe is None:
        return
    with built_app.test_request_context():
        location = dict(redirect(safe, 303).get_wsgi_headers({}))["Location"]

    assert location.isascii()
    assert location.isprintable()
    assert place_of(location) == OURS


@settings(max_examples=40)
@given(value=LIKELY)
def test_neither_signing_in_nor_a_theme_leads_elsewhere(app: Flask, browse: Browse, value: str):
    if not browse.client._cookies:
        with app.app_context():
            claims = make_person(make_organisation().id)
        browse.arrive(claims)
    encodable = value.encode(errors="replace").decode()
    token = browse.get("/help").one("form[action='/theme'] input[name=csrf_token]")["value"]

    signed_in = browse.get("/login", 303, query_string={"next": encodable})
    themed = browse.post("/theme", {"theme": "dark", "next": encodable, "csrf_token": token})

    assert signed_in.location == (as_header(encodable) or "/dashboard")
    assert themed.location == (as_header(encodable) or "/")


def as_header(value: str) -> str | None:
    """The place as the header spells it."""
    safe = safe_path(value)
    return dict(redirect(safe, 303).get_wsgi_headers({}))["Location"] if safe else None
