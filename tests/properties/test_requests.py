"""Whatever bytes a request is made of, it is answered, and nothing of it steers where people are sent."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from tests.factories import make_organisation, make_person
from tests.pages import Browse
from webapp.config import Settings

LATIN_1 = st.characters(max_codepoint=255, exclude_characters="\x00\r\n")  # what gunicorn lets through in a header
WORDS = [
    "evil.example",
    "http",
    "://",
    "127.0.0.1",
    ":",
    ",",
    ";",
    "=",
    '"',
    "%",
    "[",
    "]",
    "\t",
    "é",
    "\x85",
    "q=",
    "*/*",
]
VALUES = st.lists(st.sampled_from(WORDS), max_size=6).map("".join) | st.text(LATIN_1, max_size=40)
HEADERS = [
    *("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_ACCEPT"),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PREFIX"),
    *("HTTP_X_FORWARDED_PORT", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL"),
    *("HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_NONE_MATCH"),
    *("HTTP_IF_MODIFIED_SINCE", "HTTP_AUTHORIZATION", "HTTP_X_CSRFTOKEN", "HTTP_CONTENT_ENCODING", "HTTP_EXPECT"),
    *("SCRIPT_NAME", "REMOTE_ADDR", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_CACHE_CONTROL", "HTTP_TE", "HTTP_UPGRADE"),
]
COOKIES = ["foyer_login", "foyer_page", "foyer_theme", "foyer_attempt_x", "__Host-foyer_login", "x", ""]
PATHS = [
    *("/", "/help", "/login", "/callback", "/sign-in-failed", "/dashboard", "/usage.json", "/onboarding", "/nowhere"),
    *("/settings/organisation", "/settings//organisation", "/settings/sessions", "/theme", "/logout", "/healthz"),
    *("/static/css/foyer.css", "/static/", "/status"),
]
METHODS = ["GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "BREW"]
BYTES = st.lists(
    st.sampled_from(
        [b"%", b"%f", b"%ff", b"%00", b"%c0%80", b"%ed%a0%80", b"\xff", b"\x00", b"&", b"=", b"+", b"#", b"//"]
    )
    | st.binary(max_size=6),
    max_size=8,
).map(b"".join)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(
            [b"next", b"industry", b"again", b"demo", b"state", b"code", b"error", b"iss", b"ticket", b"x"]
        ),
        BYTES,
    ),
    max_size=4,
).map(lambda pairs: b"&".join(b"=".join(pair) for pair in pairs))


def answer(app: Flask, path: str = "/", method: str = "GET", body: bytes = b"", **changed: str) -> dict[str, str]:
    """Sends a request as a server hands it over, past every check of a client library, and holds the answer to what all
    promise: never our fault, no line break in a header, nobody sent anywhere but to us or the provider."""
    ours: Settings = app.config["SETTINGS"]
    environ: dict[str, Any] = create_environ("/", ours.base_url, method=method, data=body)
    environ.update({"PATH_INFO": path, **changed})
    chunks, status, headers = run_wsgi_app(app, environ, buffered=True)
    b"".join(chunks)
    chunks.close() if hasattr(chunks, "close") else None
    assert int(status.split()[0]) < 500, status
    for name, value in headers:
        assert not set("\r\n\x00") & set(name + value), name
    told = dict(headers)
    assert told["X-Content-Type-Options"] == "nosniff"
    if "Location" in told:
        place = urlsplit(told["Location"])
        home, provider = urlsplit(ours.base_url), urlsplit(ours.oidc_issuer)
        assert place.netloc in ("", home.netloc, provider.netloc)
        assert not told["Location"].startswith("//")
        assert "evil.example" not in place.path
    return {**told, "status": status}


@pytest.fixture
def login(app: Flask, browse: Browse) -> str:
    """The cookie of somebody who may open every page of an organisation."""
    with app.app_context():
        claims = make_person(make_organisation().id)
    return f"foyer_login={browse.arrive(claims).session_token}"


@settings(max_examples=200)
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(METHODS),
    headers=st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=5),
    is_signed_in=st.booleans(),
)
@example("/help", "GET", {"HTTP_HOST": "[evil"}, False)
@example("/help", "GET", {"HTTP_HOST": ".".join(["x" * 64] * 3)}, False)
@example("/settings//organisation", "GET", {"HTTP_X_FORWARDED_HOST": "evil.example"}, False)
def test_no_header_breaks_a_page_or_leads_astray(
    app: Flask, login: str, path: str, method: str, headers: dict[str, str], is_signed_in: bool
):
    answer(app, path, method, **headers, **({"HTTP_COOKIE": login} if is_signed_in else {}))


@settings(max_examples=100)
@given(cookies=st.lists(st.tuples(st.sampled_from(COOKIES), VALUES), max_size=5), path=st.sampled_from(PATHS))
def test_no_cookie_breaks_a_page(app: Flask, cookies: list[tuple[str, str]], path: str):
    answer(app, path, HTTP_COOKIE="; ".join(f"{name}={value}" for name, value in cookies))


@settings(max_examples=200)
@given(path=st.sampled_from(PATHS), query=QUERIES | BYTES, is_signed_in=st.booleans())
@example("/login", b"next=%ff", True)
@example("/dashboard", b"%ff=\xff&a=%zz", False)
def test_no_query_breaks_a_page(app: Flask, login: str, path: str, query: bytes, is_signed_in: bool):
    cookie = {"HTTP_COOKIE": login} if is_signed_in else {}
    answer(app, path, QUERY_STRING=query.decode("latin-1"), **cookie)


@given(path=BYTES)
def test_no_path_breaks_anything(app: Flask, path: bytes):
    for before in (b"/", b"/static/", b"/settings/sessions/"):
        answer(app, (before + path).decode("latin-1"))


@settings(max_examples=150)
@given(
    body=QUERIES | BYTES,
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""]
    )
    | VALUES,
    path=st.sampled_from(["/theme", "/logout", "/onboarding", "/settings/organisation"]),
    length=st.sampled_from([None, "0", "1", "99999", "-1", "x", "٣"]),
)
def test_no_body_breaks_a_form(app: Flask, login: str, body: bytes, kind: str, path: str, length: str | None):
    changed = {"CONTENT_TYPE": kind, "HTTP_COOKIE": login} | ({} if length is None else {"CONTENT_LENGTH": length})
    answer(app, path, "POST", body, **changed)


@pytest.mark.parametrize("path", ["/login", "/callback", "/help", "/sign-in-failed", "/dashboard", "/nowhere"])
@pytest.mark.parametrize("bad", ["\xff", "caf\xe9", "\xc0\x80", "\xed\xa0\x80"])
def test_a_query_that_is_no_text_is_refused(app: Flask, path: str, bad: str):
    for query in (f"x={bad}", f"next=/{bad}", bad):
        assert answer(app, path, QUERY_STRING=query)["status"] == "400 BAD REQUEST"


@pytest.mark.parametrize(("path", "status"), [("/login", 303), ("/callback", 303), ("/help", 200), ("/dashboard", 303)])
@pytest.mark.parametrize("bad", ["%ff", "%", "%zz", "%c0%80", "%ed%a0%80"])
def test_what_is_written_as_no_text_is_ignored(app: Flask, path: str, status: int, bad: str):
    told = answer(app, path, QUERY_STRING=f"x={bad}&next={bad}&industry={bad}&state={bad}&{bad}")

    assert told["status"].startswith(str(status))


def test_the_place_somebody_wanted_comes_back_whatever_it_is_written_in(app: Flask, browse: Browse):
    wanted = "/usage?q=" + quote("株式会社 & Söhne")
    start = browse.get("/usage?q=" + quote("株式会社 & Söhne"), 303)

    with app.app_context():
        claims = make_person(make_organisation().id)
    browse.arrive(claims)

    assert browse.follow(start, 303).location == wanted
