"""`flask limits` and `flask housekeeping`: what they print, what they record, and how they end."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from tests.factories import make_organisation
from webapp.database import db
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.limiting.counts import StoreUnusable
from webapp.models import AuditEvent, LimitBreach, Organisation, UsageByMinute


@pytest.fixture
def hotel(database: object) -> Organisation:
    return make_organisation("Harbour Rooms", Industry.HOTEL)


@pytest.fixture
def run(app: Flask, database: object):
    """Runs a command and checks how it ended."""

    def run_command(*arguments: str, ends: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=list(arguments))
        assert result.exit_code == ends, result.output
        assert "Traceback" not in result.output
        return result

    return run_command


@pytest.fixture
def used_seven(app: Flask, hotel: Organisation) -> None:
    for _ in range(7):
        app.extensions["foyer_limit_store"].hit(f"organisation:{hotel.id}", 9_999, 9_999, is_enforced=True)


def recorded() -> list[tuple[str, str | None]]:
    rows = db.session.execute(select(AuditEvent.action, AuditEvent.reason).where(AuditEvent.actor == "cli"))
    return sorted(((action, reason) for action, reason in rows), key=str)


@pytest.mark.usefixtures("used_seven")
def test_show_says_what_was_used_and_when_it_resets(run, hotel: Organisation):
    minute = datetime(2026, 3, 1, 14, 36, tzinfo=UTC)
    db.session.add(LimitBreach(organisation_id=hotel.id, minute=minute, period="burst", allowed=300))
    db.session.commit()

    text = run("limits", "show", "Harbour Rooms").output
    shown = json.loads(run("limits", "show", "Harbour Rooms", "--json").output)

    assert [line.split() for line in text.splitlines()[:4]] == [
        ["Harbour", "Rooms"],
        ["PERIOD", "REQUESTS", "USED", "FROM"],
        ["an", "hour", "12,000", "7", "Hotel,", "Basic", "plan"],
        ["any", "60", "seconds", "300", "7", "Hotel,", "Basic", "plan"],
    ]
    assert "The hour resets at" in text
    assert "Last refused at 2026-03-01 14:36 UTC, by the limit of 300 in any 60 seconds." in text
    assert (shown["used_this_hour"], shown["used_in_burst"], shown["on_trial"], shown["enforced"]) == (
        7,
        7,
        False,
        True,
    )
    assert datetime.fromisoformat(shown["resets_at"]).minute == 0
    assert shown["last_breach"] == {"at": "2026-03-01T14:36:00+00:00", "period": "burst", "allowed": 300}


def test_show_says_what_a_trial_would_have_refused(run, hotel: Organisation):
    now = datetime.now(UTC)
    db.session.add(UsageByMinute(organisation_id=hotel.id, minute=now, used=20, over=12))
    db.session.commit()
    assert "On trial: nothing is refused." in run("limits", "set", "Harbour Rooms", "--shadow").output

    text = run("limits", "show", "Harbour Rooms").output

    assert "On trial: nothing is refused. 12 of the 20 requests of the last 24 hours would have been refused." in text
    assert "Nothing was refused that is still remembered." in text
    assert json.loads(run("limits", "show", str(hotel.id), "--json").output)["would_have_been_refused"] == 12
    assert "Not on trial." in run("limits", "set", "Harbour Rooms", "--no-shadow").output
    assert "On trial" not in run("limits", "show", "Harbour Rooms").output


def test_show_goes_on_when_the_counts_cannot_be_read(app: Flask, run, hotel: Organisation, monkeypatch):
    def away(*_: object) -> None:
        raise StoreUnusable("away")

    for name in ("read", "forget"):
        monkeypatch.setattr(app.extensions["foyer_limit_store"], name, away)

    assert "What was used cannot be read." in run("limits", "show", "Harbour Rooms").output
    assert json.loads(run("limits", "show", "Harbour Rooms", "--json").output)["used_this_hour"] is None
    refused = run("limits", "reset", "Harbour Rooms", ends=1).output
    assert refused == "Error: The counts cannot be reached at the moment. Nothing was changed.\n"


@pytest.mark.usefixtures("used_seven")
def test_an_operator_changes_limits_and_each_change_is_recorded(run):
    assert "counted, never refused" in run("limits", "set", "Harbour Rooms", "--no-enforce", "--reason", "Fair").output
    assert "never refused" not in run("limits", "set", "Harbour Rooms", "--enforce").output
    set_here = run("limits", "set", "Harbour Rooms", "--hour", "50", "--burst", "5").output
    assert set_here.splitlines()[2].split()[:4] == ["an", "hour", "50", "7"], "what was used stays counted"
    assert "12,000" in run("limits", "clear", "Harbour Rooms").output
    reset = run("limits", "reset", "Harbour Rooms", "--reason", "Import gone wrong").output
    assert "Harbour Rooms starts again at nothing: 7 used this hour and 7 in the last 60 seconds" in reset
    assert json.loads(run("limits", "show", "Harbour Rooms", "--json").output)["used_this_hour"] == 0

    assert recorded() == [
        ("limits.cleared", None),
        ("limits.reset", "Import gone wrong"),
        ("limits.set", "Fair"),
        ("limits.set", None),
        ("limits.set", None),
    ]


def test_counts_of_each_process_alone_are_said_to_be(app: Flask, run, hotel: Organisation, monkeypatch):
    for command in ("show", "reset"):
        assert "Each process counts for itself here" in run("limits", command, "Harbour Rooms").output
    monkeypatch.setattr(app.extensions["foyer_limit_store"], "name", "PostgreSQL")
    for command in ("show", "reset"):
        assert "for itself" not in run("limits", command, "Harbour Rooms").output


def test_the_table_lists_every_industry_and_plan(run):
    run("limits", "industry", "gym", "--hour", "10000")

    lines = [line.split() for line in run("limits", "table").output.splitlines()]
    rows = json.loads(run("limits", "table", "--json").output)

    assert len(lines) == 1 + len(rows) == 1 + len(Industry) * len(SubscriptionPlan)
    assert ["gym", "enterprise", "50,000", "1,250", "changed"] in lines
    assert ["cinema", "basic", "18,000", "500", "built", "in"] in lines
    assert {"industry": "gym", "plan": "basic", "requests_per_hour": 10_000, "burst": 250, "base": "changed"} in rows


def test_base_figures_are_changed_and_put_back(run, hotel: Organisation):
    said = run("limits", "industry", "hotel", "--hour", "100", "--burst", "10", "--reason", "Storm").output
    assert said == "Hotel: 100 an hour and 10 in any 60 seconds on the Basic plan, set here.\n"
    assert json.loads(run("limits", "show", "Harbour Rooms", "--json").output)["burst"] == 10
    said = run("limits", "industry", "hotel", "--built-in").output
    assert said == "Hotel: 12,000 an hour and 300 in any 60 seconds on the Basic plan, as built in.\n"
    assert json.loads(run("limits", "show", "Harbour Rooms", "--json").output)["burst"] == 300
    assert recorded() == [("limits.base_restored", None), ("limits.base_set", "Storm")]


@pytest.mark.parametrize(
    ("arguments", "ends"),
    [
        (("set", "Harbour Rooms"), 2),
        (("set", "Harbour Rooms", "--reason", "Because"), 2),
        (("set", "Nobody Ltd", "--shadow"), 1),
        (("set", "Harbour Rooms", "--burst", "12001"), 1),
        (("reset", "Nobody Ltd"), 1),
        (("reset",), 2),
        (("industry", "hotel"), 2),
        (("industry", "hotel", "--built-in", "--hour", "5"), 2),
        (("industry", "spa", "--hour", "5"), 2),
        (("industry", "HOTEL", "--hour", "5"), 2),
        (("industry", "hotel", "--hour", "5"), 1),
        (("industry", "hotel", "--hour", "0"), 1),
        (("industry", "hotel", "--burst", "0"), 1),
        (("table", "hotel"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_changes_nothing(run, hotel: Organisation, arguments: tuple[str, ...], ends: int):
    version = hotel.limits_version

    run("limits", *arguments, ends=ends)

    assert recorded() == []
    assert db.session.get_one(Organisation, hotel.id, populate_existing=True).limits_version == version


def test_housekeeping_deletes_what_is_old_and_says_how_much(run, hotel: Organisation):
    for days in (0, 9, 10):
        moment = datetime.now(UTC) - timedelta(days=days)
        db.session.add(UsageByMinute(organisation_id=hotel.id, minute=moment, used=1))
    db.session.commit()

    assert json.loads(run("housekeeping", "--json").output) == {
        "minutes_of_usage": 2,
        "breaches": 0,
        "login_sessions": 0,
        "silent_counters": 0,
        "worker_signs": 0,
    }
    assert run("housekeeping").output.startswith("Deleted:\nminutes_of_usage  0\n")
    assert db.session.scalar(select(func.count()).select_from(UsageByMinute)) == 1
    assert "flask --app wsgi housekeeping" in run("housekeeping", "--help").output
