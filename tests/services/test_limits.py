"""Changing and resetting limits: what is in force, what is recorded, and what was used, which no change touches."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from tests.factories import make_organisation
from webapp.database import db
from webapp.domain.actor import OPERATOR, person
from webapp.domain.errors import CountsUnreachable, InvalidValue
from webapp.domain.industries import Industry
from webapp.domain.limit_policy import CAPPED_BY_THE_HOUR, built_in_figures
from webapp.domain.plans import SubscriptionPlan
from webapp.limiting.counts import StoreUnusable
from webapp.models import AuditEvent, IndustryLimits, Organisation, UsageByMinute
from webapp.services import industry_limits, limits, onboarding, organisations
from webapp.services.usage import find_usage

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def hotel() -> Organisation:
    return make_organisation("Harbour Rooms", Industry.HOTEL)


def use(app: Flask, organisation: Organisation, times: int) -> None:
    """Requests of an organisation, as the limiter counts them."""
    for _ in range(times):
        app.extensions["foyer_limit_store"].hit(f"organisation:{organisation.id}", 10_000, 10_000, is_enforced=True)


def used(organisation: Organisation) -> int:
    usage = find_usage(organisation.id, organisations.policy_of(organisation))
    assert usage is not None
    return usage.used_this_hour


def events(action: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.at)))


def fresh(organisation: Organisation) -> Organisation:
    return db.session.get_one(Organisation, organisation.id, populate_existing=True)


def test_a_reset_forgets_what_was_used_and_says_what_that_was(app: Flask, hotel: Organisation):
    use(app, hotel, 7)
    version = hotel.limits_version

    forgotten = limits.reset_usage_of_any(hotel.id, by=OPERATOR, reason="Import gone wrong")

    assert (forgotten.used_this_hour, forgotten.used_in_burst) == (7, 7)
    assert used(hotel) == 0
    assert fresh(hotel).limits_version == version + 1
    (event,) = events("limits.reset")
    assert event.changes == {"used_this_hour": [7, 0], "used_in_burst": [7, 0]}
    assert (event.organisation_id, event.reason) == (hotel.id, "Import gone wrong")


def test_a_reset_that_cannot_reach_the_counts_changes_nothing(
    app: Flask, hotel: Organisation, monkeypatch: pytest.MonkeyPatch
):
    def away(*_: Any) -> None:
        raise StoreUnusable("away")

    version = hotel.limits_version
    for name in ("forget", "read"):
        monkeypatch.setattr(app.extensions["foyer_limit_store"], name, away)
        with pytest.raises(CountsUnreachable):
            limits.reset_usage_of_any(hotel.id, by=OPERATOR)

    assert fresh(hotel).limits_version == version
    assert events("limits.reset") == []


def test_counting_goes_on_while_an_organisation_is_being_changed(hotel: Organisation):
    """What is counted is written into rows that refer to the organisation's."""
    organisations.get_locked(db.session(), hotel.id)

    with db.engine.begin() as counting:
        counting.execute(text("SET LOCAL lock_timeout = 50"))
        row = {"organisation_id": hotel.id, "minute": datetime(2026, 3, 1, tzinfo=UTC), "used": 1}
        counting.execute(insert(UsageByMinute).values(row))


def test_no_change_touches_what_was_used(app: Flask, hotel: Organisation):
    use(app, hotel, 7)

    limits.set_override_of_any(hotel.id, hour=5, burst=2, by=OPERATOR)
    limits.set_override_of_any(hotel.id, is_enforced=False, is_shadow=True, by=OPERATOR)
    limits.clear_override_of_any(hotel.id, by=OPERATOR)
    industry_limits.set_base_figures(Industry.HOTEL, hour=3, burst=3, by=OPERATOR)
    industry_limits.restore_built_in_figures(Industry.HOTEL, by=OPERATOR)
    organisations.set_plan_of_any(hotel.id, SubscriptionPlan.ENTERPRISE, by=OPERATOR)

    assert used(hotel) == 7


@pytest.mark.parametrize(
    ("change", "recorded"),
    [
        ({"is_enforced": False}, {"rate_limit_enabled": [True, False]}),
        ({"is_shadow": True}, {"limits_shadow": [False, True]}),
        ({"hour": 50}, {"rate_limit_per_hour": [None, 50]}),
        ({"burst": 5}, {"burst_limit": [None, 5]}),
        (
            {"hour": 50, "burst": 5, "is_enforced": False, "is_shadow": True},
            {
                "rate_limit_per_hour": [None, 50],
                "burst_limit": [None, 5],
                "rate_limit_enabled": [True, False],
                "limits_shadow": [False, True],
            },
        ),
    ],
    ids=str,
)
def test_each_part_is_set_alone_or_with_others_and_recorded_once(hotel: Organisation, change, recorded):
    version = hotel.limits_version

    limits.set_override_of_any(hotel.id, **change, by=OPERATOR)
    limits.set_override_of_any(hotel.id, **change, by=OPERATOR)

    assert fresh(hotel).limits_version == version + 1
    assert [event.changes for event in events("limits.set")] == [recorded]


def test_counting_without_refusing_is_in_the_policy_and_can_be_taken_back(hotel: Organisation):
    assert not limits.set_override_of_any(hotel.id, is_enforced=False, by=OPERATOR).enforced
    assert limits.set_override_of_any(hotel.id, is_enforced=True, by=OPERATOR).enforced


