"""Onboarding happens once, whatever is pressed twice."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import make_claims
from tests.patience import PATIENCE_SECONDS
from webapp.database import db
from webapp.domain.actor import SYSTEM
from webapp.domain.errors import AlreadyOnboarded, InvalidValue
from webapp.domain.industries import Industry
from webapp.models import AuditEvent, Organisation
from webapp.services import onboarding
from webapp.services.accounts import sign_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def organisation_id() -> uuid.UUID:
    sign_in(make_claims())
    return db.session.scalars(select(Organisation.id)).one()


def stored() -> Organisation:
    return db.session.scalars(select(Organisation).execution_options(populate_existing=True)).one()


def events(action: str) -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)) or 0


@pytest.mark.parametrize("industry", list(Industry))
def test_finishing_stores_the_label_and_both_moments(organisation_id: uuid.UUID, industry: Industry):
    assert onboarding.finish(organisation_id, industry=industry, name=" Odeon  Cinemas ", sic_code="59140", by=SYSTEM)

    row = stored()
    assert db.session.scalar(db.text("SELECT industry_type::text FROM organisations")) == industry.value
    assert (row.name, row.sic_code) == ("Odeon Cinemas", "59140")
    assert row.onboarded_at is not None
    assert row.industry_chosen_at is not None
    assert events("onboarding.finished") == 1


def test_skipping_lets_in_without_a_choice(organisation_id: uuid.UUID):
    assert onboarding.skip(organisation_id, by=SYSTEM)
    assert not onboarding.skip(organisation_id, by=SYSTEM)

    row = stored()
    assert row.onboarded_at is not None
    assert row.industry_chosen_at is None
    assert row.industry_type is Industry.DEFAULT
    assert events("onboarding.skipped") == 1


def test_the_same_answer_twice_has_one_effect(organisation_id: uuid.UUID):
    answer = {"industry": Industry.GYM, "name": "Iron Hall", "sic_code": None}
    assert onboarding.finish(organisation_id, by=SYSTEM, **answer)
    version = stored().version

    assert not onboarding.finish(organisation_id, by=SYSTEM, **answer)

    assert stored().version == version
    assert events("onboarding.finished") == 1


def test_a_changed_second_answer_is_told_what_holds(organisation_id: uuid.UUID):
    onboarding.finish(organisation_id, industry=Industry.CINEMA, name="Odeon", sic_code=None, by=SYSTEM)

    with pytest.raises(AlreadyOnboarded, match="You are already set up as a cinema"):
        onboarding.finish(organisation_id, industry=Industry.HOTEL, name="Odeon", sic_code=None, by=SYSTEM)

    assert stored().industry_type is Industry.CINEMA


def test_an_answer_after_skipping_is_told_so(organisation_id: uuid.UUID):
    onboarding.skip(organisation_id, by=SYSTEM)

    with pytest.raises(AlreadyOnboarded, match="already skipped"):
        onboarding.finish(organisation_id, industry=Industry.HOTEL, name="Odeon", sic_code=None, by=SYSTEM)


def test_skipping_after_an_answer_is_told_what_holds(organisation_id: uuid.UUID):
    onboarding.finish(organisation_id, industry=Industry.CINEMA, name="Odeon", sic_code=None, by=SYSTEM)

    with pytest.raises(AlreadyOnboarded, match="You are already set up as a cinema"):
        onboarding.skip(organisation_id, by=SYSTEM)

    assert stored().industry_type is Industry.CINEMA
    assert events("onboarding.skipped") == 0


def test_eight_tabs_at_once_have_one_effect(organisation_id: uuid.UUID, app: Flask):
    start = threading.Barrier(8)

    def answer(industry: Industry) -> str:
        start.wait(PATIENCE_SECONDS)
        with app.app_context():
            try:
                done = onboarding.finish(organisation_id, industry=industry, name="Odeon", sic_code=None, by=SYSTEM)
            except AlreadyOnboarded:
                return "told"
            return "set" if done else "same"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(answer, [Industry.CINEMA, Industry.HOTEL] * 4))

    assert sorted(outcomes) == ["same"] * 3 + ["set"] + ["told"] * 4
    assert events("onboarding.finished") == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "Ode\x00on", "Ode\u202eon", "Ode\non"])
def test_an_unusable_name_stores_nothing(organisation_id: uuid.UUID, name: str):
    with pytest.raises(InvalidValue) as refusal:
        onboarding.finish(organisation_id, industry=Industry.GYM, name=name, sic_code=None, by=SYSTEM)

    assert refusal.value.field == "name"
    assert stored().onboarded_at is None
