"""The limits as SQL say of every organisation what the domain says, and the list of who used most goes by them."""

import itertools
import random
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from tests.factories import make_organisation
from webapp.config import Settings
from webapp.database import db
from webapp.domain.actor import SYSTEM
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import BaseFigures, policy_for
from webapp.domain.plans import SubscriptionPlan
from webapp.models import IndustryLimits, LimitCounter, Organisation
from webapp.services import industry_limits, limits_in_sql
from webapp.services.limits_in_sql import BURST_LIMIT, HOUR_LIMIT, JOINED_BASE
from webapp.services.limits_list import count_affected_by, list_base_standings, list_page_by_share_of_any
from webapp.services.organisation_filter import OrganisationFilter
from webapp.services.organisation_list import list_page_of_any

pytestmark = pytest.mark.usefixtures("database")

OVERRIDES = [(None, None), (7_000, None), (None, 100), (40, None), (700, 70), (None, 1_000_000)]
"""(hour, burst); 40 an hour is less than any burst inherited, and the last burst more than any hour."""


def add_organisations() -> None:
    """One of every industry, plan and override. The burst of the last override is not one that may be stored with an
    hour below it, but an industry's hour may be lowered below it later."""
    rows = [
        {"id": uuid.uuid4(), "industry": industry, "plan": plan, "hour": hour, "burst": burst}
        for (hour, burst), industry, plan in itertools.product(OVERRIDES, Industry, SubscriptionPlan)
    ]
    db.session.execute(
        sa.text(
            "INSERT INTO organisations (id, name, industry_type, subscription_plan, rate_limit_per_hour, burst_limit)"
            " VALUES (:id, 'One of each', :industry, :plan, :hour, :burst)"
        ),
        rows,
    )
    db.session.commit()


def both_say_the_same() -> int:
    """Compares them for all that is stored, and returns how many that was."""
    query = select(Organisation, HOUR_LIMIT, BURST_LIMIT).outerjoin(IndustryLimits, JOINED_BASE)
    bases = industry_limits.list_bases()
    found = db.session.execute(query).all()
    for organisation, hour, burst in found:
        policy = policy_for(
            organisation.industry_type,
            organisation.subscription_plan,
            base=bases.get(organisation.industry_type.value),
            hour_override=organisation.rate_limit_per_hour,
            burst_override=organisation.burst_limit,
        )
        assert (hour, burst) == (policy.hour.amount, policy.burst.amount), (
            organisation.industry_type,
            organisation.subscription_plan,
            organisation.rate_limit_per_hour,
            organisation.burst_limit,
        )
    return len(found)


def test_for_every_industry_plan_and_override_with_and_without_changed_bases():
    add_organisations()
    every = len(OVERRIDES) * len(Industry) * len(SubscriptionPlan)

    assert both_say_the_same() == every
    industry_limits.set_base_figures(Industry.CINEMA, hour=123, burst=45, by=SYSTEM)
    industry_limits.set_base_figures(Industry.DEFAULT, hour=1, burst=1, by=SYSTEM)
    industry_limits.set_base_figures(Industry.GYM, hour=77, burst=7, by=SYSTEM)
    industry_limits.restore_built_in_figures(Industry.GYM, by=SYSTEM)
    assert both_say_the_same() == every


def test_for_labels_that_this_build_does_not_know(settings: Settings):
    add_organisations()
    industry_limits.set_base_figures(Industry.DEFAULT, hour=11, burst=2, by=SYSTEM)
    owner = sa.create_engine(settings.owner_database_url, isolation_level="AUTOCOMMIT")
    renames = [("industry", "gym", "spa"), ("subscription_plan", "enterprise", "unlimited")]
    with owner.connect() as connection:
        for name, known, unknown in renames:
            connection.execute(sa.text(f"ALTER TYPE {name} RENAME VALUE '{known}' TO '{unknown}'"))
        try:
            assert both_say_the_same() == len(OVERRIDES) * len(Industry) * len(SubscriptionPlan)
        finally:
            db.session.rollback()
            for name, known, unknown in renames:
                connection.execute(sa.text(f"ALTER TYPE {name} RENAME VALUE '{unknown}' TO '{known}'"))
    owner.dispose()


def counter(organisation_id: uuid.UUID, used: int, hours_ago: int = 0) -> LimitCounter:
    hour = (db.session.scalar(select(limits_in_sql._THIS_HOUR)) or 0) - hours_ago
    return LimitCounter(
        key=f"organisation:{organisation_id}",
        hour=hour,
        hour_used=used,
        second=hour * 3600,
        slots=[0] * 61,
        burst_used=0,
        minute=hour * 60,
        minute_used=0,
        minute_refused=0,
        minute_over=0,
    )


