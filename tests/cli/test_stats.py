"""`flask stats`: the figures of the overview, for people and for programs."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask

from tests.factories import make_organisation
from webapp.database import db
from webapp.domain.industries import Industry
from webapp.models import Activity, LimitBreach

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def run(app: Flask):
    def run_command(*arguments: str, ends: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=["stats", *arguments])
        assert result.exit_code == ends, result.output
        return result

    return run_command


@pytest.fixture
def busy(database: object) -> None:
    """Some sign-ins of today and of a month ago, and a refused minute."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    cinema = make_organisation("Odeon", Industry.CINEMA)
    rows = [
        (now, "sign_in_succeeded", "", 1090),
        (now - timedelta(days=40), "sign_in_succeeded", "", 7),
        (now, "sign_in_refused", "our_fault", 9),
        (now, "sign_in_refused", "cancelled", 3),
        (now, "first_sign_in", "", 4),
        (now, "dashboard_reached", "", 3),
    ]
    db.session.add_all(
        Activity(hour=hour, what=what, cause=cause, industry="", count=count) for hour, what, cause, count in rows
    )
    db.session.add(LimitBreach(organisation_id=cinema.id, minute=now, period="hour", allowed=18_000))
    db.session.commit()


def words(result: Result) -> dict[str, str]:
    """Each line by the words before its first gap."""
    lines = [line.split("  ", 1) for line in result.output.splitlines() if "  " in line]
    return {name: rest.strip() for name, rest in lines}


@pytest.mark.usefixtures("busy")
def test_people_read_the_figures_of_the_overview(run):
    said = words(run())

    assert said["Sign-ins"] == "1,090"
    assert (said["Failed"], said["Success rate"]) == ("9", "99.2%")
    assert said["Our own fault"] == "9"
    assert said["Stopped before finishing"] == "3"
    assert said["Reached the dashboard"].split() == ["3", "75%"]
    assert said["At their limit"] == "1 this hour"
    assert (said["Organisations"], said["Cinema"]) == ("1 active", "1")
    assert words(run("--days", "60"))["Sign-ins"] == "1,097"


@pytest.mark.usefixtures("busy")
def test_programs_read_stored_names_and_a_line_for_each_day(run):
    shown = json.loads(run("--days", "7", "--json").output)

    assert shown["refused_by_cause"]["cancelled"] == 3
    assert shown["onboarding"]["dashboard_reached"] == 3
    assert shown["active_by_industry"] == {"cinema": 1}
    assert len(shown["days"]) == 7
    assert shown["days"][-1] == {"day": shown["to"], "sign_ins": 1090, "failed": 9, "breaches": 1}


def test_nothing_yet_is_said_as_that(run):
    output = run().output

    assert "nobody tried" in output
    assert "No sign-in came to nothing." in output
    assert "No organisation is active yet." in output


@pytest.mark.parametrize("days", ["0", "367", "many"])
def test_a_number_of_days_that_is_none_is_wrong_usage(run, days: str):
    run("--days", days, ends=2)
