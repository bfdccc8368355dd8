"""The admin's list of organisations: searched, narrowed, sorted, and taken away as a file."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.listed_organisations import FOYER, HARBOUR, IRON, KITE, ODEON, ids, names, use
from tests.factories import make_organisation
from tests.pages import Browse, Page
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import Industry
from webapp.models import LimitBreach, Organisation
from webapp.services import limits, paging

__all__ = ["ids"]


def test_all_of_them_newest_first(app: Flask, browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/organisations")

    assert names(page) == [FOYER, KITE, IRON, HARBOUR, ODEON]
    assert page.text(".chips [role=status]") == "5 organisations, newest first"
    cells = {name: cell.get_text(" ", strip=True) for name, cell in labelled(page, ODEON).items()}
    assert cells == {
        "Industry": "Cinema",
        "Plan": "Professional",
        "Per hour / burst": "36,000 / 1,000",
        "This hour": "0%",
        "People": "0",
        "Status": "Active",
        "Created": cells["Created"],
    }
    assert page.text("nav[aria-label=Admin] [aria-current=page]") == "Organisations"


def labelled(page: Page, name: str) -> dict[str, object]:
    row = next(row for row in page.all("tbody tr") if name in row.get_text())
    return {str(cell["data-label"]): cell for cell in row.select("td")}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ode", [ODEON]),
        ("q=CINEM", [ODEON]),
        ("q=rooms", [HARBOUR]),
        ("q=harbour+ro", [HARBOUR]),
        ("q=arbour", []),
        ("q=priya_shah@harbour.example", [HARBOUR]),
        ("q=PRIYA_S%40", []),
        ("q=priya_shah%40har", [HARBOUR]),
        ("q=%40harbour.example", [HARBOUR]),
        ("q=59", [KITE, ODEON]),
        ("q=59140", [ODEON]),
        ("q=5914", [ODEON]),
        ("q=100%25", [KITE]),
        ("q=10_%25", []),
        ("q=kite%5C", []),
        ("industry=gym", [IRON]),
        ("plan=enterprise", [KITE]),
        ("status=suspended", [IRON]),
        ("status=active&industry=cinema&plan=professional&q=odeon", [ODEON]),
        ("q=odeon&status=suspended", []),
        ("sort=name", [KITE, FOYER, IRON, ODEON, HARBOUR]),
        ("sort=-name&q=59", [ODEON, KITE]),
        ("sort=created", [ODEON, HARBOUR, IRON, KITE, FOYER]),
        ("industry=spaceship&plan=&status=HIDDEN&sort=price&usage=far&page=none&nonsense=1", None),
        ("page=999999999999999999999", None),
        ("q=59140&page=0", [ODEON]),
        ("q=59140&page=999999999999999999999", [ODEON]),
        ("q=%00%0a", None),
    ],
)
def test_what_is_found(browse: Browse, ids: dict[str, uuid.UUID], query: str, found: list[str] | None):
    everything = [FOYER, KITE, IRON, HARBOUR, ODEON]
    assert names(browse.get(f"/admin/organisations?{query}")) == (everything if found is None else found)


@pytest.mark.parametrize(
    ("sort", "found", "order"),
    [
        ("name", ["Hall Street", IRON, HARBOUR], "names that begin with it first, from A to Z"),
        ("-name", ["Hall Street", HARBOUR, IRON], "names that begin with it first, from Z to A"),
        ("created", [HARBOUR, IRON, "Hall Street"], "oldest first"),
    ],
)
def test_by_name_those_that_begin_so_come_first(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], sort: str, found: list[str], order: str
):
    with app.app_context():
        make_organisation("Hall Street")
    page = browse.get(f"/admin/organisations?q=h&sort={sort}")
    assert names(page) == found
    assert page.text(".chips [role=status]") == f"3 organisations, {order}"


def test_an_id_finds_its_organisation(browse: Browse, ids: dict[str, uuid.UUID]):
    assert names(browse.get(f"/admin/organisations?q={ids[IRON]}")) == [IRON]


def test_ten_thousand_characters_are_cut_and_it_says_so(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get(f"/admin/organisations?q={'odeon ' * 1_700}")

    assert "Only the first 200 characters were searched for." in page.text("main")
    assert len(page.one("#q")["value"]) <= 200


def test_what_was_used_this_hour(app: Flask, browse: Browse, ids: dict[str, uuid.UUID]):
    use(app, ids[ODEON], 28_800)  # 80 % of 36,000
    use(app, ids[KITE], 95_999)  # one short of 80 % of 120,000
    use(app, ids[HARBOUR], 12_000)
    use(app, ids[IRON], 80)
    with app.app_context():
        limits.set_override_of_any(ids[IRON], hour=100, by=OPERATOR)
        limits.set_override_of_any(ids[HARBOUR], is_enforced=False, by=OPERATOR)

    near = browse.get("/admin/organisations?usage=near")
    by_use = browse.get("/admin/organisations?sort=-used")

    assert names(near) == [IRON, ODEON]
    assert near.texts(".chip") == ["Take away: Near its limit"]
    assert names(by_use) == [KITE, ODEON, HARBOUR, IRON]
    assert by_use.text(".chips [role=status]") == "4 organisations that used something this hour, most first"
    assert names(browse.get("/admin/organisations?sort=used&q=o")) == [ODEON]
    assert labelled(by_use, ODEON)["This hour"].get_text(" ", strip=True) == "80% 28,800 used"
    assert labelled(by_use, HARBOUR)["This hour"].get_text(" ", strip=True) == "Not limited 12,000 used"


@pytest.mark.parametrize(
    ("days", "refused", "created"), [(7, [KITE], 3), (30, [KITE, ODEON], 4), (90, [KITE, ODEON], 5)]
)
def test_who_was_refused_and_who_is_new(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], days: int, refused: list[str], created: int
):
    ages = {HARBOUR: 29, ODEON: 89, IRON: 1, KITE: 6}
    with app.app_context():
        for name, ago in ages.items():
            when = sa.func.now() - timedelta(days=ago)
            db.session.execute(sa.update(Organisation).where(Organisation.id == ids[name]).values(created_at=when))
        for name, ago in ((ODEON, 20), (KITE, 6), (KITE, 5), (IRON, 91)):
            minute = sa.func.date_trunc("minute", sa.func.now() - timedelta(days=ago))
            db.session.add(LimitBreach(organisation_id=ids[name], minute=minute, period="hour", allowed=9))
        db.session.commit()

    page = browse.get(f"/admin/organisations?usage=refused-{days}-days")
    assert sorted(names(page)) == sorted(refused)
    assert page.texts(".chip") == [f"Take away: Refused in {days} days"]
    page = browse.get(f"/admin/organisations?created={days}-days")
    assert len(names(page)) == created
    assert page.texts(".chip") == [f"Take away: Created: Last {days} days"]
    assert page.text(".chips [role=status]") == f"{created} organisations, newest first"


def test_filters_are_chips_that_go_away_by_themselves(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/organisations?q=odeon&industry=cinema&sort=name")

    assert page.texts(".chip") == ["Take away: “odeon”", "Take away: Industry: Cinema"]
    assert [chip["href"] for chip in page.all(".chip")] == [
        "/admin/organisations?industry=cinema&sort=name",
        "/admin/organisations?q=odeon&sort=name",
    ]
    assert page.one("#filter-industry option[selected]")["value"] == "cinema"
    assert page.one("form.filters input[name=sort]")["value"] == "name"
    assert page.one("tbody .who a")["href"].endswith(
        "?back=/admin/organisations?q%3Dodeon%26industry%3Dcinema%26sort%3Dname"
    )


def test_no_match_says_what_to_do(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/organisations?q=odeno&status=active")

    assert page.text(".empty h2") == "No organisations match “odeno”"
    assert "clear the search to see all 4 organisations with these filters." in page.text(".empty")
    assert page.one(".empty a")["href"] == "/admin/organisations?status=active"
    assert page.text(".chips [role=status]") == "0 organisations"
    assert browse.get("/admin/organisations?status=suspended&industry=b2b").text(".empty h2") == (
        "No organisations match these filters"
    )
    assert (
        browse.get("/admin/organisations?sort=-used").text(".empty h2") == "No organisation has used anything this hour"
    )


def test_no_match_among_filters_that_match_nothing_says_so(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/organisations?q=odeno&status=suspended&industry=b2b")

    assert "None match the other filters either. Clear them to see every organisation." in page.text(".empty")
    assert page.one(".empty a")["href"] == "/admin/organisations"


def test_the_file_holds_exactly_what_is_filtered(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(paging, "BATCH", 2)
    with app.app_context():
        make_organisation("=HYPERLINK(1)", Industry.CINEMA)

    file = browse.get("/admin/organisations.csv")
    rows = list(csv.DictReader(io.StringIO(file.html.removeprefix("\ufeff"), newline="")))
    cinemas = browse.get("/admin/organisations.csv?industry=cinema").html

    assert [row["Name"] for row in rows] == ["'=HYPERLINK(1)", FOYER, KITE, IRON, HARBOUR, ODEON]
    odeon = rows[-1]
    assert datetime.fromisoformat(odeon.pop("Created")) < datetime.now(UTC)
    assert odeon == {
        "Id": str(ids[ODEON]),
        "Name": ODEON,
        "SIC code": "59140",
        "Industry": "Cinema",
        "Plan": "Professional",
        "Requests an hour": "36000",
        "Burst": "1000",
        "Limited": "yes",
        "On trial": "no",
        "Used this hour": "0",
        "People": "0",
        "Status": "Active",
    }
    assert rows[3]["Status"] == "Suspended"
    assert cinemas.count("\r\n") == 3
    assert "attachment; filename=organisations-" in file.response.headers["Content-Disposition"]