def test_the_list_goes_by_the_share_of_each_ones_own_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits_in_sql, "are_counts_in_the_database", lambda: True)
    small, large, own, idle, silent = (make_organisation(name).id for name in ("small", "large", "own", "idle", "-"))
    db.session.execute(sa.update(Organisation).where(Organisation.id == own).values(rate_limit_per_hour=10))
    db.session.execute(
        sa.update(Organisation).where(Organisation.id == large).values(subscription_plan=SubscriptionPlan.ENTERPRISE)
    )
    used = ((small, 600), (large, 1200), (own, 15), (silent, 0))
    db.session.add_all([*(counter(*each) for each in used), counter(idle, 999, hours_ago=1)])
    stranger = counter(uuid.uuid4(), 5)
    stranger.key = "address:192.0.2.7"
    db.session.add(stranger)
    db.session.commit()

    page = list_page_by_share_of_any(1)

    hotel = CATALOGUE[Industry.HOTEL].requests_per_hour
    assert [(line.name, line.used, line.limit, line.is_own) for line in page.lines] == [
        ("own", 15, 10, True),
        ("small", 600, hotel, False),
        ("large", 1200, 5 * hotel, False),
    ]
    assert page.paging.total.number == 3


def test_one_that_is_not_there_any_more_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits_in_sql, "are_counts_in_the_database", lambda: True)
    db.session.add_all([counter(uuid.uuid4(), 40_000), counter(make_organisation("small").id, 600)])
    db.session.commit()

    assert [line.name for line in list_page_by_share_of_any(1).lines] == ["small"]


def test_pages_are_numbered_and_one_past_the_end_is_the_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits_in_sql, "are_counts_in_the_database", lambda: True)
    for number in range(1, 28):
        db.session.add(counter(make_organisation(f"No. {number}").id, number))
    db.session.commit()

    assert [line.used for line in list_page_by_share_of_any(1).lines] == list(range(27, 2, -1))
    for asked in (2, 99, 10**9):
        page = list_page_by_share_of_any(asked)
        assert [line.used for line in page.lines] == [2, 1]
        assert (page.paging.number, page.paging.pages) == (2, 2)


def test_looking_up_a_few_finds_the_same_as_looking_up_all(monkeypatch: pytest.MonkeyPatch):
    """Whoever used most has not always used the largest share, and a small limit of one's own makes a large one."""
    monkeypatch.setattr(limits_in_sql, "are_counts_in_the_database", lambda: True)
    add_organisations()
    industry_limits.set_base_figures(Industry.B2B, hour=900, burst=45, by=SYSTEM)
    chance = random.Random(7)
    for organisation_id in db.session.scalars(select(Organisation.id)):
        db.session.add(counter(organisation_id, chance.choice((1, 60, 900, 5_000, 40_000))))
    db.session.commit()
    every, pages = len(OVERRIDES) * len(Industry) * len(SubscriptionPlan), range(1, 6)

    shares = []
    for looked_up_first in (10_000, 1):
        monkeypatch.setattr("webapp.services.limits_list.LOOKED_UP_FIRST", looked_up_first)
        lines = [line for page in pages for line in list_page_by_share_of_any(page).lines]
        assert len({line.id for line in lines}) == len(lines) == every
        shares.append([line.used / line.limit for line in lines])

    assert shares[0] == shares[1] == sorted(shares[0], reverse=True)
    wanted = OrganisationFilter(is_near_limit=True)
    near = {line.id for page in pages for line in list_page_of_any(wanted, "-created", page).lines}
    assert near == {line.id for line in lines if line.used >= 0.8 * line.limit}
    assert 0 < len(near) < every


def test_who_is_affected_is_counted_exactly_while_they_are_few_and_estimated_past_that(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    add_organisations()
    found = count_affected_by(Industry.CINEMA)
    assert (found.inheriting.in_words, found.keeping) == ("3", 15)

    owner = sa.create_engine(settings.owner_database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(sa.text("ANALYZE organisations"))
    owner.dispose()
    monkeypatch.setattr("webapp.services.limits_list.MOST_COUNTED", 5)
    found = count_affected_by(Industry.CINEMA)
    assert found.inheriting.is_estimate
    assert found.keeping is None


def test_bases_are_told_with_who_changed_them_last():
    industry_limits.set_base_figures(Industry.CINEMA, hour=123, burst=45, by=SYSTEM)
    changed, *others = list_base_standings()

    assert changed.industry is Industry.CINEMA
    assert (changed.in_force, changed.is_changed, changed.version) == (BaseFigures(123, 45), True, 1)
    assert changed.changed_at is not None
    assert [one.industry for one in others] == list(CATALOGUE)[1:]
    assert not any(one.is_changed for one in others)
