"""The last 24 hours, limits on trial, and going too fast, as `/usage` and the dashboard tell them."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.test_pages import settled
from tests.conftest import hurry
from tests.pages import Browse, Page
from tests.provider import RunningProvider
from tests.statements import counted
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.domain.industries import CATALOGUE, Industry
from webapp.models import LimitCounter, Organisation, UsageByMinute
from webapp.services.usage import find_history
from webapp.web.template_helpers import hour_span

USAGE_PAGE = 3


def this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def add_minutes(app: Flask, *minutes: tuple[float, int, int, int]) -> None:
    """(hours before this one, used, refused, over) for the only organisation."""
    with app.app_context():
        organisation_id = db.session.scalars(sa.select(Organisation.id)).one()
        for hours, used, refused, over in minutes:
            moment = this_hour() - timedelta(hours=hours)
            db.session.add(
                UsageByMinute(organisation_id=organisation_id, minute=moment, used=used, refused=refused, over=over)
            )
        db.session.commit()


def table_of(page: Page) -> dict[str, list[str]]:
    """The rows of the table of hours by what stands first in them."""
    rows = page.all("details tbody tr")
    return {row.th.get_text(): [cell.get_text() for cell in row.select("td")] for row in rows}  # type: ignore[union-attr]


def run(app: Flask, *words: str) -> None:
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("industry", list(Industry))
def test_a_day_without_requests_has_the_industrys_words(app: Flask, browse: Browse, industry: Industry):
    settled(browse, app, industry)

    page = browse.get("/usage")

    assert page.text("[data-quiet-day]") == CATALOGUE[industry].quiet_day
    assert not page.all("figure, details tbody")


def test_the_last_24_hours_are_a_chart_a_sentence_and_a_table(app: Flask, browse: Browse):
    settled(browse, app)
    add_minutes(app, (0, 40, 0, 0), (5, 1200, 3, 0), (5.5, 7, 0, 0), (23, 9, 0, 0), (24.5, 500, 500, 0))

    page = browse.get("/usage")

    busiest = hour_span(this_hour() - timedelta(hours=5))
    assert page.text("figcaption") == (
        f"In the last 24 hours 1,256 requests were let in and 3 refused. The busiest hour was {busiest}, with 1,203."
    )
    table = table_of(page)
    assert len(table) == 24
    assert next(iter(table)) == hour_span(this_hour())
    assert table[busiest] == ["1,200", "3"]
    assert table[hour_span(this_hour() - timedelta(hours=6))] == ["7", "0"]
    assert list(table.values())[-1] == ["9", "0"]
    assert page.one("figure svg")["aria-hidden"] == "true"
    assert len(page.all("figure rect")) == 5
    assert len(page.all("figure rect.beyond")) == 1
    assert page.texts("figure .split")[0].endswith("Let in Refused"), "the legend tells the two apart in words"


def test_other_organisations_are_not_counted_in(app: Flask, browse: Browse):
    settled(browse, app)
    add_minutes(app, (1, 5, 0, 0))
    settled(browse, app)

    assert browse.get("/usage").all("[data-quiet-day]")


def test_the_newest_minute_is_read_from_the_counter(app: Flask, browse: Browse):
    settled(browse, app)
    add_minutes(app, (0, 5, 0, 0))
    with app.app_context():
        organisation_id = db.session.scalars(sa.select(Organisation.id)).one()
        hour = int(this_hour().timestamp()) // 3600
        minute = {"minute": hour * 60, "minute_used": 4, "minute_refused": 2, "minute_over": 0}
        of_second = {"hour": hour, "hour_used": 9, "second": hour * 3600, "slots": [0] * 61, "burst_used": 0}
        db.session.add(LimitCounter(key=f"organisation:{organisation_id}", **minute, **of_second))
        db.session.commit()

    assert table_of(browse.get("/usage"))[hour_span(this_hour())] == ["9", "2"]


def test_what_other_stores_count_arrives_late_and_the_page_says_so(app: Flask, browse: Browse, monkeypatch):
    settled(browse, app)
    browse.get("/dashboard")
    assert browse.get("/usage").all("[data-quiet-day]")

    app.extensions["foyer_usage_recorder"].flush()

    page = browse.get("/usage")
    assert table_of(page)[hour_span(this_hour())] == ["1", "0"]
    assert "up to 10 seconds late" in page.text("main")
    monkeypatch.setattr(app.extensions["foyer_limit_store"], "name", "PostgreSQL")
    assert "seconds late" not in browse.get("/usage").text("main")


def test_usage_costs_few_statements(app: Flask, browse: Browse):
    settled(browse, app)
    add_minutes(app, *((hours, 5, 1, 0) for hours in range(24)))
    with counted(app) as sent:
        browse.get("/usage")
    assert len(sent) <= USAGE_PAGE, sent


def test_a_history_that_cannot_be_read_takes_nothing_else_away(app: Flask, browse: Browse, monkeypatch):
    settled(browse, app)
    monkeypatch.setattr("webapp.services.usage._by_hour", lambda *_, **__: sa.text("SELECT nothing FROM nowhere"))

    page = browse.get("/usage")

    assert "We cannot read your last 24 hours at the moment. Your limit still applies." in page.text("main")
    assert page.all("[data-gauge]")


def test_counters_that_cannot_be_read_are_left_out(app: Flask, browse: Browse):
    settled(browse, app)
    add_minutes(app, (0, 5, 0, 0))
    with counted(app) as sent, app.app_context():
        history = find_history(db.session.scalars(sa.select(Organisation.id)).one(), None)

    assert history is not None
    assert history.used == 5
    assert not any("limit_counters" in statement for statement in sent)


def test_limits_on_trial_say_what_they_would_have_refused(app: Flask, browse: Browse):
    settled(browse, app)
    add_minutes(app, (1, 20, 0, 12))
    run(app, "limits", "set", "Corner House", "--hour", "2", "--burst", "2", "--shadow")
    for _ in range(4):
        browse.get("/dashboard")

    page = browse.get("/usage")

    banner = page.text("main .banner")
    assert banner.startswith("Your limits are on trial: nothing is refused")
    assert banner.endswith("12 of the 20 requests of the last 24 hours would have been refused.")
    assert page.text("[data-state]") == "On trial Your limits are on trial: nothing is refused."
    assert "Would have been refused" in page.texts("details th")
    assert table_of(page)[hour_span(this_hour() - timedelta(hours=1))] == ["20", "0", "12"]
    assert browse.get("/usage.json").response.get_json()["state"]["kind"] == "trial"
    assert browse.get("/dashboard").text("[data-state] .tag") == "On trial"


def test_limits_that_are_enforced_are_not_said_to_be_on_trial(app: Flask, browse: Browse):
    settled(browse, app)
    assert "on trial" not in browse.get("/usage").text("main")
    run(app, "limits", "set", "Corner House", "--no-enforce", "--shadow")
    assert browse.get("/usage").text("[data-state] .tag") == "Not limited"


@pytest.mark.parametrize(("views", "kind"), [(7, "plenty"), (8, "low"), (9, "low"), (10, "reached")])
def test_pages_warn_from_80_percent_of_the_hour(app: Flask, browse: Browse, views: int, kind: str):
    settled(browse, app)
    run(app, "limits", "set", "Corner House", "--hour", "10")  # a burst is capped by it, so the hour is what counts
    for _ in range(views - 1):
        browse.get("/help")
    dashboard = browse.get("/dashboard")

    assert dashboard.one("[data-gauge]")["data-kind"] == kind
    assert browse.get("/usage").one("[data-gauge]")["data-kind"] == kind
    assert browse.get("/usage.json").response.get_json()["state"]["kind"] == kind


def test_a_burst_that_is_used_up_is_not_plenty_left(app: Flask, browse: Browse):
    settled(browse, app)
    run(app, "limits", "set", "Corner House", "--burst", "3")
    for _ in range(3):
        browse.get("/dashboard")
    browse.get("/dashboard", 429)

    page = browse.get("/usage")

    assert page.text("[data-burst] .hint").startswith("3 of 3")
    assert page.text("[data-state]") == ("A little fast You are going a little fast. You can carry on within a minute.")
    state = browse.get("/usage.json").response.get_json()["state"]
    assert state == {"tag": "A little fast", "kind": "fast", "sentence": page.text("[data-sentence]")}


def test_a_reset_is_felt_on_the_very_next_request(app: Flask, browse: Browse):
    settled(browse, app)
    run(app, "limits", "set", "Corner House", "--burst", "1")
    browse.get("/dashboard")
    for _ in range(2):
        browse.get("/dashboard", 429)  # the second is remembered

    run(app, "limits", "reset", "Corner House")

    browse.get("/dashboard")


@pytest.mark.parametrize(
    "relief",
    [
        ("limits", "industry", "hotel", "--built-in"),
        ("limits", "industry", "hotel", "--hour", "50", "--burst", "50"),
        ("limits", "set", "Corner House", "--burst", "2"),
        ("limits", "set", "Corner House", "--no-enforce"),
        ("limits", "set", "Corner House", "--shadow"),
        ("organisations", "set-industry", "Corner House", "gym"),
        ("organisations", "set-plan", "Corner House", "enterprise"),
    ],
    ids=" ".join,
)
def test_a_remembered_refusal_does_not_outlast_the_limit_that_made_it(app: Flask, browse: Browse, relief):
    settled(browse, app)
    run(app, "limits", "industry", "hotel", "--hour", "2", "--burst", "1")
    browse.get("/dashboard")
    for _ in range(2):
        browse.get("/dashboard", 429)

    run(app, *relief)

    browse.get("/dashboard")


def test_a_stricter_base_is_felt_on_the_very_next_request_with_the_count_kept(app: Flask, browse: Browse):
    settled(browse, app)
    for _ in range(3):
        browse.get("/dashboard")

    run(app, "limits", "industry", "hotel", "--hour", "3", "--burst", "3")

    browse.get("/dashboard", 429)


@pytest.fixture
def on_postgres(app: Flask, settings: Settings, provider: RunningProvider) -> Browse:
    """Somebody whose requests are counted in PostgreSQL, as they are unless a deployment says otherwise."""
    deployed = create_app(dataclasses.replace(settings, ratelimit_storage_uri=None))
    browse = Browse(deployed, provider)
    settled(browse, deployed)
    return browse


def test_what_postgresql_counts_is_seen_at_once_and_a_reset_keeps_the_history(on_postgres: Browse):
    for _ in range(3):
        on_postgres.get("/dashboard")
    seen = on_postgres.get("/usage")

    run(on_postgres.app, "limits", "reset", "Corner House")

    after = on_postgres.get("/usage")
    for page in (seen, after):
        assert table_of(page)[hour_span(this_hour())] == ["3", "0"]
        assert "seconds late" not in page.text("main")
    assert on_postgres.get("/usage.json").response.get_json()["used"] == 0


def test_a_locked_counter_table_takes_neither_page_away(on_postgres: Browse, settings: Settings):
    add_minutes(on_postgres.app, (0, 5, 0, 0))
    hurry(on_postgres.app)
    owner = sa.create_engine(settings.owner_database_url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        connection.execute(sa.text("LOCK TABLE limit_counters IN ACCESS EXCLUSIVE MODE"))
        usage = on_postgres.get("/usage")
        dashboard = on_postgres.get("/dashboard")

    for page in (usage, dashboard):
        assert page.text("[data-sentence]") == "We cannot read your usage at the moment. Your limit still applies."
    assert table_of(usage)[hour_span(this_hour())] == ["5", "0"]
