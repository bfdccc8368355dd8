"""Commands about an organisation and a person that hold labels of a newer build's."""

import json
from collections.abc import Callable

import pytest

from tests.factories import make_organisation, make_person
from tests.own_database import OwnDatabase, ahead, database_ahead
from webapp.database import db
from webapp.domain.industries import CATALOGUE, Industry
from webapp.models import AuditEvent

__all__ = ["ahead", "database_ahead"]

DEFAULT = CATALOGUE[Industry.DEFAULT]
LABELS = "SELECT industry_type || ' ' || subscription_plan FROM organisations WHERE name = 'Warm Springs'"

Run = Callable[..., str]


@pytest.fixture
def run(ahead: OwnDatabase) -> Run:
    """Runs a command beside an organisation in the industry "spa" on the plan "gold", whose only person is "auditor".
    Checks how it ended and gives what it printed."""
    with ahead.app.app_context():
        make_person(make_organisation("Warm Springs", Industry.HOTEL).id, email="kim@springs.example")
        make_organisation("Iron Hall", Industry.GYM)
    ahead.change(
        "UPDATE organisations SET industry_type = 'spa', subscription_plan = 'gold' WHERE name = 'Warm Springs'",
        "UPDATE memberships SET role = 'auditor'",
    )

    def run_command(*words: str, ends: int = 0) -> str:
        result = ahead.app.test_cli_runner().invoke(args=list(words))
        assert result.exit_code == ends, result.output
        assert "Traceback" not in result.output
        return str(result.output)

    return run_command


def test_they_stand_in_lists_as_they_are(run: Run):
    line = next(line for line in run("organisations", "list").splitlines() if "Warm Springs" in line)
    assert line.split()[2:5] == ["spa", "gold", f"{DEFAULT.requests_per_hour:,}"]

    listed = json.loads(run("organisations", "list", "--json"))
    assert {one["name"]: (one["industry"], one["plan"]) for one in listed} == {
        "Iron Hall": ("gym", "basic"),
        "Warm Springs": ("spa", "gold"),
    }
    assert "Warm Springs" not in run("organisations", "list", "--industry", "gym")


def test_one_is_shown_with_the_limits_that_stand_in(run: Run):
    assert "spa" in run("organisations", "show", "Warm Springs")
    shown = json.loads(run("organisations", "show", "Warm Springs", "--json"))
    assert (shown["industry"], shown["plan"]) == ("spa", "gold")
    assert (shown["requests_per_hour"], shown["burst"]) == (DEFAULT.requests_per_hour, DEFAULT.burst)
    assert shown["limits_from"] == "General, Basic plan"


def test_other_things_are_changed_and_the_labels_stay(ahead: OwnDatabase, run: Run):
    assert "is suspended" in run("organisations", "suspend", "Warm Springs", "--reason", "Unpaid")
    assert "active again" in run("organisations", "resume", "Warm Springs")
    assert "Set for this organisation" in run("limits", "set", "Warm Springs", "--hour", "50", "--burst", "5")
    assert "General, Basic plan" in run("limits", "clear", "Warm Springs")
    assert f"{DEFAULT.burst:,}" in run("limits", "show", "Warm Springs")
    assert f"Burst must be {DEFAULT.requests_per_hour:,} or less" in run(
        "limits", "set", "Warm Springs", "--burst", "20000", ends=1
    )
    assert ahead.value(LABELS) == "spa gold"


def test_labels_that_this_build_knows_may_take_their_place_and_the_log_says_which(ahead: OwnDatabase, run: Run):
    assert "is now on enterprise" in run("organisations", "set-plan", "Warm Springs", "enterprise")
    assert ahead.value(LABELS) == "spa enterprise"
    assert "is now set up as a hotel" in run("organisations", "set-industry", "Warm Springs", "hotel")
    assert ahead.value(LABELS) == "hotel enterprise"

    with ahead.app.app_context():
        events = db.session.scalars(db.select(AuditEvent).where(AuditEvent.actor == "cli").order_by(AuditEvent.at))
        assert [event.changes for event in events.all()] == [
            {"subscription_plan": ["gold", "enterprise"]},
            {"industry_type": ["spa", "hotel"]},
        ]


@pytest.mark.parametrize(
    "words",
    [
        ("organisations", "set-industry", "Warm Springs", "spa"),
        ("organisations", "set-plan", "Warm Springs", "gold"),
        ("organisations", "list", "--industry", "spa"),
        ("organisations", "create", "Hot Springs", "--industry", "spa"),
    ],
    ids=" ".join,
)
def test_choosing_one_is_wrong_usage(ahead: OwnDatabase, run: Run, words: tuple[str, ...]):
    run(*words, ends=2)
    assert ahead.value(LABELS) == "spa gold"


def test_a_person_is_shown_with_the_role_as_it_is(run: Run):
    assert "Warm Springs (auditor)" in run("users", "show", "kim@springs.example")
    assert json.loads(run("users", "show", "kim@springs.example", "--json"))["organisations"][0]["role"] == "auditor"


def test_a_database_that_lacks_a_label_is_told_in_one_line(ahead: OwnDatabase, run: Run):
    ahead.damage(
        "ALTER TYPE industry RENAME VALUE 'gym' TO 'GYM'", repair="ALTER TYPE industry RENAME VALUE 'GYM' TO 'gym'"
    )
    assert "enums check" in run("organisations", "list", "--industry", "gym", ends=1)
    assert "enums check" in run("organisations", "create", "Iron Hall", "--industry", "gym", ends=1)
    assert "GYM" in run("organisations", "list")
