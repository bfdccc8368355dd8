"""The audit log: what each entry says, how it is found, and how little that costs."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_organisation, make_person
from tests.pages import Browse, Page
from tests.statements import count_no_farther_than, counted
from webapp.database import db
from webapp.domain.actor import OPERATOR, person
from webapp.domain.errors import SignInCause
from webapp.domain.industries import Industry
from webapp.domain.roles import MembershipRole
from webapp.models import AuditEvent, Organisation
from webapp.services import audit_search, limits, memberships, people, sign_in_refusals
from webapp.services.people import find_any_person

MOST_STATEMENTS = 4
"""With the one that finds the visitor."""


@pytest.fixture
def marta(app: Flask, browse: Browse) -> uuid.UUID:
    return arrive_as_admin(browse, app)


@pytest.fixture
def odeon(app: Flask, marta: uuid.UUID) -> uuid.UUID:
    """An organisation that Marta has changed once, and an operator twice after it was made."""
    with app.app_context():
        organisation: Organisation = make_organisation("Odeon Cinemas", Industry.CINEMA)
        key = organisation.id
        make_person(key, name="Theo Grant", email="theo@odeon.example", role=MembershipRole.MEMBER)
        theo = find_any_person("theo@odeon.example").id
        limits.set_override_of_any(key, hour=600, by=OPERATOR)
        limits.set_override_of_any(key, hour=500, by=person(marta, "FY-7Q2K-04"), reason="As agreed")
        memberships.set_role(key, theo, MembershipRole.OWNER, by=OPERATOR)
        return key


def note(app: Flask, **values: object) -> None:
    """Appends an entry as it stands, which is all that the application's role may do to the log."""
    with app.app_context():
        db.session.add(AuditEvent(**{"actor": "system", "action": "user.signed_out", **values}))
        db.session.commit()


def entries(page: Page) -> list[list[str]]:
    """What each line says, without its time."""
    return [[" ".join(cell.get_text(" ").split()) for cell in line.select("td")] for line in page.all("tbody tr")]


def quick(browse: Browse, address: str) -> Page:
    """The page, which must keep its promise about statements."""
    with counted(browse.app) as sent:
        page = browse.get(address)
    assert len(sent) <= MOST_STATEMENTS, sent
    return page


def test_every_entry_says_who_did_what_to_whom_in_words(browse: Browse, odeon: uuid.UUID):
    page = quick(browse, f"/admin/audit?organisation={odeon}")

    assert page.text(".chips p") == "5 entries, newest first"
    assert page.texts(".chip") == ["Take away: Organisation: Odeon Cinemas"]
    assert entries(page) == [
        ["An operator", "Changed a role", "Theo Grant in Odeon Cinemas", "Role: Member became Owner", "", ""],
        ["Marta Bell", "Set limits", "Odeon Cinemas", "Hourly limit: 600 became 500", "As agreed", "FY-7Q2K-04"],
        ["An operator", "Set limits", "Odeon Cinemas", "Hourly limit: inherited became 600", "", ""],
        ["Foyer itself", "Added somebody", "Theo Grant in Odeon Cinemas", "Role: Member", "", ""],
        ["Foyer itself", "Created the organisation", "Odeon Cinemas", entries(page)[4][3], "", ""],
    ]
    assert "Industry: Cinema" in entries(page)[4][3]
    assert "Plan: Basic" in entries(page)[4][3]
    links = [str(link["href"]) for link in page.all("tbody tr:first-child a")]
    assert re.fullmatch(r"/admin/people/[0-9a-f-]{36}", links[0])
    assert links[1] == f"/admin/organisations/{odeon}"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        *(("FY-7Q2K-04", 1), (" fy-7q2k-04. ", 1), ("odeon", 5), ("cine", 5)),
        *(("theo@odeon", 2), ("THEO", 2), ("grant", 2), ("marta", 3), ("deon", 0), ("50%", 0), ("_", 0)),
    ],
)
def test_a_search_is_for_a_reference_people_and_organisations(
    browse: Browse, odeon: uuid.UUID, search: str, found: int
):
    assert len(entries(quick(browse, f"/admin/audit?q={search}"))) == found


def test_filters_join_and_each_can_be_taken_away(browse: Browse, odeon: uuid.UUID, marta: uuid.UUID):
    today = datetime.now(UTC).date()
    days = f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"
    page = quick(browse, f"/admin/audit?q=odeon&action=limits.set&person={marta}&{days}")

    assert [line[0] for line in entries(page)] == ["Marta Bell"]
    assert page.texts(".chip")[:3] == ["Take away: “odeon”", "Take away: By or to: Marta Bell", "Take away: Set limits"]
    assert "q=odeon" not in str(page.all(".chip")[0]["href"])
    assert page.form_fields("main form")["person"] == str(marta)


