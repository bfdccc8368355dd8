"""The admin's list of organisations a page at a time: in one order however many fit, in four statements."""

import uuid

import pytest
from flask import Flask

from tests.blueprints.listed_organisations import KITE, ODEON, ids, names, use
from tests.factories import make_organisation
from tests.pages import Browse
from tests.statements import count_no_farther_than, counted
from webapp.services import organisation_list

__all__ = ["ids"]


def test_pages(app: Flask, browse: Browse, ids: dict[str, uuid.UUID]):
    with app.app_context():
        for number in range(50):
            make_organisation(f"Unit {number:02}")

    first = browse.get("/admin/organisations?q=unit&sort=name")
    second = browse.get("/admin/organisations?q=unit&sort=name&page=2")
    last = browse.get("/admin/organisations?q=unit&sort=name&page=9")

    assert names(first) == [f"Unit {number:02}" for number in range(25)]
    assert names(second) == names(last) == [f"Unit {number:02}" for number in range(25, 50)]
    assert second.text(".table-foot .muted") == "Showing 26 to 50 of 50"
    assert last.text(".pages [aria-current=page]") == "Page 2"
    assert second.one("tbody tr:first-child .who a")["href"].endswith("%26page%3D2")


def test_a_long_list_is_estimated(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch
):
    count_no_farther_than(2, monkeypatch)
    assert browse.get("/admin/organisations").text(".chips [role=status]").startswith("about ")


@pytest.mark.parametrize("sort", ["", "created", "name", "-name", "-used", "used"])
@pytest.mark.parametrize(
    "query", ["q=o", "industry=cinema&plan=professional", "status=active&q=foyer", "usage=near", "created=7-days&q=k"]
)
def test_many_matches_are_read_in_the_same_order_as_few(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch, sort: str, query: str
):
    for name, used in ((ODEON, 36_000), (KITE, 96_000)):
        use(app, ids[name], used)
    few = names(browse.get(f"/admin/organisations?{query}&sort={sort}"))
    count_no_farther_than(0, monkeypatch)
    monkeypatch.setattr(organisation_list, "MOST_SORTED", 0)
    with counted(app) as sent:
        many = browse.get(f"/admin/organisations?{query}&sort={sort}")

    assert names(many) == few
    if few:
        assert many.text(".chips [role=status]").startswith("about ")
    assert len(sent) <= 4, sent


@pytest.mark.parametrize(
    ("query", "most"),
    [("", 3), ("?q=odeon&industry=cinema", 2), ("?q=nobody", 3), ("?usage=near&sort=-used", 3), ("?q=priya@", 3)],
)
def test_at_most_four_statements(app: Flask, browse: Browse, ids: dict[str, uuid.UUID], query: str, most: int):
    with counted(app) as sent:
        browse.get(f"/admin/organisations{query}")
    assert len(sent) <= most, sent


def test_an_estimate_costs_the_fourth_statement(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch
):
    count_no_farther_than(2, monkeypatch)
    with counted(app) as sent:
        browse.get("/admin/organisations")
    assert len(sent) == 4, sent
