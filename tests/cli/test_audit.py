"""`flask audit`: reading the log, and taking away what nobody has to keep, as the only role that can."""

import csv
import io
import json
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.factories import make_organisation, make_person
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.models import AuditEvent, Organisation
from webapp.services import audit_prune, limits


@pytest.fixture
def hotel(database: object) -> Organisation:
    return make_organisation("Harbour Rooms")


@pytest.fixture
def run(app: Flask, database: object):
    def run_command(*arguments: str, ends: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=["audit", *arguments])
        assert result.exit_code == ends, result.output
        assert "Traceback" not in result.output
        return result

    return run_command


@pytest.fixture
def older(database: object) -> datetime:
    """Three entries of fourteen months ago. An entry may be written late, but never be changed."""
    moment = datetime.now(UTC) - timedelta(days=14 * 31)
    db.session.add_all(AuditEvent(actor="system", action="user.signed_out", at=moment) for _ in range(3))
    db.session.commit()
    return moment


def test_tail_shows_the_newest_last(run, hotel: Organisation):
    limits.set_override_of_any(hotel.id, hour=600, by=OPERATOR, reason="As agreed")

    lines = run("tail", "-n", "2").output.splitlines()
    shown = json.loads(run("tail", "--json").output)

    assert lines[0].split() == ["TIME", "(UTC)", "WHO", "ACTION", "TO", "DETAIL", "REASON", "REFERENCE"]
    assert "Created the organisation" in lines[1]
    for words in ("An operator", "Set limits", "Harbour Rooms", "Hourly limit: inherited became 600", "As agreed"):
        assert words in lines[2]
    assert [entry["action"] for entry in shown] == ["organisation.created", "limits.set"]
    assert shown[1]["changes"] == {"rate_limit_per_hour": [None, 600]}


def test_tail_of_an_empty_log_says_so(run):
    assert run("tail").output == "No entries yet.\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_tail_follows_what_comes_and_shows_each_entry_once(
    app: Flask, run, hotel: Organisation, monkeypatch: pytest.MonkeyPatch, as_json: bool
):
    def late() -> AuditEvent:
        """Of a transaction that began before the newest entry that was shown, and ended after."""
        return AuditEvent(actor="system", action="user.signed_out", at=datetime.now(UTC) - timedelta(seconds=20))

    steps = iter(
        [
            lambda: limits.set_override_of_any(hotel.id, hour=600, by=OPERATOR),
            lambda: None,
            lambda: (db.session.add(late()), db.session.commit()),
            lambda: limits.set_override_of_any(hotel.id, hour=700, by=OPERATOR),
        ]
    )

    def meanwhile(seconds: float) -> None:
        assert not db.session.registry().in_transaction()
        step = next(steps, None)
        if step is None:
            raise KeyboardInterrupt
        step()

    make_organisation("Kite Gym")
    monkeypatch.setattr(sys.modules["webapp.cli.audit"], "sleep", meanwhile)
    lines = run("tail", "-n", "1", "--follow", *(["--json"] if as_json else [])).output.splitlines()

    if as_json:
        found = [json.loads(line)["action"] for line in lines]
        assert found == ["organisation.created", "limits.set", "user.signed_out", "limits.set"]
    else:
        assert [line.split("  ")[0] for line in lines[:1]] == ["TIME (UTC)"]
        assert len(lines) == 5
        assert "inherited became 600" in lines[2]
        assert "600 became 700" in lines[4]


def test_export_writes_what_is_asked_for(run, hotel: Organisation, older: datetime):
    make_person(hotel.id, name="Theo Grant", email="theo@harbour.example")
    other = make_organisation("=Kite & Co")
    day = f"{older:%Y-%m-%d}"

    everything = list(csv.reader(io.StringIO(run("export").output)))
    assert len(everything) == 1 + 3 + 3
    assert "'=Kite & Co" in everything[1]
    assert len(run("export", "--from", day, "--to", day, "--json").output.splitlines()) == 3
    assert len(run("export", "--organisation", str(other.id)).output.splitlines()) == 2
    theirs = [
        json.loads(line) for line in run("export", "--person", "theo@harbour.example", "--json").output.splitlines()
    ]
    assert [(entry["action"], entry["subject_name"]) for entry in theirs] == [("membership.added", "Theo Grant")]


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        (("export", "--organisation", "Nobody"), 1),
        (("export", "--person", str(uuid.UUID(int=0))), 1),
        (("export", "--from", "yesterday"), 2),
        (("prune", "--keep-months", "12"), 2),
        (("tail", "-n", "0"), 2),
    ],
)
def test_wrong_words_end_with_the_code_that_says_so(run, words: tuple[str, ...], ends: int):
    run(*words, ends=ends)


def test_prune_says_first_and_deletes_when_told_to(run, hotel: Organisation, older: datetime):
    said = run("prune").output
    assert said == "3 entries older than 13 months. Nothing was deleted: --apply deletes them.\n"
    assert run("prune", "--keep-months", "20").output.startswith("0 entries")

    assert run("prune", "--apply").output.endswith("3 entries older than 13 months deleted.\n")

    db.session.rollback()
    kept = db.session.execute(
        select(AuditEvent.action, AuditEvent.actor, AuditEvent.reason).order_by(AuditEvent.at)
    ).all()
    assert [row[0] for row in kept] == ["organisation.created", "audit.pruned"]
    assert kept[1][1] == "cli"
    assert kept[1][2].startswith("3 entries from before ")
    assert run("prune", "--apply").output == "0 entries older than 13 months deleted.\n"


def test_every_batch_tells_what_it_took(app: Flask, older: datetime):
    assert audit_prune.prune(app.config["SETTINGS"], 13, lambda total: None, batch=2) == 3
    told = db.session.scalars(select(AuditEvent.reason).order_by(AuditEvent.at)).all()
    assert [text.split(" from")[0] for text in told if text] == ["2 entries", "1 entry"]


@pytest.mark.parametrize("statement", ["DELETE FROM audit_events", "UPDATE audit_events SET reason = 'other'"])
def test_the_application_itself_can_do_neither(older: datetime, statement: str):
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()
