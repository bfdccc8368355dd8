"""The headers of every kind of answer, all of them and to the letter, so that a change is noticed and read."""

import dataclasses
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import make_claims
from tests.pages import Browse
from webapp import create_app
from webapp.config import Environment, Settings
from webapp.web.headers import content_security_policy

DIFFERS = "…"
"""For what differs between two answers of a kind: lengths, hashes, references, times and what is left of a limit."""

ISSUER = "https://tenant.eu.auth0.example/"
ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self';"
        " connect-src 'self'; form-action 'self' https://tenant.eu.auth0.example; base-uri 'none';"
        " frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'"
    ),
    "Content-Length": DIFFERS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
PROBLEM = {"Content-Type": "application/problem+json"}
NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Cookie", "X-Request-Reference": DIFFERS}
COUNTED = {"RateLimit": DIFFERS, "RateLimit-Policy": DIFFERS}
PAGE = {**ALWAYS, **HTML, **NOT_KEPT, **COUNTED}
KEPT = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "public, max-age=31536000",
    "Content-Disposition": "inline; filename=foyer.css",
    "Content-Type": "text/css; charset=utf-8",
    "Date": DIFFERS,
    "ETag": DIFFERS,
    "Expires": DIFFERS,
    "Last-Modified": DIFFERS,
}
STYLESHEET = "/static/css/foyer.css"
METHODS = {"Allow": "GET, HEAD, OPTIONS"}
LARGE = {"data": {"theme": "x" * 300_000}}

ANSWERS: dict[str, tuple[str, str, dict[str, Any], int, dict[str, str]]] = {
    "page": ("GET", "/privacy", {}, 200, {**PAGE, "Set-Cookie": DIFFERS}),
    "page without its text": ("HEAD", "/privacy", {}, 200, {**PAGE, "Set-Cookie": DIFFERS}),
    "methods": ("OPTIONS", "/privacy", {}, 200, {**ALWAYS, **HTML, **NOT_KEPT, **METHODS}),
    "redirect to sign in": ("GET", "/dashboard", {}, 303, {**PAGE, "Location": "/login?next=%2Fdashboard"}),
    "redirect of the callback": (
        *("GET", "/callback", {}, 303),
        {**PAGE, "Location": DIFFERS, "Referrer-Policy": "no-referrer", "Set-Cookie": DIFFERS},
    ),
    "JSON without a person": ("GET", "/usage.json", {}, 401, {**ALWAYS, **PROBLEM, **NOT_KEPT, **COUNTED}),
    "alive": ("GET", "/healthz", {}, 200, {**ALWAYS, **JSON, **NOT_KEPT}),
    "ready": ("GET", "/readyz", {}, 200, {**ALWAYS, **JSON, **NOT_KEPT}),
    "no token": ("POST", "/theme", {}, 400, PAGE),
    "other host": ("GET", "/privacy", {"headers": {"Host": "evil.example"}}, 400, {**ALWAYS, **HTML, **NOT_KEPT}),
    "other site": ("POST", "/theme", {"headers": {"Origin": "https://evil.example"}}, 403, PAGE),
    "not there": ("GET", "/nowhere", {}, 404, PAGE),
    "two slashes": ("GET", "/settings//organisation", {}, 308, {**PAGE, "Location": DIFFERS}),
    "not a path": ("GET", "/%ff%00", {}, 404, PAGE),
    "method": ("DELETE", "/privacy", {}, 405, {**PAGE, **METHODS}),
    "trace": ("TRACE", "/privacy", {}, 405, {**PAGE, **METHODS}),
    "large body": ("POST", "/theme", LARGE, 413, PAGE),
    "static file": ("GET", STYLESHEET, {}, 200, {**ALWAYS, **KEPT}),
    "static file of another host": ("GET", STYLESHEET, {"headers": {"Host": "evil.example"}}, 200, {**ALWAYS, **KEPT}),
    "part of a static file": (
        *("GET", STYLESHEET, {"headers": {"Range": "bytes=1-2"}}, 206),
        {**ALWAYS, **KEPT, "Content-Range": DIFFERS},
    ),
    "no part of a static file": (
        *("GET", STYLESHEET, {"headers": {"Range": "bytes=9999999-"}}, 416),
        {**ALWAYS, **HTML, **NOT_KEPT},
    ),
    "static file that is not there": ("GET", "/static/css/none.css", {}, 404, {**ALWAYS, **HTML, **NOT_KEPT}),
}


@pytest.fixture(scope="module")
def client(built_app: Flask, settings: Settings) -> FlaskClient:
    """A browser at an application that was told of an Auth0 tenant, and of limits that a test can reach."""
    changed = dataclasses.replace(settings, oidc_issuer=ISSUER, address_burst_limit=2_000)
    return create_app(changed).test_client(use_cookies=False)


def asked(client: FlaskClient, method: str, path: str, **options: Any) -> tuple[TestResponse, dict[str, str]]:
    """The answer and its headers, with those that always differ made alike."""
    base_url = client.application.config["SETTINGS"].base_url
    with client.open(path, method=method, base_url=base_url, **options) as response:
        headers = {name: ", ".join(sorted(response.headers.getlist(name))) for name, _ in response.headers}
        if "Allow" in headers:
            headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
        return response, headers


