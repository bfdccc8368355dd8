"""The limits page, and changing what an industry begins with: checked first, felt at once, never overwritten."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_organisation, make_person
from tests.pages import Browse, Page
from tests.statements import counted
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import BaseFigures
from webapp.models import AuditEvent, LoginSession, Organisation, UsageByMinute
from webapp.services import industry_limits, limits

PLACE = "/admin/limits/cinema"
BUILT_IN = BaseFigures(CATALOGUE[Industry.CINEMA].requests_per_hour, CATALOGUE[Industry.CINEMA].burst)
CONFIRM, RESTORE, EDIT = ("confirmed", "1"), ("restore", "1"), ("edit", "1")


@pytest.fixture
def admin(browse: Browse, app: Flask) -> Browse:
    arrive_as_admin(browse, app)
    return browse


def in_force(app: Flask) -> BaseFigures | None:
    with app.app_context():
        return industry_limits.list_bases().get(Industry.CINEMA)


def check(admin: Browse, hour: str = "20,000", burst: str = "600", expect: int = 200) -> Page:
    page = admin.get(PLACE)
    return admin.submit(page, expect, form="#figures", hour=hour, burst=burst, reason="As agreed")


def test_nobody_has_used_anything_and_every_industry_is_shown_with_every_plan(admin: Browse):
    page = admin.get("/admin/limits")

    assert page.text("[aria-labelledby=used-title] .hint") == "Nobody has used anything this hour yet."
    rows = page.texts("[aria-labelledby=bases-title] tbody tr")
    assert (
        rows[0]
        == "Cinema 18,000 / 500 36,000 / 1,000 90,000 / 2,500 18,000 / 500 Not changed Change the figures of Cinema"
    )
    assert len(rows) == len(CATALOGUE)


def test_whoever_used_the_largest_share_comes_first_with_where_the_limit_comes_from(admin: Browse, app: Flask):
    with app.app_context():
        hotel, own = make_organisation("Harbour Rooms").id, make_organisation("Odeon", Industry.CINEMA).id
        limits.set_override_of_any(own, hour=100, burst=10, is_shadow=True, by=OPERATOR)
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        db.session.add(UsageByMinute(organisation_id=hotel, minute=minute, used=1200))
        db.session.add(UsageByMinute(organisation_id=own, minute=minute, used=99))
        db.session.commit()

    page = admin.get("/admin/limits?page=7&sort=unknown")

    assert page.texts("[aria-labelledby=used-title] tbody tr") == [
        "Odeon Cinema Basic 99 100 99% On trial Set for this organisation",
        "Harbour Rooms Hotel Basic 1,200 12,000 10% Hotel, Basic plan",
    ]
    assert "2 organisations have used something this hour" in page.text("[aria-labelledby=used-title] .hint")
    assert str(page.all("[aria-labelledby=used-title] a")[0]["href"]).startswith(f"/admin/organisations/{own}")
    with counted(app) as sent:
        admin.get("/admin/limits")
    assert len(sent) == 3, sent


def test_a_change_is_shown_for_every_plan_before_it_is_made_and_felt_once_it_is(admin: Browse, app: Flask):
    with app.app_context():
        cinema, own = make_organisation("Odeon", Industry.CINEMA), make_organisation("Rex", Industry.CINEMA)
        limits.set_override_of_any(own.id, hour=100, burst=10, by=OPERATOR)
        person = make_person(cinema.id)

    page = admin.get(PLACE)
    assert page.text(".page-head p") == (
        "This changes the limits of 1 organisation in Cinema that has no limits of its own;"
        " 1 keeps what is set for it. What was used this hour stays counted."
    )
    checked = check(admin)

    assert checked.text("h1") == "Change the limits of Cinema?"
    assert checked.texts("tbody tr") == [
        "Basic, ×1 18,000 becomes 20,000 500 becomes 600",
        "Professional, ×2 36,000 becomes 40,000 1,000 becomes 1,200",
        "Enterprise, ×5 90,000 becomes 100,000 2,500 becomes 3,000",
    ]
    assert in_force(app) is None
    saved = admin.submit(checked, form="#figures", press=CONFIRM)
    assert saved.location == "/admin/limits"
    page = admin.follow(saved)
    assert page.text(".banner").startswith("Changes saved Cinema on Basic: requests an hour from 18,000 to 20,000")
    row = page.texts("[aria-labelledby=bases-title] tbody tr")[0]
    assert row.startswith("Cinema 20,000 / 600 40,000 / 1,200")
    assert "by Marta Bell" in row
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "limits.base_set")).one()
        assert (event.reason, event.changes["burst"]) == ("As agreed", [500, 600])
        assert event.reference
    admin.arrive(person)
    assert '"hour";q=20000' in admin.get("/dashboard").response.headers["RateLimit-Policy"]


def test_the_built_in_figures_can_be_put_back(admin: Browse, app: Flask):
    assert not admin.get(PLACE).all("button[name=restore]")
    with app.app_context():
        industry_limits.set_base_figures(Industry.CINEMA, hour=1, burst=1, by=OPERATOR)

    page = admin.get(PLACE)
    checked = admin.submit(page, 200, form="#figures", press=RESTORE, reason="Back to normal", hour="x")
    assert checked.text("h1") == "Put the built-in limits of Cinema back?"
    assert checked.texts("tbody tr")[0] == "Basic, ×1 1 becomes 18,000 1 becomes 500"
    admin.submit(checked, form="#figures", press=CONFIRM)

    assert in_force(app) is None


@pytest.mark.parametrize(
    ("hour", "burst", "sentences"),
    [
        ("", "", ["Enter how many requests an hour", "Enter how many requests in any 60 seconds"]),
        ("0", "1", ["Requests an hour must be a whole number between 1 and 1,000,000"]),
        ("9" * 10_000, "1", ["Requests an hour must be a whole number between 1 and 1,000,000"]),
        ("100", "101", ["Burst must be 100 or less, the same as or lower than the hourly limit"]),
        ("100", "-1", ["Burst must be a whole number between 1 and 1,000,000"]),
    ],
)
def test_figures_that_cannot_be_limits_are_refused_beside_their_field(
    admin: Browse, app: Flask, hour: str, burst: str, sentences: list[str]
):
    page = check(admin, hour, burst, expect=422)

    assert page.texts(".errors li") == sentences
    assert page.one("#hour")["value"] == hour
    assert page.one("#reason")["value"] == "As agreed"
    assert in_force(app) is None


def test_a_reason_is_asked_for_and_a_stale_token_loses_nothing(admin: Browse, app: Flask):
    page = admin.get(PLACE)
    no_reason = admin.submit(page, 422, form="#figures", hour="5", burst="5")
    assert no_reason.texts(".errors li") == ["Enter a reason. It is kept in the audit log"]
    stale = admin.submit(
        page, 400, form="#figures", hour="5", burst="5", reason="Why", csrf_token="stale", confirmed="1"
    )
    assert [stale.one(f"#{name}")["value"] for name in ("hour", "burst", "reason")] == ["5", "5", "Why"]
    assert in_force(app) is None


@pytest.mark.parametrize("is_checked", [False, True])
def test_somebody_elses_change_is_shown_and_not_overwritten(admin: Browse, app: Flask, is_checked: bool):
    page = check(admin) if is_checked else admin.get(PLACE)
    with app.app_context():
        industry_limits.set_base_figures(Industry.CINEMA, hour=777, burst=7, by=OPERATOR)

    answer = admin.submit(page, 409, form="#figures", press=CONFIRM, hour="20000", burst="600", reason="As agreed")

    assert "changed these figures" in answer.text(".errors")
    assert answer.texts("tbody tr")[0] == "Basic, ×1 777 7"
    assert answer.one("#hour")["value"] == "20000"
    assert in_force(app) == BaseFigures(777, 7)
    checked = admin.submit(answer, 200, form="#figures")
    admin.submit(checked, form="#figures", press=CONFIRM)
    assert in_force(app) == BaseFigures(20_000, 600)


def test_one_may_think_again_and_nothing_to_change_is_said(admin: Browse, app: Flask):
    again = admin.submit(check(admin), 200, form="#figures", press=EDIT)
    assert [again.one(f"#{name}")["value"] for name in ("hour", "burst", "reason")] == ["20,000", "600", "As agreed"]
    same = check(admin, str(BUILT_IN.requests_per_hour), str(BUILT_IN.burst), expect=303)
    assert "No changes to save" in admin.follow(same).text(".banner")
    with app.app_context():
        assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "limits.base_set")).all() == []


@pytest.mark.parametrize("industry", ["CINEMA", "spa", "x" * 2_000, "%00"])
def test_an_industry_that_is_none_is_not_found(admin: Browse, industry: str):
    admin.get(f"/admin/limits/{industry}", 404)


def test_it_takes_a_fresh_sign_in_and_few_statements(admin: Browse, app: Flask):
    with counted(app) as sent:
        admin.get(PLACE)
    assert len(sent) <= 4, sent
    with app.app_context():
        db.session.execute(sa.update(LoginSession).values(auth_time=datetime(2025, 1, 1, tzinfo=UTC)))
        db.session.commit()
    assert admin.get(PLACE, 303).location.startswith("/login?fresh=1")


def test_an_admin_over_their_own_limit_can_still_raise_it(admin: Browse, app: Flask):
    with app.app_context():
        for organisation_id in db.session.scalars(select(Organisation.id)):
            limits.set_override_of_any(organisation_id, hour=1, burst=1, by=OPERATOR)
    admin.get("/help")
    admin.get("/help", 429)

    admin.get("/admin/limits")
    admin.submit(check(admin), form="#figures", press=CONFIRM)
