"""Who is asking through proxies, and what a client can make of the headers that proxies use."""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask, request, url_for
from flask.testing import FlaskClient
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.pages import Browse, path_of
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Environment, Settings
from webapp.database import db
from webapp.models import LoginSession
from webapp.web.proxies import TrustedProxies

EDGE, CLIENT, SPOOFED = "10.0.0.1", "203.0.113.9", "198.51.100.7"
FORWARDING = {
    "X-Forwarded-For": SPOOFED,
    "X-Real-IP": SPOOFED,
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Server": "evil.example",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "Forwarded": f"for={SPOOFED};host=evil.example;proto=gopher",
    "Script-Name": "/evil",
    "Path-Info": "/evil",
    "Remote-Addr": SPOOFED,
    "True-Client-IP": SPOOFED,
    "CF-Connecting-IP": SPOOFED,
}

Seen = Callable[..., dict[str, Any]]


@pytest.fixture
def seen(settings: Settings) -> Seen:
    """What a small application sees of a request that came in like this."""

    def ask(hops: int, forwarded: str | None, peer: str = EDGE, **headers: str) -> dict[str, Any]:
        app = Flask("small")
        changed = dataclasses.replace(settings, trusted_proxy_hops=hops, base_url="https://foyer.example")
        app.wsgi_app = TrustedProxies(app.wsgi_app, changed)  # type: ignore[method-assign]

        @app.get("/")
        def see() -> dict[str, Any]:
            return {
                "address": request.remote_addr,
                "host": request.host,
                "home": url_for("see", _external=True),
                "prefix": request.root_path,
                "headers": sorted(name for name, _ in request.headers),
            }

        if forwarded is not None:
            headers["X-Forwarded-For"] = forwarded
        told = app.test_client().get("/", headers=headers, environ_overrides={"REMOTE_ADDR": peer}).get_json()
        assert isinstance(told, dict)
        return told

    return ask


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, None, EDGE),
        (0, SPOOFED, EDGE),
        (1, None, EDGE),
        (1, "", EDGE),
        (1, CLIENT, CLIENT),
        (1, f"{SPOOFED}, {CLIENT}", CLIENT),
        (1, f"{SPOOFED},{SPOOFED} ,  {CLIENT} ", CLIENT),
        (2, CLIENT, EDGE),
        (2, f"{CLIENT}, 10.0.0.2", CLIENT),
        (2, f"{SPOOFED}, {CLIENT}, 10.0.0.2", CLIENT),
        (3, f"{CLIENT}, 10.0.0.3, 10.0.0.2", CLIENT),
        (1, f"{CLIENT}:41234", CLIENT),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "[2001:db8::1]:41234", "2001:db8::1"),
        (1, f"::ffff:{CLIENT}", CLIENT),
        (1, "fe80::1%'; DROP TABLE users", "fe80::1"),
        (1, "unknown", ""),
        (1, f"{CLIENT}, garbage", ""),
        (1, f"{CLIENT},", ""),
        (1, "x" * 4_000, ""),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_said(seen: Seen, hops: int, forwarded: str, address: str):
    assert seen(hops, forwarded)["address"] == address


@pytest.mark.parametrize("peer", ["", "unix:", "garbage"])
def test_a_peer_that_has_no_address_is_nobody(seen: Seen, peer: str):
    assert seen(0, None, peer)["address"] == ""
    assert seen(1, CLIENT, peer)["address"] == CLIENT


@pytest.mark.parametrize("claim", ['"', '"a', f'{SPOOFED}, "', '"\\', f'"{SPOOFED}'])
def test_a_quotation_mark_hides_nobody(seen: Seen, settings: Settings, claim: str):
    """Behind ProxyFix such a client is counted as the proxy, together with everybody else who does that."""
    assert seen(1, f"{claim}, {CLIENT}")["address"] == CLIENT
    assert seen(2, f"{claim}, {CLIENT}, 10.0.0.2")["address"] == CLIENT

    fixed: dict[str, Any] = {"REMOTE_ADDR": EDGE, "HTTP_X_FORWARDED_FOR": f"{claim}, {CLIENT}"}
    ProxyFix(lambda environ, start: [], x_for=1)(fixed, None)  # type: ignore[arg-type]
    assert fixed["REMOTE_ADDR"] == EDGE


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_no_header_names_another_host_scheme_or_prefix(seen: Seen, hops: int):
    headers = {name: value for name, value in FORWARDING.items() if name != "X-Forwarded-For"}

    told = seen(hops, f"{CLIENT}, {EDGE}", **headers)

    assert (told["host"], told["home"], told["prefix"]) == ("foyer.example", "https://foyer.example/", "")


def test_no_forwarding_header_reaches_the_application(seen: Seen):
    told = seen(1, CLIENT, **{name: value for name, value in FORWARDING.items() if name != "X-Forwarded-For"})

    left = {name.lower() for name in told["headers"]} & {name.lower() for name in FORWARDING}
    # These are nobody's to believe: nothing in Flask or here reads them.
    assert left == {"script-name", "path-info", "remote-addr", "true-client-ip", "cf-connecting-ip"}


def test_a_mount_point_of_the_server_is_not_in_our_addresses(browse: Browse):
    page = browse.get("/help", environ_overrides={"SCRIPT_NAME": "/evil"})

    assert "/evil" not in page.html


@pytest.fixture
def behind_a_proxy(settings: Settings, app: Flask) -> FlaskClient:
    """The application behind one proxy, with an address limit that a test can reach."""
    strict = dataclasses.replace(settings, trusted_proxy_hops=1, address_limit_per_hour=1_000, address_burst_limit=5)
    return create_app(strict).test_client(use_cookies=False)


