"""Somebody unknown with a known address becomes nobody else: people are matched by issuer and subject alone."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import make_organisation, make_person
from tests.hostile.tokens import claiming
from tests.pages import Browse
from webapp.database import db
from webapp.demo.people import find_persona
from webapp.domain.actor import OPERATOR
from webapp.models import AuditEvent, Identity, LoginSession, Membership, Organisation, User
from webapp.services import people

WHO = find_persona("newcomer-company")
assert WHO is not None
ADDRESS = WHO.email
assert ADDRESS is not None


@pytest.fixture
def victim(app: Flask):
    """Owner of Odeon Cinemas, platform admin, and known to another issuer under the newcomer's address."""
    with app.app_context():
        make_person(make_organisation("Odeon Cinemas").id, email=ADDRESS, name="Olivia Hart")
        user_id = people.find_any_person(ADDRESS).id
        people.set_platform_admin(user_id, is_admin=True, by=OPERATOR)
        before = rows_of(user_id)
    return user_id, before


def rows_of(user_id):
    """Everything the database holds about somebody, as it stands."""
    return {
        model.__tablename__: [
            tuple(row)
            for row in db.session.execute(
                select(*model.__table__.columns)
                .where((model.id if model is User else model.user_id) == user_id)
                .order_by(model.id)
            )
        ]
        for model in (User, Identity, Membership, LoginSession)
    }


def test_a_newcomer_with_a_known_address_gets_an_account_of_their_own(app: Flask, browse: Browse, victim):
    user_id, before = victim

    assert browse.sign_in("newcomer-company").location == "/onboarding"

    page = browse.get("/onboarding")
    assert "Odeon" not in page.html
    assert "Olivia" not in page.html
    assert "after two hours" in browse.get("/settings/sessions").html, "no admin"
    with app.app_context():
        assert rows_of(user_id) == before
        newcomer = db.session.scalars(select(User).where(User.id != user_id)).one()
        assert (newcomer.email, newcomer.is_platform_admin, newcomer.display_name) == (ADDRESS, False, "Priya Shah")
        theirs = db.session.execute(
            select(Organisation.name, Membership.role)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(Membership.user_id == newcomer.id)
        ).all()
        assert theirs == [("Priya’s organisation", "owner")]
        about_victim = select(func.count()).where(AuditEvent.subject == f"user:{user_id}")
        assert db.session.scalar(about_victim) == 2  # made a member, made an admin: nothing since


def test_an_address_that_is_changed_at_the_provider_to_a_known_one_changes_nothing_else(
    app: Flask, browse: Browse, victim
):
    user_id, before = victim
    browse.sign_in("newcomer-free-mail")
    browse.provider.misbehave(claiming(email=ADDRESS, email_verified=True), 1)
    browse.client.delete_cookie("foyer_login", domain="127.0.0.1")

    browse.sign_in("newcomer-free-mail")

    assert "Odeon" not in browse.get("/onboarding").html
    with app.app_context():
        assert rows_of(user_id) == before
        assert db.session.scalar(select(func.count()).select_from(User)) == 2


@pytest.mark.parametrize("said", ["true", "True", 1, ["true"], None], ids=repr)
def test_only_the_boolean_true_counts_as_verified(app: Flask, browse: Browse, said: object):
    browse.provider.misbehave(claiming(email_verified=said), 1)
    browse.sign_in("newcomer-company")

    with app.app_context():
        assert db.session.scalars(select(User.email_verified)).one() is None
    refused = app.test_cli_runner().invoke(args=["users", "grant-admin", ADDRESS])
    assert refused.exit_code == 1
    assert "not verified" in refused.output
    with app.app_context():
        assert not db.session.scalars(select(User.is_platform_admin)).one()
