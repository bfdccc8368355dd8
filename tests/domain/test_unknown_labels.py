"""What stands in for a label that this build does not know: its own word as a name, the plainest limits, no rights."""

import dataclasses

import pytest

from webapp.domain.industries import CATALOGUE, Industry, industries_to_choose, words_for
from webapp.domain.limit_policy import inherited_policy
from webapp.domain.organisation_changes import describe_changes
from webapp.domain.plans import PLANS, SubscriptionPlan, plan_words
from webapp.domain.roles import ROLE_NAMES, MembershipRole, may_change_organisation, role_name
from webapp.domain.stored_labels import UnknownLabel

SPA, GOLD, AUDITOR = UnknownLabel("spa"), UnknownLabel("gold"), UnknownLabel("auditor")


def test_what_is_known_has_its_own_entry():
    assert [words_for(industry) for industry in Industry] == list(CATALOGUE.values())
    assert [plan_words(plan) for plan in SubscriptionPlan] == list(PLANS.values())
    assert [role_name(role) for role in MembershipRole] == list(ROLE_NAMES.values())


def test_an_unknown_industry_is_its_own_name_and_speaks_the_default_words():
    words, default = words_for(SPA), CATALOGUE[Industry.DEFAULT]

    named = {field.name for field in dataclasses.fields(words) if getattr(words, field.name) == "spa"}
    assert named == {"name", "door", "choice", "with_article"}
    assert not words.may_be_chosen
    assert (words.place, words.trade, words.nothing_used) == (default.place, default.trade, default.nothing_used)
    assert SPA not in industries_to_choose()


def test_an_unknown_plan_is_its_own_name_and_stretches_nothing():
    assert plan_words(GOLD) == dataclasses.replace(PLANS[SubscriptionPlan.BASIC], name="gold")


@pytest.mark.parametrize(
    ("industry", "plan", "hour", "source"),
    [
        (SPA, SubscriptionPlan.ENTERPRISE, 30_000, "General, Enterprise plan"),
        (Industry.CINEMA, GOLD, 18_000, "Cinema, Basic plan"),
        (SPA, GOLD, 6_000, "General, Basic plan"),
    ],
)
def test_limits_stand_in_and_say_whose_they_are(industry, plan, hour: int, source: str):
    assert (inherited_policy(industry, plan).hour.amount, inherited_policy(industry, plan).hour.source) == (
        hour,
        source,
    )


def test_an_unknown_role_is_shown_as_it_is_and_has_no_rights():
    assert role_name(AUDITOR) == "auditor"
    assert not may_change_organisation(AUDITOR)
    assert not may_change_organisation(None)


@pytest.mark.parametrize("before", ["spa", SPA])
def test_a_change_from_an_unknown_industry_is_told_by_its_label(before: str):
    old = inherited_policy(SPA, SubscriptionPlan.BASIC)
    new = inherited_policy(Industry.GYM, SubscriptionPlan.BASIC)

    sentences = describe_changes({"industry_type": (before, Industry.GYM)}, old, new)

    limits = "From the next request your limits are 9,000 an hour and 250 in any 60 seconds."
    assert sentences == [f"Industry changed from spa to Gym. {limits}"]


def test_an_unknown_label_equals_no_member_and_is_text():
    assert SPA not in set(Industry)
    assert (f"{SPA}", SPA.value, str(SPA)) == ("spa", "spa", "spa")