def alike(headers: dict[str, str], expected: dict[str, str]) -> dict[str, str]:
    """The headers, with those that are expected to differ made alike."""
    return {name: DIFFERS if expected.get(name) == DIFFERS else value for name, value in headers.items()}


@pytest.mark.parametrize(("method", "path", "options", "status", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_has_these_headers_and_no_others(client, method, path, options, status, expected):
    response, headers = asked(client, method, path, **options)

    assert response.status_code == status
    assert alike(headers, expected) == expected


def test_a_static_file_that_did_not_change_has_them_too(client: FlaskClient):
    _, first = asked(client, "GET", STYLESHEET)

    response, headers = asked(client, "GET", STYLESHEET, headers={"If-None-Match": first["ETag"]})

    left_out = ("Content-Length", "Content-Type", "Last-Modified")
    expected = {name: value for name, value in {**ALWAYS, **KEPT}.items() if name not in left_out}
    assert response.status_code == 304
    assert alike(headers, expected) == expected


@pytest.mark.parametrize("path", ["/privacy", "/onboarding", "/usage.json"])
def test_over_the_limit_they_are_there(settings: Settings, built_app: Flask, path: str):
    strict = dataclasses.replace(settings, oidc_issuer=ISSUER, address_limit_per_hour=1, address_burst_limit=1)
    client = create_app(strict).test_client(use_cookies=False)
    asked(client, "GET", path)

    response, headers = asked(client, "GET", path)

    kind = PROBLEM if path.endswith(".json") else HTML
    expected = {**ALWAYS, **kind, **NOT_KEPT, **COUNTED, "Retry-After": DIFFERS}
    assert response.status_code == 429
    assert alike(headers, expected) == expected


@pytest.mark.parametrize("error", [RuntimeError, LookupError, KeyError, RecursionError])
def test_with_a_bug_of_ours_they_are_there(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: type):
    def break_down() -> str:
        raise error

    monkeypatch.setitem(client.application.view_functions, "landing.help", break_down)
    response, headers = asked(client, "GET", "/help")

    assert response.status_code == 500
    assert alike(headers, PAGE) == PAGE


def test_with_a_bug_in_a_hook_they_are_there(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    """The hook that comes after ours breaks down twice: for the answer, and for the page that says so."""
    monkeypatch.delattr("webapp.limiting.counts.Decision.seconds_until")

    response, headers = asked(client, "GET", "/help")

    expected = {name: value for name, value in PAGE.items() if name != "RateLimit"}
    assert response.status_code == 500
    assert alike(headers, expected) == expected


def test_while_the_database_is_away_they_are_there(settings: Settings):
    away = dataclasses.replace(
        settings, oidc_issuer=ISSUER, database_url="postgresql+psycopg2://foyer_app@/foyer?host=/nonexistent"
    )
    client = create_app(away).test_client(use_cookies=False)

    response, headers = asked(client, "GET", "/dashboard", headers={"Cookie": f"foyer_login={'x' * 43}"})

    expected = {**ALWAYS, **HTML, **NOT_KEPT, "Retry-After": "30"}  # nobody was counted: who asks is not known
    assert response.status_code == 503
    assert alike(headers, expected) == expected


def test_in_production_browsers_are_told_to_keep_to_https(settings: Settings, built_app: Flask):
    changed = {"environment": Environment.PRODUCTION, "base_url": "https://foyer.example", "oidc_issuer": ISSUER}
    client = create_app(dataclasses.replace(settings, **changed)).test_client(use_cookies=False)  # type: ignore[arg-type]
    told = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}

    for method, path, options, status, expected in ANSWERS.values():
        response, headers = asked(client, method, path, **options)
        wanted = {**expected, **told}
        assert (response.status_code, alike(headers, wanted)) == (status, wanted)


def test_what_somebody_signed_in_sees_is_kept_nowhere(browse: Browse):
    browse.arrive(make_claims())

    for method, path, status in (
        *(("GET", "/onboarding", 200), ("GET", "/dashboard", 303), ("GET", "/settings/organisation", 303)),
        *(
            ("GET", "/help", 200),
            ("GET", "/", 200),
            ("POST", "/onboarding", 400),
            ("POST", "/settings/organisation", 403),
        ),
    ):
        page = browse.request(method, path, status)
        assert page.response.headers["Cache-Control"] == "no-store"
        assert page.response.headers["Vary"] == "Cookie"


def test_the_policy_names_the_origin_of_the_provider_and_not_its_path():
    policy = content_security_policy("http://localhost:8001/tenants/a/")

    assert "form-action 'self' http://localhost:8001; " in policy


def test_a_body_in_chunks_that_is_too_large_is_refused_like_any_other(client: FlaskClient):
    response, headers = asked(
        client,
        "POST",
        "/theme",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": io.BytesIO(b"x" * 300_000), "wsgi.input_terminated": True},
    )

    assert response.status_code == 413
    assert alike(headers, PAGE) == PAGE
