"""`flask users` with an address that names nobody for certain: it refuses, and lists whom to choose from by id."""

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.factories import make_claims
from webapp.database import db
from webapp.models import AuditEvent, User
from webapp.services.accounts import sign_in

pytestmark = pytest.mark.usefixtures("database")

COMMANDS = ("show", "grant-admin", "revoke-admin", "block", "unblock", "sign-out")
ADDRESS = "kim@odeon.example"


@pytest.fixture
def run(app: Flask):
    def run_command(*arguments: str, ends: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=["users", *arguments])
        assert result.exit_code == ends, result.output
        return result

    return run_command


def test_this_is_every_command_that_takes_a_person(app: Flask):
    takers = {name for name, command in app.cli.commands["users"].commands.items() if command.params[0].name == "user"}
    assert takers == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_of_two_people_is_answered_with_their_ids(run, command: str):
    first = sign_in(make_claims(email=ADDRESS, name="Kim Doyle")).user_id
    second = sign_in(make_claims(email=ADDRESS, email_verified=None, name="Somebody Else")).user_id

    said = run(command, ADDRESS, ends=1).output

    assert said == (
        f"Error: Several people have the address {ADDRESS}: give an id instead.\n"
        f"  {first}  Kim Doyle (verified)\n"
        f"  {second}  Somebody Else (not verified)\n"
    )
    assert not db.session.scalars(select(AuditEvent).where(AuditEvent.actor == "cli")).all()
    run(command, str(second))


@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_is_not_verified_is_answered_with_the_id(run, command: str):
    user_id = sign_in(make_claims(email=ADDRESS, email_verified=None, name="Kim Doyle")).user_id

    said = run(command, ADDRESS, ends=1).output

    assert said == (
        f"Error: The address {ADDRESS} is not verified: give the id instead.\n  {user_id}  Kim Doyle (not verified)\n"
    )
    assert not db.session.scalars(select(AuditEvent).where(AuditEvent.actor == "cli")).all()
    run(command, str(user_id))


def test_a_granted_right_names_whom_it_was_given_to(run):
    user_id = sign_in(make_claims(email=ADDRESS, name="Kim Doyle")).user_id

    assert run("grant-admin", ADDRESS).output == f"Kim Doyle is now a platform admin. {user_id}\n"
    assert db.session.get_one(User, user_id, populate_existing=True).is_platform_admin


def test_a_granted_right_stays_with_the_identity_whoever_has_the_address_next(run):
    claims = make_claims(email=ADDRESS, name="Kim Doyle")
    kim = sign_in(claims).user_id
    run("grant-admin", ADDRESS)

    sign_in(make_claims(subject=claims.subject, email="kim@elsewhere.example"))
    elsewhere = sign_in(make_claims(subject=claims.subject, issuer="https://other.example/", email=ADDRESS)).user_id
    another = sign_in(make_claims(email=ADDRESS)).user_id

    admins = set(db.session.scalars(select(User.id).where(User.is_platform_admin)))
    assert admins == {kim}
    assert len({kim, elsewhere, another}) == 3
