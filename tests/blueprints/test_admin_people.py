"""The list of people: found, narrowed, sorted, and never more than four statements."""

import uuid
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, update

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_organisation, make_person
from tests.pages import Browse, Page, squeezed
from tests.statements import count_no_farther_than, counted
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.roles import MembershipRole
from webapp.models import User
from webapp.services import memberships, people

OWNER, MEMBER, VIEWER = MembershipRole.OWNER, MembershipRole.MEMBER, MembershipRole.VIEWER

MARTA, PRIYA, THEO, ANA, ANNA, ZED = "Marta Bell", "Priya Shah", "Theo O’Grant", "Ana Lind", "Hannah Poe", "Zed"
DAYS_AGO = {MARTA: 0, PRIYA: 1, THEO: 40, ANA: 100, ANNA: None, ZED: None}


@pytest.fixture
def ids(app: Flask, browse: Browse) -> dict[str, uuid.UUID]:
    """Two organisations, by name, with five people; the admin signed in last. Zed is blocked."""
    with app.app_context():
        odeon, kite = make_organisation("Odeon Cinemas").id, make_organisation("Kite Gym").id
        priya = make_person(odeon, OWNER, name=PRIYA, email="priya@odeon.example")
        make_person(odeon, MEMBER, name=THEO, email="theo@odeon.example")
        make_person(kite, OWNER, name=ANA, email="ana.lind@kite.example")
        make_person(kite, VIEWER, name=ANNA, email="han_nah@kite.example")
        make_person(kite, VIEWER, name=ZED, email=None, email_verified=None)
        memberships.ensure_person(priya, kite, MEMBER, by=OPERATOR)
    admin_id = arrive_as_admin(browse, app)
    with app.app_context():
        for name, days in DAYS_AGO.items():
            when = None if days is None else func.now() - func.make_interval(0, 0, 0, days)
            db.session.execute(update(User).where(User.display_name == name).values(last_signed_in_at=when))
        db.session.commit()
        found = {user.display_name: user.id for user in people.list_any_people()}
        people.block(found[ZED], by=OPERATOR)
    return {"Odeon Cinemas": odeon, "Kite Gym": kite, **found, MARTA: admin_id}


def names(page: Page) -> list[str]:
    return page.texts("tbody tr th a")


def line(page: Page, name: str) -> list[str]:
    """The cells of somebody's line."""
    (row,) = [row for row in page.all("tbody tr") if row.find("a", string=name)]
    return [squeezed(cell.get_text(" ")) for cell in row.select("td")]


def test_everybody_is_there_whoever_signed_in_last_first(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/people")

    assert names(page)[:4] == [MARTA, PRIYA, THEO, ANA]
    assert set(names(page)[4:]) == {ANNA, ZED}
    assert page.text(".chips [role=status]") == "6 people, most recent first"
    assert page.all("tbody tr th a")[0]["href"] == f"/admin/people/{ids[MARTA]}"
    organisation, role, _, status = line(page, PRIYA)
    assert (organisation, role, status) == ("Odeon Cinemas and 1 more", "Owner", "Active")
    assert line(page, MARTA)[1] == "Platform admin"
    assert line(page, ZED)[2:] == ["Never", "Blocked"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=pri", {PRIYA}),
        ("q=SHAH", {PRIYA}),
        ("q=an", {ANA}),
        ("q=annah", set()),
        ("q=o%E2%80%99gr", {THEO}),
        ("q=theo@", {THEO}),
        ("q=ana.l", {ANA}),
        ("q=@kite", {ANA, ANNA}),
        ("q=N_NAH@", {ANNA}),
        ("q=_", set()),
        ("q=%25", set()),
        ("q=%5C", set()),
        ("role=admin", {MARTA}),
        ("role=owner", {MARTA, PRIYA, ANA}),
        ("role=member", {PRIYA, THEO}),
        ("role=viewer", {ANNA, ZED}),
        ("status=blocked", {ZED}),
        ("status=active", {MARTA, PRIYA, THEO, ANA, ANNA}),
        ("seen=7-days", {MARTA, PRIYA}),
        ("seen=30-days", {MARTA, PRIYA}),
        ("seen=90-days", {MARTA, PRIYA, THEO}),
        ("seen=90-days-ago", {ANA}),
        ("seen=never", {ANNA, ZED}),
        ("seen=never&status=active", {ANNA}),
        ("q=p&role=owner&status=active&seen=7-days", {PRIYA}),
    ],
)
def test_searched_and_narrowed(browse: Browse, ids: dict[str, uuid.UUID], query: str, found: set[str]):
    page = browse.get(f"/admin/people?{query}")
    assert set(names(page)) == found
    count = len(found)
    said = page.text(".chips [role=status]")
    assert said.startswith("1 person" if count == 1 else f"{count} people")


@pytest.mark.parametrize("typed", ["élodie", "ÉLODIE", "ångström", "ÅNG"])
def test_letters_with_accents_are_found_in_either_case(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], typed: str
):
    with app.app_context():
        make_person(ids["Kite Gym"], VIEWER, name="Élodie Ångström")
    assert names(browse.get(f"/admin/people?q={quote(typed)}")) == ["Élodie Ångström"]


