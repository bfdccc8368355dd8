"""What is taken from somebody is gone on their very next request, in every browser they have open."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_organisation, make_person
from tests.pages import Browse
from tests.provider import RunningProvider
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.domain.roles import MembershipRole
from webapp.models import Organisation, User
from webapp.services import memberships, organisations, people

OWNER, MEMBER, VIEWER = MembershipRole.OWNER, MembershipRole.MEMBER, MembershipRole.VIEWER


@dataclass
class Scene:
    """Somebody who looks at their dashboard in two browsers; their organisation has another owner."""

    app: Flask
    claims: IdentityClaims
    organisation_id: uuid.UUID
    user_id: uuid.UUID
    one: Browse
    two: Browse

    @property
    def browsers(self) -> tuple[Browse, Browse]:
        return self.one, self.two

    def change(self, use_case: Callable[..., object], *ids: uuid.UUID, **values: object) -> None:
        with self.app.app_context():
            use_case(*ids, by=OPERATOR, **values)


@pytest.fixture
def make_scene(app: Flask, provider: RunningProvider) -> Callable[..., Scene]:
    def make(role: MembershipRole = OWNER) -> Scene:
        with app.app_context():
            organisation_id = make_organisation("Odeon Cinemas").id
            make_person(organisation_id, OWNER)
            claims = make_person(organisation_id, role, email="kim@somewhere.example")
            user_id = people.find_any_person("kim@somewhere.example").id
        scene = Scene(app, claims, organisation_id, user_id, Browse(app, provider), Browse(app, provider))
        for browse in scene.browsers:
            browse.arrive(claims)
            browse.get("/dashboard")
        return scene

    return make


def test_somebody_blocked_is_nobody(make_scene: Callable[..., Scene]):
    scene = make_scene()
    scene.change(people.block, scene.user_id)

    for browse in scene.browsers:
        assert browse.get("/dashboard", 303).location.startswith("/login")
        browse.get("/usage.json", 401)
    with pytest.raises(SignInRefused) as refusal:
        scene.one.arrive(scene.claims)
    assert refusal.value.cause is SignInCause.BLOCKED


def test_somebody_signed_out_everywhere_may_sign_in_again(make_scene: Callable[..., Scene]):
    scene = make_scene()
    scene.change(people.sign_out_everywhere, scene.user_id)

    for browse in scene.browsers:
        assert browse.get("/dashboard", 303).location.startswith("/login")
    scene.one.arrive(scene.claims)
    scene.one.get("/dashboard")


@pytest.mark.parametrize("role", [MEMBER, VIEWER])
def test_an_owner_who_is_none_any_more_changes_nothing_with_the_form_they_have_open(
    make_scene: Callable[..., Scene], role: MembershipRole
):
    scene = make_scene(OWNER)
    form = scene.one.get("/settings/organisation")
    scene.change(memberships.set_role, scene.organisation_id, scene.user_id, role=role)

    scene.one.submit(form, 403, form="#settings", name="Mine now")
    scene.two.get("/settings/organisation", 403)

    assert "Organisation settings" not in scene.two.get("/dashboard").html
    with scene.app.app_context():
        assert db.session.scalars(select(Organisation.name)).one() == "Odeon Cinemas"


def test_somebody_who_becomes_an_owner_need_not_sign_in_for_it(make_scene: Callable[..., Scene]):
    scene = make_scene(VIEWER)
    scene.one.get("/settings/organisation", 403)
    scene.change(memberships.set_role, scene.organisation_id, scene.user_id, role=OWNER)

    scene.one.get("/settings/organisation")


def test_the_people_of_a_suspended_organisation_are_told_and_let_in_once_it_is_resumed(
    make_scene: Callable[..., Scene],
):
    scene = make_scene()
    form = scene.one.get("/settings/organisation")
    scene.change(organisations.suspend_any, scene.organisation_id)

    for browse in scene.browsers:
        assert "Odeon Cinemas is not active" in browse.get("/dashboard", 403).text("main")
    scene.one.submit(form, 403, form="#settings", name="Still here")
    scene.change(organisations.resume_any, scene.organisation_id)
    assert scene.one.get("/dashboard").text("h1") == "Odeon Cinemas"


def test_somebody_taken_out_is_in_no_organisation_and_starts_afresh_when_they_sign_in(
    make_scene: Callable[..., Scene],
):
    scene = make_scene(MEMBER)
    scene.change(memberships.remove_member, scene.organisation_id, scene.user_id)

    for browse in scene.browsers:
        page = browse.get("/dashboard", 403)
        assert page.text("h1") == "You are not in an organisation"
        assert "Odeon" not in page.html
        browse.get("/usage.json", 403)
    assert not scene.one.arrive(scene.claims).is_onboarded
    assert "Odeon" not in scene.one.get("/onboarding").html


def test_admin_rights_come_and_go_with_the_next_request(make_scene: Callable[..., Scene]):
    scene = make_scene()
    for is_admin in (True, False):
        scene.change(people.set_platform_admin, scene.user_id, is_admin=is_admin)
        assert ("after 30 minutes" in scene.one.get("/settings/sessions").html) is is_admin


def test_nobody_else_notices(make_scene: Callable[..., Scene], provider: RunningProvider):
    scene = make_scene()
    with scene.app.app_context():
        other = make_person(scene.organisation_id, MEMBER)
    colleague = Browse(scene.app, provider)
    colleague.arrive(other)

    scene.change(people.block, scene.user_id)
    scene.change(memberships.remove_member, scene.organisation_id, scene.user_id)

    assert colleague.get("/dashboard").text("h1") == "Odeon Cinemas"
    with scene.app.app_context():
        assert len(db.session.scalars(select(User).where(User.is_active)).all()) == 2
