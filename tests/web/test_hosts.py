"""Which host a request may be for. Any other is told where Foyer is, and gets nothing else."""

import dataclasses
import json

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from tests.factories import make_claims
from tests.pages import Browse, squeezed
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings

OTHERS = {
    "another site": "evil.example",
    "a site below ours": "www.127.0.0.1",
    "a site that begins like ours": "127.0.0.1.evil.example",
    "another name of this machine": "localhost",
    "no port": "127.0.0.1",
    "another port": "127.0.0.1:1",
    "user": "somebody@127.0.0.1",
    "two": "127.0.0.1, evil.example",
    "dot at the end": "127.0.0.1.",
    "path": "127.0.0.1/evil.example",
    "bad bracket": "[evil",
    "not a name": "<script>",
    "beyond ASCII": "fóyer.example",
    "long": "x" * 3_000,
    "long parts": ".".join(["x" * 64] * 3),
    "port that is no number": "127.0.0.1:http",
    "empty": "",
}


def foyer(settings: Settings, provider: RunningProvider, **changed: object) -> Browse:
    """A browser at an application of its own, whose address is another than the one it listens on."""
    return Browse(create_app(dataclasses.replace(settings, **changed)), provider)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("path", ["/", "/login", "/dashboard", "/healthz", "/nowhere"])
def test_another_host_is_told_where_foyer_is(browse: Browse, host: str, path: str):
    page = browse.get(path, 400, headers={"Host": host})

    assert page.text("h1") == "This is not Foyer’s address"
    assert squeezed(page.one("main .lede").get_text()).endswith(f"Foyer is at {browse.base_url}.")
    assert page.one("main a")["href"] == f"{browse.base_url}/"
    assert not browse.client._cookies, "a host that is not ours is given no cookie"


def test_a_missing_host_is_nobodys(browse: Browse):
    environ = create_environ("/help", browse.base_url)
    del environ["HTTP_HOST"]

    body, status, _ = run_wsgi_app(browse.app, environ)

    assert status == "400 BAD REQUEST"
    assert "This is not Foyer’s address" in b"".join(body).decode()


def test_the_page_leads_to_base_url_alone_and_keeps_its_look(browse: Browse):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    page = browse.get("/help?a=evil.example", 400, headers=headers)

    links = {str(link["href"]) for link in page.all("a[href]")}
    assert links == {"#main", f"{browse.base_url}/"}
    assert "evil.example" not in page.html
    for asset in page.all("link[href], script[src]"):
        with browse.client.get(str(asset.get("href") or asset.get("src")), headers=headers) as answered:
            assert answered.status_code == 200


def test_a_program_is_told_in_json(browse: Browse):
    page = browse.get("/", 400, headers={"Host": "evil.example", "Accept": "application/json"})

    assert json.loads(page.html)["title"] == "Not our host"


def test_another_host_costs_no_look_up_and_no_count(browse: Browse, monkeypatch: pytest.MonkeyPatch):
    browse.arrive(make_claims())
    monkeypatch.setattr("webapp.services.visitors.find_visitor", None)

    page = browse.get("/dashboard", 400, headers={"Host": "evil.example"})

    assert "RateLimit" not in page.response.headers


@pytest.mark.parametrize(
    ("base_url", "hosts"),
    [
        ("https://foyer.example", ["foyer.example", "FOYER.Example", "foyer.example:443"]),
        ("http://foyer.example", ["foyer.example", "foyer.example:80"]),
        ("https://foyer.example:8443", ["foyer.example:8443", "Foyer.example:8443"]),
        ("https://[2001:db8::1]", ["[2001:db8::1]", "[2001:DB8::1]:443"]),
    ],
)
def test_our_host_may_be_written_in_capitals_and_with_its_usual_port(
    settings: Settings, app: Flask, provider: RunningProvider, base_url: str, hosts: list[str]
):
    browse = foyer(settings, provider, base_url=base_url)

    for host in hosts:
        browse.get("/help", headers={"Host": host})
    for host in ("foyer.example:8080", "foyer.example:444", "foyer.example.", "2001:db8::1"):
        browse.get("/help", 400, headers={"Host": host})


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("healthcheck.railway.app", "healthcheck.railway.app"),
        ("healthcheck.railway.app", "Healthcheck.Railway.App"),
        ("healthcheck.railway.app", "healthcheck.railway.app:8000"),
        ("10.0.0.7", "10.0.0.7:8000"),
        ("[fd00::7]", "[fd00::7]"),
        ("[fd00::7]", "[fd00::7]:8000"),
        ("*", "10.4.2.7:8000"),
        ("*", "[fd00::7]:8000"),
        ("*", ""),
    ],
)
def test_health_checks_may_ask_under_a_host_of_their_own_and_for_nothing_else(
    settings: Settings, app: Flask, provider: RunningProvider, allowed: str, host: str
):
    browse = foyer(settings, provider, health_check_host=allowed)

    assert json.loads(browse.get("/healthz", headers={"Host": host}).html) == {"status": "alive"}
    assert json.loads(browse.get("/readyz", headers={"Host": host}).html)["status"] == "ready"
    for path in ("/", "/status", "/login", "/healthz/", "/readyz/x"):
        browse.get(path, 400, headers={"Host": host})


def test_a_host_for_health_checks_is_not_any(settings: Settings, app: Flask, provider: RunningProvider):
    browse = foyer(settings, provider, health_check_host="healthcheck.railway.app")

    for host in ("healthcheck.railway.app.evil.example", "evil.example", "railway.app", "", ":8000"):
        browse.get("/healthz", 400, headers={"Host": host})


@pytest.mark.parametrize("host", OTHERS.values(), ids=OTHERS)
def test_no_address_is_made_from_the_host(browse: Browse, host: str):
    """Flask itself makes the address of this redirect, out of whatever host it sees."""
    browse.get("/settings//organisation", 400, headers={"Host": host})

    assert browse.get("/settings//organisation", 308).location == f"{browse.base_url}/settings/organisation"