def admitted(client: FlaskClient, requests: list[dict[str, str]]) -> int:
    """How many of these requests were let in, as they differ in their headers."""
    base_url = client.application.config["SETTINGS"].base_url
    answers = [
        client.get("/privacy", base_url=base_url, headers=headers, environ_overrides={"REMOTE_ADDR": EDGE})
        for headers in requests
    ]
    assert {answer.status_code for answer in answers} <= {200, 429}
    return sum(answer.status_code == 200 for answer in answers)


@pytest.mark.parametrize(
    "claim",
    ["198.51.100.{}", "2001:db8:0:{}::1", '"198.51.100.{}', "garbage {}", "198.51.100.{}:80", "{}", ",,{},"],
)
def test_nobody_is_let_in_more_often_for_claiming_other_addresses(behind_a_proxy: FlaskClient, claim: str):
    spoofed = [{**FORWARDING, "X-Forwarded-For": f"{claim.format(number)}, {CLIENT}"} for number in range(30)]
    for number, headers in enumerate(spoofed):
        headers["X-Real-IP"] = headers["Remote-Addr"] = f"198.51.100.{number}"
        headers["Forwarded"] = f"for=198.51.100.{number}"

    assert admitted(behind_a_proxy, spoofed) == 5
    assert admitted(behind_a_proxy, [{"X-Forwarded-For": f"{SPOOFED}, 203.0.113.10"}] * 30) == 5, "another client"


@pytest.mark.parametrize(
    ("addresses", "let_in"),
    [
        ([f"2001:db8:0:1::{number:x}" for number in range(30)], 5),
        ([f"2001:db8:0:{number:x}::1" for number in range(30)], 30),
        ([f"::ffff:{CLIENT}", CLIENT] * 15, 5),
        ([f"{CLIENT}:{number + 1}" for number in range(30)], 5),
        ([f"garbage {number}" for number in range(30)], 5),
    ],
    ids=["one /64", "30 of /64", "IPv4 in two spellings", "ports", "no addresses"],
)
def test_one_customer_has_one_limit(behind_a_proxy: FlaskClient, addresses: list[str], let_in: int):
    assert admitted(behind_a_proxy, [{"X-Forwarded-For": address} for address in addresses]) == let_in


def test_without_trusted_proxies_claims_are_not_even_read(settings: Settings, app: Flask):
    client = create_app(dataclasses.replace(settings, address_burst_limit=5)).test_client(use_cookies=False)

    assert admitted(client, [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(30)]) == 5


@pytest.mark.parametrize(
    ("forwarded", "stored"),
    [
        (f"{SPOOFED}, {CLIENT}", CLIENT),
        ("2001:DB8::0:1", "2001:db8::1"),
        (f"::ffff:{CLIENT}", CLIENT),
        ("fe80::1%<script>", "fe80::1"),
        ("'; DROP TABLE users", None),
    ],
)
def test_a_login_session_keeps_the_address_in_its_one_spelling(
    settings: Settings, app: Flask, provider: RunningProvider, forwarded: str, stored: str | None
):
    browse = Browse(create_app(dataclasses.replace(settings, trusted_proxy_hops=1)), provider)
    start = browse.get("/login", 303)

    browse.get(
        path_of(provider.answer(start.location, "newcomer-company")), 303, headers={"X-Forwarded-For": forwarded}
    )

    with app.app_context():
        assert db.session.scalars(sa.select(LoginSession.address)).one() == stored


def test_forwarding_headers_change_neither_redirects_nor_the_callback(
    settings: Settings, app: Flask, provider: RunningProvider
):
    browse = Browse(create_app(dataclasses.replace(settings, trusted_proxy_hops=1)), provider)

    start = browse.get("/login", 303, headers=FORWARDING)
    assert parse_qs(urlsplit(start.location).query)["redirect_uri"] == [f"{browse.base_url}/callback"]
    answered = browse.get(path_of(provider.answer(start.location, "newcomer-company")), 303, headers=FORWARDING)
    assert answered.location == "/onboarding"
    assert browse.get("/dashboard", 303, headers=FORWARDING).location == "/onboarding"
    page = browse.get("/onboarding", headers=FORWARDING)
    assert "evil" not in page.html
    out = browse.submit(page, form="form[action='/logout']")
    assert parse_qs(urlsplit(out.location).query)["post_logout_redirect_uri"] == [f"{browse.base_url}/"]


@pytest.mark.parametrize(
    ("environment", "hops", "headers", "warnings"),
    [
        (Environment.PRODUCTION, 0, {"X-Forwarded-For": CLIENT}, 1),
        (Environment.PRODUCTION, 0, {}, 0),
        (Environment.PRODUCTION, 1, {"X-Forwarded-For": CLIENT}, 0),
        (Environment.DEVELOPMENT, 0, {"X-Forwarded-For": CLIENT}, 0),
    ],
)
def test_a_proxy_that_nobody_told_us_of_is_heard_of_once(
    settings: Settings, app: Flask, capsys: pytest.CaptureFixture[str], environment, hops, headers, warnings
):
    changed = dataclasses.replace(
        settings, environment=environment, trusted_proxy_hops=hops, base_url="https://foyer.example"
    )
    client = create_app(changed).test_client()
    for _ in range(3):
        client.get("/healthz", base_url="https://foyer.example", headers=headers)

    assert capsys.readouterr().err.count("TRUSTED_PROXY_HOPS is 0") == warnings
