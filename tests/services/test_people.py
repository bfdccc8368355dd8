"""People and their places: roles, removal, the last owner, and addresses that name nobody for certain."""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_claims, make_organisation, make_person
from tests.patience import PATIENCE_SECONDS
from webapp.database import db
from webapp.domain.actor import OPERATOR, person
from webapp.domain.errors import AmbiguousPerson, LastOwner, NotFound, NotPermitted
from webapp.domain.roles import MembershipRole
from webapp.models import AuditEvent, Membership, User
from webapp.services import memberships, people
from webapp.services.accounts import sign_in

pytestmark = pytest.mark.usefixtures("database")

OWNER, MEMBER, VIEWER = MembershipRole.OWNER, MembershipRole.MEMBER, MembershipRole.VIEWER


def odeon() -> uuid.UUID:
    return make_organisation("Odeon Cinemas").id


def place_for(organisation_id: uuid.UUID, role: MembershipRole) -> uuid.UUID:
    user_id, _ = memberships.ensure_person(make_claims(), organisation_id, role, by=OPERATOR)
    return user_id


def roles(organisation_id: uuid.UUID) -> list[str]:
    found = db.session.scalars(select(Membership.role).where(Membership.organisation_id == organisation_id))
    return sorted(role.value for role in found)


def test_a_new_role_is_recorded_with_who_gave_it():
    organisation_id = odeon()
    owner, member = place_for(organisation_id, OWNER), place_for(organisation_id, MEMBER)

    assert memberships.set_role(organisation_id, member, OWNER, by=person(owner, "FY-7Q2K-04"))
    assert not memberships.set_role(organisation_id, member, OWNER, by=person(owner))

    assert roles(organisation_id) == ["owner", "owner"]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "membership.role_changed")).one()
    assert (event.actor_user_id, event.organisation_id, event.subject) == (owner, organisation_id, f"user:{member}")
    assert (event.changes, event.reference) == ({"role": ["member", "owner"]}, "FY-7Q2K-04")


def test_a_removal_is_recorded_with_its_reason():
    organisation_id = odeon()
    place_for(organisation_id, OWNER)
    viewer = place_for(organisation_id, VIEWER)

    memberships.remove_member(organisation_id, viewer, by=OPERATOR, reason="Left the company")

    assert roles(organisation_id) == ["owner"]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "membership.removed")).one()
    assert (event.subject, event.changes) == (f"user:{viewer}", {"role": ["viewer", None]})
    assert event.reason == "Left the company"


def step_down(organisation_id: uuid.UUID, user_id: uuid.UUID) -> None:
    memberships.set_role(organisation_id, user_id, VIEWER, by=OPERATOR)


def leave(organisation_id: uuid.UUID, user_id: uuid.UUID) -> None:
    memberships.remove_member(organisation_id, user_id, by=OPERATOR)


WAYS_TO_GO = pytest.mark.parametrize("go", [step_down, leave])


@WAYS_TO_GO
def test_the_last_owner_stays(go):
    organisation_id = odeon()
    owner = place_for(organisation_id, OWNER)
    place_for(organisation_id, MEMBER)

    with pytest.raises(LastOwner, match=r"^Odeon Cinemas needs at least one owner$"):
        go(organisation_id, owner)

    assert roles(organisation_id) == ["member", "owner"]
    assert not db.session.scalars(select(AuditEvent).where(AuditEvent.action.like("membership.r%"))).all()


@WAYS_TO_GO
def test_an_owner_beside_another_may_go(go):
    organisation_id = odeon()
    first, second = place_for(organisation_id, OWNER), place_for(organisation_id, OWNER)

    go(organisation_id, first)

    with pytest.raises(LastOwner):
        go(organisation_id, second)


@WAYS_TO_GO
def test_an_owner_who_is_blocked_is_no_owner_to_leave_behind(go):
    organisation_id = odeon()
    active, blocked = place_for(organisation_id, OWNER), place_for(organisation_id, OWNER)
    people.block(blocked, by=OPERATOR)

    with pytest.raises(LastOwner):
        go(organisation_id, active)
    go(organisation_id, blocked)


@WAYS_TO_GO
def test_owners_elsewhere_do_not_count_and_cannot_be_reached(go):
    organisation_id, elsewhere = odeon(), make_organisation("Harbour Rooms").id
    owner, stranger = place_for(organisation_id, OWNER), place_for(elsewhere, OWNER)

    with pytest.raises(LastOwner):
        go(organisation_id, owner)
    for nobody_here in (stranger, uuid.uuid4()):
        with pytest.raises(NotFound):
            go(organisation_id, nobody_here)
    assert roles(elsewhere) == ["owner"]