def test_by_name_those_whose_first_name_it_is_come_first(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/people?q=p&sort=name")
    assert names(page) == [PRIYA, ANNA]
    assert page.text(".chips [role=status]") == "2 people, names that begin with it first, from A to Z"


def test_somebody_is_found_by_the_id_that_a_log_names(browse: Browse, ids: dict[str, uuid.UUID]):
    assert names(browse.get(f"/admin/people?q={ids[THEO]}")) == [THEO]


def test_the_people_of_one_organisation_with_the_role_they_have_there(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get(f"/admin/people?organisation={ids['Kite Gym']}&sort=name")

    assert names(page) == [ANA, ANNA, PRIYA, ZED]
    assert line(page, PRIYA)[:2] == ["Kite Gym and 1 more", "Member"]
    assert "Organisation: Kite Gym" in page.text(".chips")
    owners = browse.get(f"/admin/people?organisation={ids['Kite Gym']}&role=owner")
    assert names(owners) == [ANA], "an owner elsewhere is none here"
    nobody = browse.get(f"/admin/people?organisation={ids['Odeon Cinemas']}&role=viewer")
    assert "Organisation: Odeon Cinemas" in nobody.text(".chips")
    gone = browse.get(f"/admin/people?organisation={uuid.uuid4()}")
    assert "Organisation: one that is not there" in gone.text(".chips")


@pytest.mark.parametrize(
    ("sort", "first"),
    [("name", [ANA, ANNA, MARTA, PRIYA, THEO, ZED]), ("-name", [ZED, THEO, PRIYA, MARTA, ANNA, ANA])],
)
def test_sorted_by_name(browse: Browse, ids: dict[str, uuid.UUID], sort: str, first: list[str]):
    assert names(browse.get(f"/admin/people?sort={sort}")) == first


def test_least_recent_first_begins_with_those_who_never_came(browse: Browse, ids: dict[str, uuid.UUID]):
    found = names(browse.get("/admin/people?sort=seen"))
    assert (set(found[:2]), found[2:]) == ({ANNA, ZED}, [ANA, THEO, PRIYA, MARTA])


@pytest.mark.parametrize(
    "query", ["role=king", "status=&seen=soon", "organisation=x", "sort=email", "page=0", "page=-3", "page=x", "q=%00"]
)
def test_what_is_not_known_is_ignored(browse: Browse, ids: dict[str, uuid.UUID], query: str):
    page = browse.get(f"/admin/people?{query}")
    assert len(names(page)) == 6
    assert names(page)[0] == MARTA


@pytest.mark.parametrize("page", ["2", "999", "9" * 40])
def test_a_page_past_the_end_is_the_last(browse: Browse, ids: dict[str, uuid.UUID], page: str):
    assert len(names(browse.get(f"/admin/people?page={page}"))) == 6


def test_pages_share_nobody_and_leave_nobody_out(app: Flask, browse: Browse, ids: dict[str, uuid.UUID]):
    with app.app_context():
        for number in range(24):
            make_person(ids["Kite Gym"], VIEWER, name=f"Guest {number:02}")
    for sort in ("-seen", "seen", "name", "-name"):
        first, second = (names(browse.get(f"/admin/people?sort={sort}&page={page}")) for page in (1, 2))
        assert (len(first), len(second)) == (25, 5)
        assert len({*first, *second}) == 30


def test_a_search_of_ten_thousand_characters_finds_nobody_and_says_so(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get(f"/admin/people?q={'x' * 10_000}")
    assert names(page) == []
    assert "Nobody matches" in page.text("main h2")


def test_what_was_typed_is_shown_as_text(app: Flask, browse: Browse, ids: dict[str, uuid.UUID]):
    with app.app_context():
        make_person(ids["Kite Gym"], VIEWER, name="<script>alert(1)</script>")
    page = browse.get("/admin/people?q=%3Cscript%3E")

    assert names(page) == ["<script>alert(1)</script>"]
    assert "<script>alert" not in page.html
    assert "<script>x" not in browse.get("/admin/people?q=%3Cscript%3Ex").html


def test_nobody_found_leads_on(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/people?q=nobody&status=active")
    assert page.text("main h2") == "Nobody matches “nobody”"
    assert "clear the search to see all 5 people with these filters." in page.text("main")
    assert page.one("main a.btn")["href"] == "/admin/people?status=active"


def test_nobody_found_with_filters_that_nobody_fits_leads_on(browse: Browse, ids: dict[str, uuid.UUID]):
    page = browse.get("/admin/people?q=nobody&role=admin&status=blocked")
    assert "Nobody matches the other filters either. Clear them to see everybody." in page.text("main")
    assert page.one("main a.btn")["href"] == "/admin/people"


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("", 3),
        ("?q=pri", 3),
        ("?role=owner&status=active&seen=7-days", 3),
        ("?q=nobody", 3),
        ("?organisation=00000000-0000-4000-8000-000000000000&role=viewer", 4),
    ],
)
def test_at_most_four_statements(app: Flask, browse: Browse, ids: dict[str, uuid.UUID], query: str, most: int):
    with counted(app) as sent:
        browse.get(f"/admin/people{query}")
    assert len(sent) <= most, sent


@pytest.mark.parametrize("query", ["sort=-seen", "sort=seen", "sort=name", "q=a&sort=-name", "role=owner", "q=@kite"])
def test_many_are_read_in_the_same_order_as_few_in_four_statements(
    app: Flask, browse: Browse, ids: dict[str, uuid.UUID], monkeypatch: pytest.MonkeyPatch, query: str
):
    few = names(browse.get(f"/admin/people?{query}"))
    count_no_farther_than(0, monkeypatch)
    with counted(app) as sent:
        many = browse.get(f"/admin/people?{query}")

    assert names(many) == few
    assert many.text(".chips [role=status]").startswith("about ")
    assert len(sent) == 4, sent
