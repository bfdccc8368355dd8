"""Changing an organisation: what it says, what it records, and what it leaves alone."""

import uuid

import pytest
from sqlalchemy import select

from tests.factories import make_organisation
from webapp.database import db
from webapp.domain.actor import OPERATOR, SYSTEM
from webapp.domain.errors import InvalidValue, NotFound
from webapp.domain.industries import Industry
from webapp.domain.limit_policy import SET_FOR_THIS_ORGANISATION
from webapp.domain.plans import SubscriptionPlan
from webapp.models import AuditEvent, Organisation
from webapp.services import limits, organisations

pytestmark = pytest.mark.usefixtures("database")


def last_event(action: str) -> AuditEvent:
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).one()


def test_saving_settings_says_and_records_what_changed():
    made = make_organisation("Harbour Rooms", Industry.HOTEL)

    sentences = organisations.update_own_organisation(
        made.id, name="Harbour Screens", industry=Industry.CINEMA, sic_code="59140", trade="Multiplex", by=SYSTEM
    )

    assert sentences == [
        "Name changed to Harbour Screens.",
        (
            "Industry changed from Hotel to Cinema. From the next request your limits are 18,000 an hour"
            " and 500 in any 60 seconds."
        ),
        "SIC code changed to 59140.",
        "Trade changed to Multiplex.",
    ]
    assert last_event("organisation.changed").changes == {
        "name": ["Harbour Rooms", "Harbour Screens"],
        "industry_type": ["hotel", "cinema"],
        "sic_code": [None, "59140"],
        "industry": [None, "Multiplex"],
    }


def test_saving_without_a_change_says_nothing_and_records_nothing():
    made = make_organisation("Harbour Rooms", Industry.HOTEL)
    version = made.version

    sentences = organisations.update_own_organisation(
        made.id, name="Harbour Rooms ", industry=Industry.HOTEL, sic_code=None, trade="", by=SYSTEM
    )

    assert sentences == []
    assert db.session.get_one(Organisation, made.id, populate_existing=True).version == version
    assert db.session.scalars(select(AuditEvent.action)).all() == ["organisation.created"]


def test_a_change_of_industry_keeps_limits_set_for_the_organisation():
    made = make_organisation(industry=Industry.HOTEL)
    limits.set_override_of_any(made.id, hour=1000, burst=100, by=OPERATOR)

    sentences = organisations.update_own_organisation(
        made.id, name=made.name, industry=Industry.GYM, sic_code=None, trade=None, by=SYSTEM
    )

    assert sentences == ["Industry changed from Hotel to Gym. Your limits stay as they are."]


def test_the_policy_follows_industry_plan_and_override():
    made = make_organisation(industry=Industry.CINEMA, plan=SubscriptionPlan.PROFESSIONAL)
    assert organisations.policy_of(made).hour.amount == 36_000

    policy = limits.set_override_of_any(made.id, hour=50, burst=None, by=OPERATOR)
    assert (policy.hour.amount, policy.hour.source) == (50, SET_FOR_THIS_ORGANISATION)
    assert policy.burst.amount == 50

    assert limits.clear_override_of_any(made.id, by=OPERATOR).hour.amount == 36_000
    assert last_event("limits.cleared").changes["rate_limit_per_hour"] == [50, None]


@pytest.mark.parametrize(
    ("hour", "burst", "field"), [(0, None, "hour"), (1_000_001, None, "hour"), (100, 101, "burst"), (None, 0, "burst")]
)
def test_an_override_that_makes_no_sense_is_refused(hour: int | None, burst: int | None, field: str):
    made = make_organisation()

    with pytest.raises(InvalidValue) as refusal:
        limits.set_override_of_any(made.id, hour=hour, burst=burst, by=OPERATOR)

    assert refusal.value.field == field


def test_suspending_and_resuming_say_whether_anything_changed():
    made = make_organisation()

    assert organisations.suspend_any(made.id, by=OPERATOR, reason="Unpaid")
    assert not organisations.suspend_any(made.id, by=OPERATOR)
    assert last_event("organisation.suspended").reason == "Unpaid"
    assert organisations.resume_any(made.id, by=OPERATOR)
    assert not organisations.resume_any(made.id, by=OPERATOR)


def test_an_organisation_is_found_by_id_or_exact_name():
    made = make_organisation("Harbour Rooms")

    assert organisations.get_any_organisation(str(made.id)).id == made.id
    assert organisations.get_any_organisation("Harbour Rooms").id == made.id
    for reference in ("harbour rooms", str(uuid.uuid4()), ""):
        with pytest.raises(NotFound):
            organisations.get_any_organisation(reference)


def test_a_name_that_several_have_is_not_guessed():
    make_organisation("Harbour Rooms")
    make_organisation("Harbour Rooms")

    with pytest.raises(NotFound, match="give the id"):
        organisations.get_any_organisation("Harbour Rooms")


def test_an_unknown_sic_code_is_refused():
    with pytest.raises(InvalidValue) as refusal:
        make_organisation(sic_code="99998")

    assert refusal.value.field == "sic"
