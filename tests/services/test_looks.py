"""Looking as somebody else sees it: who may, for how long, and that it ends where it does not hold any more."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select, update

from tests.factories import make_claims, make_organisation, make_person
from webapp.database import db
from webapp.domain.actor import OPERATOR, Actor, person
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import NotFound, NotPermitted
from webapp.domain.roles import MembershipRole
from webapp.domain.visitor import SignedInVisitor
from webapp.models import AuditEvent, LoginSession, Look
from webapp.services import login_sessions, looks, memberships, organisations, people
from webapp.services.accounts import sign_in
from webapp.services.visitors import find_visitor

pytestmark = pytest.mark.usefixtures("database")

WHY = "They cannot find their settings"


@dataclass
class Scene:
    """A platform admin in a browser, and Priya, who owns Odeon Cinemas with somebody else."""

    token: str
    admin_id: uuid.UUID
    admin_claims: IdentityClaims
    session_id: uuid.UUID
    odeon: uuid.UUID
    priya: uuid.UUID
    priya_claims: IdentityClaims

    @property
    def admin(self) -> Actor:
        return person(self.admin_id, "FY-7Q2K-04")

    def asking(self) -> SignedInVisitor:
        visitor = find_visitor(self.token)
        assert visitor is not None
        return visitor

    def look(self) -> None:
        looks.begin_look(self.session_id, self.priya, by=self.admin, reason=WHY)


@pytest.fixture
def scene() -> Scene:
    odeon = make_organisation("Odeon Cinemas").id
    make_person(odeon)
    priya_claims = make_person(odeon, MembershipRole.MEMBER, name="Priya Shah")
    claims = make_person(make_organisation("Foyer").id, name="Marta Bell", auth_time=int(time.time()))
    priya, marta = sign_in(priya_claims).user_id, sign_in(claims)
    people.set_platform_admin(marta.user_id, is_admin=True, by=OPERATOR)
    visitor = find_visitor(marta.session_token)
    assert visitor is not None
    return Scene(marta.session_token, marta.user_id, claims, visitor.session_id, odeon, priya, priya_claims)


def actions() -> list[str]:
    found = select(AuditEvent.action).where(AuditEvent.action.like("user.look%")).order_by(AuditEvent.at)
    return list(db.session.scalars(found))


def test_an_admin_sees_what_the_person_sees_and_has_none_of_their_own_rights(scene: Scene):
    assert scene.asking().looked_at_by is None
    assert scene.asking().has_fresh_sign_in
    scene.look()
    seen = scene.asking()

    assert (seen.user_id, seen.display_name, seen.session_id) == (scene.priya, "Priya Shah", scene.session_id)
    assert seen.organisation is not None
    assert (seen.organisation.id, seen.organisation.role) == (scene.odeon, MembershipRole.MEMBER)
    assert not seen.is_platform_admin
    assert not seen.has_fresh_sign_in
    assert seen.looked_at_by is not None
    assert (seen.looked_at_by.admin_id, seen.looked_at_by.admin_name) == (scene.admin_id, "Marta Bell")
    assert seen.asking_id == scene.admin_id
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "user.look_began")).one()
    assert (event.actor_user_id, event.subject) == (scene.admin_id, f"user:{scene.priya}")
    assert (event.organisation_id, event.reason, event.reference) == (scene.odeon, WHY, "FY-7Q2K-04")


def test_it_ends_by_itself_after_a_quarter_of_an_hour(scene: Scene):
    scene.look()
    minutes = db.session.scalar(select(func.extract("epoch", Look.ends_at - func.now()) / 60))
    assert 14 < float(minutes) <= 15
    db.session.execute(update(Look).values(ends_at=func.now()))
    db.session.commit()

    assert scene.asking().user_id == scene.admin_id
    assert scene.asking().is_platform_admin
    scene.look()  # again, where a look that has run out is still there
    assert scene.asking().user_id == scene.priya


def test_it_ends_when_the_admin_says_so(scene: Scene):
    scene.look()

    assert looks.end_look(scene.session_id, by=scene.admin) == scene.priya
    assert scene.asking().user_id == scene.admin_id
    assert looks.end_look(scene.session_id, by=scene.admin) is None
    assert actions() == ["user.look_began", "user.look_ended"]


ENDINGS: dict[str, Callable[[Scene], object]] = {
    "admin is none any more": lambda scene: people.set_platform_admin(scene.admin_id, is_admin=False, by=OPERATOR),
    "person became an admin": lambda scene: people.set_platform_admin(scene.priya, is_admin=True, by=OPERATOR),
    "person blocked": lambda scene: people.block(scene.priya, by=OPERATOR),
    "organisation suspended": lambda scene: organisations.suspend_any(scene.odeon, by=OPERATOR),
    "person taken out of it": lambda scene: memberships.remove_member(scene.odeon, scene.priya, by=OPERATOR),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_admin_is_themselves_again_on_the_next_request_when(scene: Scene, ending: str):
    scene.look()
    ENDINGS[ending](scene)

    asking = scene.asking()
    assert (asking.user_id, asking.looked_at_by) == (scene.admin_id, None)
    assert asking.organisation is not None
    assert asking.organisation.name == "Foyer"
    assert asking.is_platform_admin is (ending != "admin is none any more")


def test_an_admin_who_is_blocked_is_nobody_and_whose_sign_in_is_over_as_well(scene: Scene):
    scene.look()
    db.session.execute(update(LoginSession).values(last_seen_at=func.now() - login_sessions.ADMIN_IDLE_LIFETIME))
    db.session.commit()
    assert find_visitor(scene.token) is None, "an admin's half hour holds, though it is somebody else who is seen"
    db.session.execute(update(LoginSession).values(last_seen_at=func.now()))
    db.session.commit()
    people.block(scene.admin_id, by=OPERATOR)
    assert find_visitor(scene.token) is None


def test_only_the_browser_that_looks_is_somebody_else(scene: Scene):
    elsewhere, theirs = (sign_in(claims).session_token for claims in (scene.admin_claims, scene.priya_claims))
    scene.look()

    for token, who in ((elsewhere, scene.admin_id), (theirs, scene.priya)):
        visitor = find_visitor(token)
        assert visitor is not None
        assert (visitor.user_id, visitor.looked_at_by) == (who, None)


def refusal(scene: Scene, whom: uuid.UUID) -> str:
    with pytest.raises(NotPermitted) as refused:
        looks.begin_look(scene.session_id, whom, by=scene.admin, reason=WHY)
    assert scene.asking().user_id == scene.admin_id
    assert actions() == []
    return str(refused.value)


def test_whom_nobody_may_look_as(scene: Scene):
    other_admin = sign_in(make_claims()).user_id
    people.set_platform_admin(other_admin, is_admin=True, by=OPERATOR)
    nowhere = sign_in(make_claims()).user_id
    home = db.session.scalars(select(LoginSession.organisation_id).where(LoginSession.user_id == nowhere)).one()
    organisations.suspend_any(home, by=OPERATOR)

    assert refusal(scene, scene.admin_id) == "This is you: you see Foyer as you see it."
    assert refusal(scene, other_admin) == "Nobody can look as another platform admin."
    assert refusal(scene, nowhere) == "This person is in no active organisation."
    people.block(scene.priya, by=OPERATOR)
    assert refusal(scene, scene.priya) == "This person is blocked and sees nothing of Foyer."
    with pytest.raises(NotFound):
        looks.begin_look(scene.session_id, uuid.uuid4(), by=scene.admin, reason=WHY)


def test_of_several_organisations_it_is_the_one_they_were_in_last(scene: Scene):
    claims = make_person(make_organisation("Kite Gym").id, name="Theo Grant")
    theo = sign_in(claims).user_id
    memberships.ensure_person(claims, scene.odeon, MembershipRole.VIEWER, by=OPERATOR)
    looks.begin_look(scene.session_id, theo, by=scene.admin, reason=WHY)

    seen = scene.asking().organisation
    assert seen is not None
    assert seen.name == "Kite Gym"
