"""The admin's overview, as an admin reads it: figures, charts, sentences, and what needs attention."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_claims, make_organisation
from tests.pages import Browse
from tests.statements import counted
from webapp.config import Settings
from webapp.database import db
from webapp.domain.actor import person
from webapp.domain.industries import Industry
from webapp.domain.overview import Period
from webapp.limiting.extension import STORE
from webapp.models import Activity, LimitBreach, LoginSession, Organisation
from webapp.schema import readiness
from webapp.services import looks
from webapp.services import overview as figures_of

LONDON = "Europe/London"


def add_activity(app: Flask, *rows: tuple[datetime, str, str, int]) -> None:
    with app.app_context():
        for hour, what, cause, count in rows:
            db.session.add(Activity(hour=hour, what=what, cause=cause, industry="", count=count))
        db.session.commit()


def add_breaches(app: Flask, *minutes: datetime, period: str = "hour") -> None:
    with app.app_context():
        organisation_id = db.session.scalars(sa.select(Organisation.id)).first()
        for minute in minutes:
            db.session.add(LimitBreach(organisation_id=organisation_id, minute=minute, period=period, allowed=6000))
        db.session.commit()


def empty_activity(app: Flask) -> None:
    """What arriving itself counted."""
    with app.app_context():
        db.session.execute(sa.delete(Activity))
        db.session.commit()


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def admin(browse: Browse, app: Flask) -> Browse:
    arrive_as_admin(browse, app)
    empty_activity(app)
    return browse


def test_an_empty_house_has_sentences_instead_of_axes(admin: Browse):
    page = admin.get("/admin")

    assert page.text("#sign-ins figcaption .hint") == "No sign-ins in these 30 days yet."
    assert page.text("#onboarding figcaption .hint") == "Nobody signed in for the first time in these 30 days."
    assert page.text("#success figcaption .hint") == "Nobody tried to sign in in these 30 days yet."
    assert page.text("#breaches figcaption .hint") == "No organisation was refused in these 30 days."
    assert page.text("#industries figcaption .hint") == "1 active organisation, in General."
    assert not page.all("main .plot")
    assert not page.all(".banner")


def test_the_figures_the_charts_and_the_tables_agree(admin: Browse, app: Flask):
    day = timedelta(days=1)
    add_activity(
        app,
        (this_hour(), "sign_in_succeeded", "", 990),
        (this_hour() - 3 * day, "sign_in_succeeded", "", 100),
        (this_hour() - 35 * day, "sign_in_succeeded", "", 1000),
        (this_hour(), "sign_in_refused", "cancelled", 1),
        (this_hour() - 3 * day, "sign_in_refused", "our_fault", 9),
        (this_hour(), "first_sign_in", "", 10),
        (this_hour(), "onboarding_seen", "", 9),
        (this_hour(), "onboarding_finished", "", 6),
        (this_hour(), "onboarding_skipped", "", 2),
        (this_hour(), "dashboard_reached", "", 8),
        (this_hour(), "organisation_created", "", 3),
    )
    add_breaches(app, this_hour() - 5 * day, this_hour() - 5 * day + timedelta(minutes=1), period="burst")

    page = admin.get("/admin")

    assert page.text("#sign-ins figcaption .hint") == "1,090 sign-ins in these 30 days, up 9% on the 30 days before."
    assert page.text("#onboarding figcaption .hint") == "80% of 10 new people reached their dashboard."
    assert page.text("#success figcaption .hint") == "100% today. The dashed line is our 99% target."
    assert page.text("#breaches figcaption .hint").startswith("2 breaches in these 30 days, none today.")
    assert page.texts(".kpis dd:nth-of-type(1)") == ["1,090", "99.2%", "13", "2", "1"]
    assert [bar.split(" · ")[-1] for bar in page.texts("#onboarding b")] == ["100%", "90%", "60%", "20%", "80%"]
    assert page.texts("#success .table tbody tr") == ["Our own fault 9", "Stopped before finishing 1"]
    for figure in page.all("main figure"):
        assert figure["aria-labelledby"] == figure.select("h2")[0]["id"]
        assert figure.select("details table caption")
        assert all(svg.find_parent(attrs={"aria-hidden": "true"}) or svg["aria-hidden"] for svg in figure.select("svg"))
    assert page.texts("#sign-ins details tbody tr")[0].endswith(" 990")
    assert len(page.all("#sign-ins details tbody tr")) == 30
    assert not page.all(".banner")


def test_a_figure_leads_to_the_list_behind_it(admin: Browse):
    page = admin.get("/admin?days=7")

    links = [str(link["href"]) for link in page.all(".kpis a, #industries a")]
    assert links == [
        "/admin/people?seen=7-days",
        "#success",
        "/admin/organisations?created=7-days",
        "/admin/organisations?usage=refused-7-days",
        "/admin/organisations?status=active",
        "/admin/organisations?industry=default&status=active",
    ]
    for link in links:
        if link != "#success":
            assert admin.get(link).all(".chip"), f"{link} is narrowed to nothing"


@pytest.mark.parametrize(("asked", "days"), [("", 30), ("?days=7", 7), ("?days=90", 90), ("?days=8&x=1", 30)])
def test_the_period_is_in_the_address(admin: Browse, app: Flask, asked: str, days: int):
    add_activity(app, (this_hour() - timedelta(days=days - 1), "sign_in_succeeded", "", 5))
    add_activity(app, (this_hour() - timedelta(days=days), "sign_in_refused", "cancelled", 5))

    page = admin.get(f"/admin{asked}")

    assert page.text(".seg [aria-current]") == f"{days} days"
    assert page.text(".page-head p").startswith(f"{days} days to ")
    assert page.texts(".kpis dd:nth-of-type(1)")[:2] == ["5", "100%"]


def test_a_full_quarter_stays_a_light_page_of_four_statements(admin: Browse, app: Flask):
    hours = [this_hour() - timedelta(days=number) for number in range(90)]
    add_activity(app, *((hour, "sign_in_succeeded", "", 371 + 7 * n % 53) for n, hour in enumerate(hours)))
    add_activity(app, *((hour, "sign_in_refused", "cancelled", 1 + n % 5) for n, hour in enumerate(hours)))
    add_breaches(app, *hours)
    admin.get("/admin?days=90")

    with counted(app) as sent:
        admin.get("/admin?days=90")

    assert len(sent) == 4, sent


def test_days_are_those_of_the_uk_around_a_change_of_the_clocks(app: Flask, database):
    """On 26 October 2025 at 2:00 it became 1:00 again, so that day had 25 hours."""
    moments = ("2025-10-25T22", "2025-10-25T23", "2025-10-26T23", "2025-10-27T00", "2025-10-27T23")
    hours = [datetime.fromisoformat(f"{moment}:00:00+00:00") for moment in moments]
    add_activity(app, *((hour, "sign_in_succeeded", "", 10**place) for place, hour in enumerate(hours)))
    make_organisation()
    add_breaches(app, *hours)
    period = Period(7, date(2025, 10, 27))

    tally, breaches = figures_of.find_tally(period, LONDON), figures_of.find_breaches(period, LONDON)

    assert tally is not None
    assert tally.each_day("sign_in_succeeded")[-3:] == (1, 110, 11000)
    assert breaches is not None
    assert breaches.each_day == {date(2025, 10, 25): 1, date(2025, 10, 26): 2, date(2025, 10, 27): 2}


@pytest.mark.parametrize(
    ("query", "card"), [("_tally", "sign-ins"), ("_breaches", "breaches"), ("_organisations", "industries")]
)
def test_a_chart_that_cannot_be_read_says_so_and_the_rest_of_the_page_stays(
    admin: Browse, monkeypatch: pytest.MonkeyPatch, query: str, card: str
):
    def fails(*_given: object) -> None:
        db.session.execute(sa.text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(figures_of, query, fails)

    page = admin.get("/admin")

    failed = [figure["id"] for figure in page.all("figure") if "We could not load this chart." in figure.get_text()]
    assert card in failed
    assert len(failed) == (3 if query == "_tally" else 1)
    assert page.texts(".kpis dd:nth-of-type(1)").count("–") >= 1


def test_a_long_table_is_estimated_from_what_the_database_keeps_about_it(
    app: Flask, settings: Settings, database, monkeypatch: pytest.MonkeyPatch
):
    for industry, number in ((Industry.RETAIL, 6), (Industry.GYM, 3)):
        for _ in range(number):
            make_organisation("One of many", industry)
    owner = sa.create_engine(settings.owner_database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(sa.text("ANALYZE organisations"))
    owner.dispose()
    monkeypatch.setattr(figures_of, "MOST_PAGES_COUNTED", 0)

    found = figures_of.find_organisations()

    assert found is not None
    assert found.is_estimate
    assert [(each.industry, each.count) for each in found.industries] == [("retail", 6), ("gym", 3)]
    assert found.active.in_words == "about 9"


def test_the_gravest_trouble_is_told_and_no_other(admin: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch):
    def told() -> str:
        page = admin.get("/admin")
        assert len(page.all(".banner")) == 1
        return page.text(".banner")

    add_breaches(app, this_hour())
    assert told().startswith("1 organisation reached the hourly limit")
    add_activity(app, (this_hour(), "sign_in_refused", "our_fault", 3))
    assert "3 of 3 sign-ins failed, so 0% succeeded" in told()
    monkeypatch.setattr(app.extensions[STORE], "is_degraded", True, raising=False)
    assert told().startswith("Requests are counted by each process for itself")


def test_a_database_that_is_not_as_needed_comes_before_anything_else(
    admin: Browse, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    owner = sa.create_engine(settings.owner_database_url, isolation_level="AUTOCOMMIT")
    rename = "ALTER TYPE industry RENAME VALUE '{}' TO '{}'"
    with owner.connect() as connection:
        connection.execute(sa.text(rename.format("gym", "GYM")))
        readiness.forget_findings()
        try:
            page = admin.get("/admin")
        finally:
            connection.execute(sa.text(rename.format("GYM", "gym")))
            readiness.forget_findings()
    owner.dispose()
    assert page.text(".banner-title") == "The database is not as this release needs it"
    assert page.one(".banner a")["href"] == "/admin/health"


def test_a_database_that_cannot_be_asked_about_itself_is_not_called_wrong(
    admin: Browse, monkeypatch: pytest.MonkeyPatch
):
    def away() -> list[object]:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(figures_of, "recent_findings", away)
    assert not admin.get("/admin").all(".banner")


def test_a_newcomers_way_is_counted_once_for_each_step(browse: Browse, app: Flask):
    claims = make_claims(name="Priya Shah")
    browse.arrive(claims)
    for _ in range(2):
        page = browse.get("/onboarding")
    browse.submit(page, form="#onboarding", press=("action", "skip"))
    for _ in range(2):
        browse.get("/dashboard")
    browse.arrive(claims)
    browse.get("/dashboard")

    assert counted_so_far(app) == {
        "sign_in_succeeded": 2,
        "first_sign_in": 1,
        "onboarding_seen": 1,
        "onboarding_skipped": 1,
        "dashboard_reached": 1,
    }


def test_who_was_there_before_is_not_followed_and_costs_no_statement(browse: Browse, app: Flask):
    browse.arrive(make_claims())
    with app.app_context():
        db.session.execute(sa.update(Organisation).values(awaited_step=None, onboarded_at=sa.func.now()))
        db.session.commit()

    with counted(app) as sent:
        browse.get("/dashboard")

    assert not [statement for statement in sent if statement.startswith(("UPDATE", "INSERT"))]
    assert "dashboard_reached" not in counted_so_far(app)


def test_an_admin_who_looks_takes_no_step_for_them(browse: Browse, app: Flask):
    newcomer = browse.arrive(make_claims()).user_id
    admin_id = arrive_as_admin(browse, app)
    with app.app_context():
        session_id = db.session.scalars(sa.select(LoginSession.id).where(LoginSession.user_id == admin_id)).one()
        looks.begin_look(session_id, newcomer, by=person(admin_id), reason="They asked us to")

    assert browse.get("/onboarding").text("h1") == "Set up your organisation"

    assert "onboarding_seen" not in counted_so_far(app)


def test_a_step_that_cannot_be_counted_takes_no_page_away(browse: Browse, app: Flask, settings: Settings):
    browse.arrive(make_claims())
    owner = sa.create_engine(settings.owner_database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(sa.text("ALTER TABLE activity RENAME TO theirs"))
        try:
            assert browse.get("/onboarding").text("h1") == "Set up your organisation"
        finally:
            connection.execute(sa.text("ALTER TABLE theirs RENAME TO activity"))
    owner.dispose()
    browse.get("/onboarding")
    assert counted_so_far(app)["onboarding_seen"] == 1


def counted_so_far(app: Flask) -> dict[str, int]:
    with app.app_context():
        rows = db.session.execute(sa.select(Activity.what, sa.func.sum(Activity.count)).group_by(Activity.what))
        return {what: int(count) for what, count in rows}
