"""What the pages say of limits: an hour nobody has used yet, where each figure comes from, whom to ask for more."""

import dataclasses

import pytest
from flask import Flask

from tests.blueprints.test_pages import settled
from tests.pages import Browse, Page
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import address_policy


def facts_of(page: Page) -> dict[str, str]:
    """The names and values of the page's lists of facts."""
    return dict(zip(page.texts("main .facts-list dt"), page.texts("main .facts-list dd"), strict=True))


@pytest.mark.parametrize("industry", list(Industry))
def test_an_hour_begins_with_the_industrys_words_for_nothing_used_yet(app: Flask, browse: Browse, industry: Industry):
    settled(browse, app, industry)
    nothing_used = CATALOGUE[industry].nothing_used

    for path in ("/usage", "/dashboard"):
        page = browse.get(path)
        assert page.text("[data-state] .tag") == "Ready", path
        assert page.text("[data-nothing-used]") == nothing_used, path
    for path in ("/usage", "/dashboard", "/usage"):
        page = browse.get(path)
        assert page.text("[data-state] .tag") == "Plenty left", path
        assert nothing_used not in page.text("main"), path


def test_a_limit_that_comes_from_somewhere_else_says_so_on_both_pages(app: Flask, browse: Browse):
    settled(browse, app, Industry.CINEMA)
    assert facts_of(browse.get("/dashboard"))["Limits come from"] == "Cinema, Basic plan"

    app.test_cli_runner().invoke(args=["limits", "set", "Corner House", "--burst", "50"])

    facts = facts_of(browse.get("/dashboard"))
    assert "Limits come from" not in facts
    assert facts["Hourly limit comes from"] == "Cinema, Basic plan"
    assert facts["Burst comes from"] == "Set for this organisation"
    rows = [" ".join(row.get_text(" ").split()) for row in browse.get("/usage").all("tbody tr")]
    assert rows[0] == "In an hour 18,000 Cinema, Basic plan"
    assert rows[1].startswith("In any 60 seconds 50 Set for this organisation")


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("help@foyer.example", "mailto:help@foyer.example"),
        ("https://foyer.example/support", "https://foyer.example/support"),
        (None, None),
    ],
)
def test_who_to_ask_is_a_link_only_where_a_deployment_says_so(
    app: Flask, settings: Settings, provider: RunningProvider, contact: str | None, address: str | None
):
    deployed = create_app(dataclasses.replace(settings, support_contact=contact))
    browse = Browse(deployed, provider)
    settled(browse, deployed)

    for path in ("/dashboard", "/usage"):
        assert link_to(browse.get(path), "Ask for a higher limit") == address, path
    for path in ("/help", "/privacy", "/accessibility"):
        assert link_to(browse.get(path), "contact us") == address, path
        assert "contact us" in browse.get(path).text("main"), path
    deployed.test_cli_runner().invoke(args=["limits", "set", "Corner House", "--hour", "3", "--burst", "3"])
    assert link_to(browse.get("/dashboard", 429), "Ask for a higher limit") == address


def link_to(page: Page, words: str) -> str | None:
    """Where the link with these words leads, None when there is none."""
    found = [link["href"] for link in page.all("main a") if " ".join(link.get_text().split()) == words]
    assert len(found) <= 1
    return str(found[0]) if found else None


def test_a_tiny_address_limit_stops_no_static_file(app: Flask, browse: Browse, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(app.config, "FOYER_ADDRESS_POLICY", address_policy(2, 1))
    address = str(browse.get("/").one("link[rel=stylesheet][href*='foyer.css']")["href"])

    statuses = set()
    for _ in range(200):
        with browse.client.get(address, base_url=browse.base_url) as response:
            statuses.add(response.status_code)

    assert statuses == {200}
    browse.get("/", 429)