def test_days_are_of_the_uk_and_the_last_one_is_included(app: Flask, browse: Browse, marta: uuid.UUID):
    note(app, at=datetime(2025, 8, 13, 23, 30, tzinfo=UTC))
    note(app, at=datetime(2025, 8, 14, 23, 0, tzinfo=UTC))

    page = quick(browse, "/admin/audit?from=2025-08-14&to=2025-08-14")
    assert page.text(".chips p") == "1 entry on 14 August 2025, newest first"
    assert page.text("tbody time") == "14 August 2025 00:30:00"

    swapped = browse.get("/admin/audit?from=2025-08-15&to=2025-08-14")
    assert swapped.text(".chips p") == "2 entries from 14 August 2025 to 15 August 2025, newest first"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("to=2025-08-13", "Nothing happened between these dates"),
        ("q=FY-2222-22", "Nothing was changed by a request with this reference"),
        ("q=nobody&to=2025-08-13", "No entries match “nobody”"),
        ("action=user.blocked", "No entries match these filters"),
        (f"person={uuid.UUID(int=0)}", "No entries match these filters"),
    ],
)
def test_an_empty_log_says_what_was_looked_for_and_the_way_on(browse: Browse, marta: uuid.UUID, query: str, title: str):
    page = quick(browse, f"/admin/audit?{query}")
    assert page.text("main h2") == title
    assert page.one("main .card a.btn")
    if "FY-" in query:
        assert "search it for reference=FY-2222-22" in page.text("main")


@pytest.mark.parametrize(
    "query",
    [
        "action=nothing.known",
        "from=2025-02-31&to=yesterday",
        "from=99999-01-01&person=me&organisation=1",
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "q=%00%00",
        "sort=anything&to=20250814",
    ],
)
def test_what_cannot_be_understood_is_ignored(browse: Browse, odeon: uuid.UUID, query: str):
    page = quick(browse, f"/admin/audit?{query}")
    assert len(entries(page)) == 8
    assert page.all(".chip") == []


def test_a_search_as_long_as_a_letter_is_cut(browse: Browse, marta: uuid.UUID):
    page = quick(browse, f"/admin/audit?q={'a' * 6000}")
    assert "Only the first 200 characters were searched for." in page.text("main")


def test_a_search_that_fits_too_many_says_so(browse: Browse, odeon: uuid.UUID, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit_search, "MOST_FOUND", 0)
    assert "only so many of them are searched for" in quick(browse, "/admin/audit?q=theo").text("main")


@pytest.mark.parametrize(
    ("query", "words"), [("", "About "), ("q=odeon", "More than 3 "), ("organisation={}", "About ")]
)
def test_past_what_is_counted_the_log_still_costs_no_more(
    browse: Browse, odeon: uuid.UUID, monkeypatch: pytest.MonkeyPatch, query: str, words: str
):
    count_no_farther_than(3, monkeypatch)
    address = f"/admin/audit?{query.format(odeon)}"
    page = quick(browse, address)
    assert entries(page)
    assert page.text(".chips p").startswith(words)
    assert entries(quick(browse, f"{address}&page=999999"))


def test_a_full_page_of_long_entries_is_light(app: Flask, browse: Browse, marta: uuid.UUID):
    for number in range(30):
        note(
            app, reason=" ".join(f"because {number * 7919 + n:x}" for n in range(40)), reference=f"FY-7Q2K-{number:02}"
        )
    page = quick(browse, "/admin/audit")
    assert len(entries(page)) == 25
    assert page.texts(".pages a") == ["Page 2", "Next"]
    assert len(entries(quick(browse, "/admin/audit?page=2"))) == 8


def test_the_download_holds_exactly_what_is_filtered(app: Flask, browse: Browse, odeon: uuid.UUID, marta: uuid.UUID):
    note(app, reason="=HYPERLINK(1)", organisation_id=odeon, actor="user", actor_user_id=marta)
    page = browse.get(f"/admin/audit?person={marta}&organisation={odeon}")
    download = str(page.one(".page-head a")["href"])
    answer = browse.get(download).response
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.mimetype == "text/csv"
    assert [row[2] for row in rows[1:]] == ["Marta Bell", "Marta Bell"]
    assert rows[1][11] == "'=HYPERLINK(1)"
    assert rows[2][4:7] == ["limits.set", "Set limits", "Odeon Cinemas"]
    assert rows[2][10:] == ["Hourly limit: 600 became 500", "As agreed", "FY-7Q2K-04"]


def test_the_reference_on_a_refused_sign_in_leads_to_who_it_was_and_why(app: Flask, browse: Browse, marta: uuid.UUID):
    somebody = Browse(app, browse.provider)
    somebody.sign_in("newcomer-company")
    with app.app_context():
        people.block(_newcomer(), by=OPERATOR)
    told = somebody.is_refused(somebody.sign_in("newcomer-company"), SignInCause.BLOCKED)
    reference = re.search(r"FY-\w{4}-\d\d", told.text("main"))
    assert reference

    page = quick(browse, f"/admin/audit?q={reference[0]}")
    who, action, to, detail, reason, quoted = entries(page)[0]
    assert (who, action, to, detail) == ("Foyer itself", "Could not sign in", "Priya Shah", "")
    assert (reason, quoted) == ("This person is blocked", reference[0])


def test_somebody_who_goes_on_trying_does_not_fill_the_log(
    app: Flask, browse: Browse, marta: uuid.UUID, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sign_in_refusals, "MOST_NOTED", 2)
    somebody = Browse(app, browse.provider)
    somebody.sign_in("newcomer-company")
    with app.app_context():
        people.block(_newcomer(), by=OPERATOR)
    for _ in range(3):
        somebody.is_refused(somebody.sign_in("newcomer-company"), SignInCause.BLOCKED)
    assert len(entries(browse.get("/admin/audit?action=sign_in.refused"))) == 2


def _newcomer() -> uuid.UUID:
    """Who signed in last."""
    newest = db.select(AuditEvent.actor_user_id).where(AuditEvent.action == "organisation.created_at_sign_in")
    found = db.session.scalars(newest.order_by(AuditEvent.at.desc()).limit(1)).one()
    assert found is not None
    return found