@pytest.fixture
def at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[bool]]:
    """Runs what two people do at the same moment, each in a thread, and says in order whether they were let. What they
    do is audited slowly: long enough for the other one to look at the same rows, if they did not have to wait."""

    def slowed(audit: Callable[..., None]) -> Callable[..., None]:
        def audit_slowly(*what: object) -> None:
            time.sleep(0.1)
            audit(*what)

        return audit_slowly

    monkeypatch.setattr(memberships, "_audit_place", slowed(memberships._audit_place))
    monkeypatch.setattr(people, "_audit", slowed(people._audit))

    def run(*deeds: Callable[[], object]) -> list[bool]:
        db.session.rollback()
        start = threading.Barrier(len(deeds))

        def is_let(deed: Callable[[], object]) -> bool:
            with app.app_context():
                start.wait(PATIENCE_SECONDS)
                try:
                    deed()
                except (LastOwner, NotPermitted):
                    return False
                return True

        with ThreadPoolExecutor(len(deeds)) as threads:
            return sorted(threads.map(is_let, deeds))

    return run


@WAYS_TO_GO
def test_of_two_owners_who_go_at_once_one_stays(at_once: Callable[..., list[bool]], go):
    organisation_id = odeon()
    owners = [place_for(organisation_id, OWNER), place_for(organisation_id, OWNER)]

    assert at_once(*(partial(go, organisation_id, owner) for owner in owners)) == [False, True]
    assert roles(organisation_id).count("owner") == 1


@pytest.mark.parametrize(
    "take", [partial(people.set_platform_admin, is_admin=False), people.block], ids=["revoked", "blocked"]
)
def test_of_two_admins_who_take_each_others_rights_at_once_one_stays(at_once: Callable[..., list[bool]], take):
    organisation_id = odeon()
    marta, olga = place_for(organisation_id, OWNER), place_for(organisation_id, OWNER)
    for user_id in (marta, olga):
        people.set_platform_admin(user_id, is_admin=True, by=OPERATOR)

    assert at_once(partial(take, marta, by=person(olga)), partial(take, olga, by=person(marta))) == [False, True]
    left = db.session.scalars(select(User).where(User.is_platform_admin, User.is_active))
    assert len(left.all()) == 1


@pytest.mark.parametrize("verified", [False, None])
def test_an_address_that_is_not_verified_finds_nobody_and_says_whose_it_is(verified: bool | None):
    make_person(odeon(), email="kim@odeon.example", email_verified=verified, name="Kim Doyle")
    user_id = db.session.scalars(select(User.id)).one()

    with pytest.raises(AmbiguousPerson) as refusal:
        people.find_any_person("kim@odeon.example")

    assert refusal.value.people == (f"{user_id}  Kim Doyle (not verified)",)
    assert people.find_any_person(str(user_id)).id == user_id


def test_an_address_of_several_people_finds_nobody_even_if_only_one_of_them_verified_it():
    organisation_id = odeon()
    make_person(organisation_id, email="kim@odeon.example", name="Kim Doyle")
    make_person(organisation_id, email="KIM@odeon.example", email_verified=None, name="Kim Not Doyle")

    with pytest.raises(AmbiguousPerson, match="Several people") as refusal:
        people.find_any_person("kim@odeon.example")

    assert [line.partition("  ")[2] for line in refusal.value.people] == [
        "Kim Doyle (verified)",
        "Kim Not Doyle (not verified)",
    ]


def test_a_crowd_with_one_address_does_not_fill_the_terminal():
    for _ in range(people.MOST_CANDIDATES + 3):
        sign_in(make_claims(email="kim@odeon.example"))

    with pytest.raises(AmbiguousPerson) as refusal:
        people.find_any_person("kim@odeon.example")

    assert len(refusal.value.people) == people.MOST_CANDIDATES + 1
    assert refusal.value.people[-1] == "and 3 more"


@pytest.mark.parametrize(
    ("stored", "is_same"),
    [
        ("kim@odeon.example", True),
        ("KIM@Odeon.Example", True),
        ("k\u0130m@odeon.example", False),
        ("\u212aim@odeon.example", False),
        (None, False),
    ],
    ids=["same", "case", "turkish", "kelvin", "none"],
)
def test_an_address_that_only_looks_like_another_is_another(stored: str | None, is_same: bool):
    """By the rules of some languages the odd ones become plain letters in lower case, and so in some databases."""
    assert people._is_same_address(stored, "kim@odeon.example") is is_same


def test_rights_belong_to_the_person_and_not_to_the_address():
    claims = make_claims(email="kim@odeon.example")
    kim = sign_in(claims).user_id
    people.set_platform_admin(people.find_any_person("kim@odeon.example").id, is_admin=True, by=OPERATOR)

    sign_in(make_claims(subject=claims.subject, email="kim@elsewhere.example"))
    newcomer = sign_in(make_claims(email="kim@odeon.example")).user_id

    assert db.session.get_one(User, kim, populate_existing=True).is_platform_admin
    assert not db.session.get_one(User, newcomer).is_platform_admin
