"""Every change appends one entry to the audit log in its own transaction: neither is there without the other."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import make_claims, make_organisation, make_person
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole
from webapp.models import AuditEvent
from webapp.services import (
    accounts,
    industry_limits,
    limits,
    login_sessions,
    memberships,
    onboarding,
    organisations,
    people,
)

CHANGED_BY_PEOPLE = ("organisations", "users", "identities", "memberships", "login_sessions", "industry_limits")


@dataclass(frozen=True)
class Scene:
    """Something for each use case to change: an organisation with an owner who is signed in twice, and a member."""

    organisation: uuid.UUID
    member: uuid.UUID
    owner: uuid.UUID
    sessions: tuple[uuid.UUID, uuid.UUID]
    newcomers: uuid.UUID


@pytest.fixture
def scene(app: Flask, database: object) -> Scene:
    key = make_organisation("Odeon Cinemas", Industry.CINEMA).id
    claims = make_person(key, auth_time=1)
    owner = accounts.sign_in(claims).user_id
    accounts.sign_in(claims)
    member = memberships.ensure_person(make_claims(), key, MembershipRole.MEMBER, by=OPERATOR)[0]
    newcomer = accounts.sign_in(make_claims()).user_id
    place = db.session.scalars(
        sa.text("SELECT organisation_id FROM memberships WHERE user_id = :id").bindparams(id=newcomer)
    )
    sessions = [one.id for one in login_sessions.list_own(owner)]
    return Scene(key, member, owner, (sessions[0], sessions[1]), place.one())


USE_CASES: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "create an organisation": (
        "organisation.created",
        lambda it: organisations.create_organisation("Kite", Industry.RETAIL, SubscriptionPlan.BASIC, by=OPERATOR),
    ),
    "industry": (
        "organisation.industry_set",
        lambda it: organisations.set_industry_of_any(it.organisation, Industry.GYM, by=OPERATOR),
    ),
    "plan": (
        "organisation.plan_set",
        lambda it: organisations.set_plan_of_any(it.organisation, SubscriptionPlan.ENTERPRISE, by=OPERATOR),
    ),
    "suspend": ("organisation.suspended", lambda it: organisations.suspend_any(it.organisation, by=OPERATOR)),
    "limits": ("limits.set", lambda it: limits.set_override_of_any(it.organisation, hour=600, by=OPERATOR)),
    "base figures": (
        "limits.base_set",
        lambda it: industry_limits.set_base_figures(Industry.CINEMA, hour=9_000, burst=None, by=OPERATOR),
    ),
    "finish": (
        "onboarding.finished",
        lambda it: onboarding.finish(it.newcomers, industry=Industry.GYM, name="Iron", sic_code=None, by=OPERATOR),
    ),
    "skip": ("onboarding.skipped", lambda it: onboarding.skip(it.newcomers, by=OPERATOR)),
    "grant": ("user.admin_granted", lambda it: people.set_platform_admin(it.owner, is_admin=True, by=OPERATOR)),
    "block": ("user.blocked", lambda it: people.block(it.owner, by=OPERATOR)),
    "sign out": ("user.signed_out", lambda it: people.sign_out_everywhere(it.owner, by=OPERATOR)),
    "role": (
        "membership.role_changed",
        lambda it: memberships.set_role(it.organisation, it.member, MembershipRole.VIEWER, by=OPERATOR),
    ),
    "remove": ("membership.removed", lambda it: memberships.remove_member(it.organisation, it.member, by=OPERATOR)),
    "add": (
        "membership.added",
        lambda it: memberships.ensure_person(make_claims(), it.organisation, MembershipRole.VIEWER, by=OPERATOR),
    ),
    "end a session": ("session.ended", lambda it: login_sessions.end_own(it.owner, it.sessions[0], by=OPERATOR)),
    "end others": (
        "session.others_ended",
        lambda it: login_sessions.end_others(it.owner, it.sessions[0], by=OPERATOR),
    ),
    "first sign-in": ("organisation.created_at_sign_in", lambda it: accounts.sign_in(make_claims())),
}


def everything() -> dict[str, list[Any]]:
    """All rows that these use cases may change."""
    db.session.rollback()
    read = {
        table: db.session.scalars(sa.text(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1")).all()
        for table in CHANGED_BY_PEOPLE
    }
    db.session.rollback()
    return {table: list(rows) for table, rows in read.items()}


def entries() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.at, AuditEvent.id)))


@pytest.fixture
def log_that_refuses() -> Iterator[None]:
    """As a full disk would."""

    def refuse(session: Session, *_: object) -> None:
        if any(isinstance(new, AuditEvent) for new in session.new):
            raise RuntimeError("the log cannot be written")

    sa.event.listen(Session, "before_flush", refuse)
    yield
    sa.event.remove(Session, "before_flush", refuse)


@pytest.mark.parametrize("name", USE_CASES)
def test_a_change_appends_one_entry(scene: Scene, name: str):
    action, use_case = USE_CASES[name]
    before, rows = entries(), everything()
    use_case(scene)
    assert sorted(entries()) == sorted([*before, action])
    assert everything() != rows


@pytest.mark.parametrize("name", USE_CASES)
def test_without_its_entry_there_is_no_change(scene: Scene, name: str, log_that_refuses: None):
    before, rows = entries(), everything()
    with pytest.raises(RuntimeError, match="cannot be written"):
        USE_CASES[name][1](scene)
    assert entries() == before
    assert everything() == rows
