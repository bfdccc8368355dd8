"""The commands: what they print, what they change, and how they end."""

import json
import uuid

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from tests.factories import make_claims, make_organisation
from webapp.database import db
from webapp.domain.industries import CATALOGUE, Industry
from webapp.models import AuditEvent, Membership, Organisation, User
from webapp.services import visitors
from webapp.services.accounts import sign_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def run(app: Flask):
    """Runs a command and checks how it ended."""

    def run_command(*arguments: str, ends: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=list(arguments))
        assert result.exit_code == ends, result.output
        return result

    return run_command


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.actor == "cli").order_by(AuditEvent.at)))


def test_an_operator_looks_after_an_organisation(run):
    made = run("organisations", "create", "Iron Hall", "--industry", "gym", "--plan", "professional", "--sic", "93130")
    assert "Made Iron Hall, gym, professional" in made.output
    identifier = str(db.session.scalars(select(Organisation.id)).one())

    assert "Iron Hall" in run("organisations", "list", "--industry", "gym").output
    assert "no such" in run("organisations", "list", "--industry", "hotel").output
    assert "is now set up as a hotel" in run("organisations", "set-industry", "Iron Hall", "hotel").output
    assert "was set up as a hotel already" in run("organisations", "set-industry", "Iron Hall", "hotel").output
    assert "is now on enterprise" in run("organisations", "set-plan", identifier, "enterprise").output
    assert "is suspended" in run("organisations", "suspend", "Iron Hall", "--reason", "Unpaid").output
    assert "Iron Hall" in run("organisations", "list", "--suspended").output
    assert "active again" in run("organisations", "resume", "Iron Hall").output

    shown = json.loads(run("organisations", "show", "Iron Hall", "--json").output)
    assert (shown["id"], shown["industry"], shown["plan"], shown["sic_code"]) == (
        identifier,
        "hotel",
        "enterprise",
        "93130",
    )
    assert shown["requests_per_hour"] == CATALOGUE[Industry.HOTEL].requests_per_hour * 5
    assert actions() == [
        "organisation.created",
        "organisation.industry_set",
        "organisation.plan_set",
        "organisation.suspended",
        "organisation.resumed",
    ]


def test_an_operator_looks_after_limits(run):
    make_organisation("Harbour Rooms", Industry.HOTEL)

    assert "12,000" in run("limits", "show", "Harbour Rooms").output
    assert "Hotel, Basic plan" in run("limits", "show", "Harbour Rooms").output
    assert "Set for this organisation" in run("limits", "set", "Harbour Rooms", "--hour", "50", "--burst", "5").output
    shown = json.loads(run("limits", "show", "Harbour Rooms", "--json").output)
    assert (shown["requests_per_hour"], shown["burst"]) == (50, 5)
    assert "12,000" in run("limits", "clear", "Harbour Rooms").output
    assert actions() == ["limits.set", "limits.cleared"]


def test_an_operator_looks_after_people(run):
    claims = make_claims(email="kim@harbour.example", name="Kim Doyle")
    token = sign_in(claims).session_token

    assert "Kim Doyle" in run("users", "list").output
    assert "Kim Doyle is now a platform admin" in run("users", "grant-admin", "KIM@harbour.example").output
    assert "was a platform admin already" in run("users", "grant-admin", "kim@harbour.example").output
    assert [one["name"] for one in json.loads(run("users", "list", "--admins", "--json").output)] == ["Kim Doyle"]
    assert "no platform admin any more" in run("users", "revoke-admin", "kim@harbour.example").output
    assert "1 session ended" in run("users", "sign-out", "kim@harbour.example").output
    assert visitors.find_visitor(token) is None

    sign_in(claims)
    assert "is blocked. 1 session ended" in run("users", "block", "kim@harbour.example", "--reason", "Left").output
    assert "blocked already" in run("users", "block", "kim@harbour.example").output
    assert "Kim Doyle" in run("users", "list", "--blocked").output
    assert "may sign in again" in run("users", "unblock", "kim@harbour.example").output

    shown = json.loads(run("users", "show", "kim@harbour.example", "--json").output)
    assert shown["identities"] == [{"issuer": claims.issuer, "subject": claims.subject}]
    assert shown["organisations"][0]["role"] == "owner"
    assert "kim@harbour.example" in run("users", "show", shown["id"]).output
    assert actions() == [
        "user.admin_granted",
        "user.admin_revoked",
        "user.signed_out",
        "user.blocked",
        "user.unblocked",
    ]