@pytest.mark.parametrize("change", ["industry", "plan", "settings", "onboarding"])
def test_whatever_decides_the_limits_raises_their_version(hotel: Organisation, change: str):
    hotel.onboarded_at = None
    db.session.commit()
    version = hotel.limits_version

    if change == "industry":
        organisations.set_industry_of_any(hotel.id, Industry.GYM, by=OPERATOR)
    elif change == "plan":
        organisations.set_plan_of_any(hotel.id, SubscriptionPlan.PROFESSIONAL, by=OPERATOR)
    elif change == "settings":
        details = {"name": "Harbour Rooms", "sic_code": None, "trade": None}
        organisations.update_own_organisation(hotel.id, industry=Industry.GYM, **details, by=OPERATOR)
    else:
        onboarding.finish(hotel.id, industry=Industry.GYM, name="Iron Hall", sic_code=None, by=OPERATOR)

    assert fresh(hotel).limits_version == version + 1


def test_what_does_not_decide_the_limits_leaves_their_version(hotel: Organisation):
    version = hotel.limits_version

    organisations.suspend_any(hotel.id, by=OPERATOR)
    details = {"name": "The Old Inn", "sic_code": None, "trade": "Boutique hotel"}
    organisations.update_own_organisation(hotel.id, industry=Industry.HOTEL, **details, by=OPERATOR)

    assert fresh(hotel).limits_version == version


def test_base_figures_are_felt_by_the_industry_alone_and_multiplied_by_plans():
    small, big = make_organisation("A"), make_organisation("B", plan=SubscriptionPlan.ENTERPRISE)
    gym, own = make_organisation("C", Industry.GYM), make_organisation("D")
    limits.set_override_of_any(own.id, hour=70, burst=7, by=OPERATOR)

    industry_limits.set_base_figures(Industry.HOTEL, hour=100, burst=10, by=OPERATOR)

    figures = [(p.hour.amount, p.burst.amount) for p in map(organisations.policy_of, (small, big, gym, own))]
    assert figures == [(100, 10), (500, 50), (9_000, 250), (70, 7)]
    industry_limits.restore_built_in_figures(Industry.HOTEL, by=OPERATOR)
    assert organisations.policy_of(small).hour.amount == 12_000


def test_base_figures_are_set_one_by_one_and_recorded_with_who_and_why():
    by = person(uuid.uuid4())
    industry_limits.set_base_figures(Industry.HOTEL, hour=15_000, by=OPERATOR, reason="Summer")
    figures = industry_limits.set_base_figures(Industry.HOTEL, burst=400, by=OPERATOR)
    industry_limits.set_base_figures(Industry.HOTEL, hour=15_000, burst=400, by=OPERATOR)
    assert industry_limits.restore_built_in_figures(Industry.HOTEL, by=OPERATOR) == built_in_figures(Industry.HOTEL)
    industry_limits.restore_built_in_figures(Industry.HOTEL, by=by)

    assert (figures.requests_per_hour, figures.burst) == (15_000, 400)
    first, second = events("limits.base_set")
    assert (first.subject, first.reason, first.changes) == ("hotel", "Summer", {"requests_per_hour": [12_000, 15_000]})
    assert second.changes == {"burst": [300, 400]}
    (restored,) = events("limits.base_restored")
    assert restored.changes == {"requests_per_hour": [15_000, 12_000], "burst": [400, 300]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hour": 0}, "hour"),
        ({"hour": 1_000_001}, "hour"),
        ({"burst": 0}, "burst"),
        ({"burst": 12_001}, "burst"),
        ({"hour": 299}, "burst"),  # below the burst that stays
    ],
    ids=str,
)
def test_base_figures_that_make_no_sense_are_refused(change: dict[str, int], field: str):
    with pytest.raises(InvalidValue) as refusal:
        industry_limits.set_base_figures(Industry.HOTEL, **change, by=OPERATOR)

    assert refusal.value.field == field
    assert industry_limits.list_bases() == {}
    assert events("limits.base_set") == []


def test_an_override_is_held_against_the_base_in_force(hotel: Organisation):
    industry_limits.set_base_figures(Industry.HOTEL, hour=100, burst=10, by=OPERATOR)
    with pytest.raises(InvalidValue, match="Burst must be 100 or less"):
        limits.set_override_of_any(hotel.id, burst=101, by=OPERATOR)

    limits.set_override_of_any(hotel.id, burst=90, by=OPERATOR)
    industry_limits.set_base_figures(Industry.HOTEL, hour=50, by=OPERATOR)

    burst = organisations.policy_of(hotel).burst
    assert (burst.amount, burst.source) == (50, CAPPED_BY_THE_HOUR)


def test_the_version_of_a_base_never_goes_back():
    seen = []
    for _ in range(2):
        industry_limits.set_base_figures(Industry.HOTEL, hour=15_000, by=OPERATOR)
        industry_limits.restore_built_in_figures(Industry.HOTEL, by=OPERATOR)
        seen.append(db.session.get_one(IndustryLimits, Industry.HOTEL, populate_existing=True).version)
    assert seen == [2, 4]


def test_the_table_has_every_industry_with_every_plan():
    industry_limits.set_base_figures(Industry.GYM, hour=10_000, by=OPERATOR)
    industry_limits.set_base_figures(Industry.HOTEL, hour=10_000, by=OPERATOR)
    industry_limits.restore_built_in_figures(Industry.HOTEL, by=OPERATOR)

    table = industry_limits.list_inherited_limits()

    assert [(one.industry, one.plan) for one in table] == [(i, p) for i in Industry for p in SubscriptionPlan]
    assert {one.industry for one in table if one.is_base_changed} == {Industry.GYM}
    gym = [one.policy.hour.amount for one in table if one.industry is Industry.GYM]
    assert gym == [10_000, 20_000, 50_000]