def test_an_address_that_names_nobody_for_certain_is_not_acted_on(run):
    sign_in(make_claims(email="unsaid@harbour.example", email_verified=None))
    sign_in(make_claims(email="shared@harbour.example"))
    sign_in(make_claims(email="shared@harbour.example"))

    assert "not verified" in run("users", "block", "unsaid@harbour.example", ends=1).output
    assert "Several people" in run("users", "block", "shared@harbour.example", ends=1).output
    assert "There is no person" in run("users", "block", "nobody@harbour.example", ends=1).output
    assert "There is no person" in run("users", "show", str(uuid.uuid4()), ends=1).output
    assert db.session.scalar(select(func.count()).select_from(User).where(User.is_active.is_(False))) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("organisations", "create", "Iron Hall", "--industry", "CINEMA"),
        ("organisations", "create", "Iron Hall"),
        ("organisations", "set-plan", "Iron Hall", "gold"),
        ("organisations", "list", "--industry", "spa"),
        ("limits", "set", "Iron Hall"),
        ("limits", "set", "Iron Hall", "--hour", "many"),
        ("users", "block"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(run, arguments: tuple[str, ...]):
    run(*arguments, ends=2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("organisations", "show", "Nobody Ltd"), "There is no organisation Nobody Ltd"),
        (("organisations", "create", "", "--industry", "gym"), "Enter the name"),
        (("organisations", "create", "x" * 121, "--industry", "gym"), "120 characters or fewer"),
        (("organisations", "create", "Iron Hall", "--industry", "gym", "--sic", "99998"), "no UK SIC code"),
        (("limits", "set", "Harbour Rooms", "--hour", "0"), "whole number between"),
        (("limits", "set", "Harbour Rooms", "--hour", "5", "--burst", "6"), "Burst must be 5 or less"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_is_one_sentence_and_ends_with_one(run, arguments: tuple[str, ...], sentence: str):
    make_organisation("Harbour Rooms")

    result = run(*arguments, ends=1)

    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("group", ["organisations", "users", "limits", "seed"])
def test_every_command_has_help_with_an_example(app: Flask, run, group: str):
    for name in app.cli.commands[group].commands:
        text = run(group, name, "--help").output
        assert f"flask --app wsgi {group} {name}" in text, text


def test_the_initial_seed_may_be_planted_twice(run):
    first = run("seed", "initial")
    assert "Odeon Cinemas" in first.output
    assert run("seed", "initial").output == "Everything was there already.\n"

    rows = db.session.execute(
        select(Organisation.name, Organisation.industry_type, Organisation.subscription_plan, Organisation.sic_code)
    ).all()
    assert len(rows) == 7
    assert {industry for _, industry, _, _ in rows} == set(Industry)
    assert ("Odeon Cinemas", "cinema", "professional", "59140") in rows
    assert ("TechCorp Inc", "b2b", "enterprise") in [row[:3] for row in rows]
    assert ("Marketing Solutions Ltd", "b2b", "professional") in [row[:3] for row in rows]


def test_the_demo_seed_may_be_planted_twice(run):
    run("seed", "demo")
    assert run("seed", "demo").output == "Everything was there already.\n"

    assert db.session.scalar(select(func.count()).select_from(User)) == 2
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 2
    owner = json.loads(run("users", "show", "owner@odeon.example", "--json").output)
    assert [place["name"] for place in owner["organisations"]] == ["Odeon Cinemas"]
    assert json.loads(run("users", "show", "admin@foyer.example", "--json").output)["is_platform_admin"]


def test_a_visitors_organisation_of_the_same_name_does_not_stop_the_seed(run):
    run("seed", "initial")
    make_organisation("Odeon Cinemas", Industry.CINEMA)

    run("seed", "demo")
