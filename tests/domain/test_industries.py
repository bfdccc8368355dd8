"""The catalogue is complete: a new industry fails here until every part of it is filled."""

import dataclasses

import pytest

from webapp.domain.industries import (
    CATALOGUE,
    Industry,
    IndustryEntry,
    find_industry,
    industries_to_choose,
    industry_for_sic,
)
from webapp.domain.plans import PLANS, SubscriptionPlan
from webapp.domain.roles import ROLE_NAMES, MembershipRole


def test_every_label_has_an_entry_in_its_place():
    assert list(CATALOGUE) == list(Industry)
    assert list(PLANS) == list(SubscriptionPlan)
    assert list(ROLE_NAMES) == list(MembershipRole)


@pytest.mark.parametrize("industry", list(Industry))
def test_every_text_of_an_entry_is_filled(industry: Industry):
    for field in dataclasses.fields(IndustryEntry):
        value = getattr(CATALOGUE[industry], field.name)
        if isinstance(value, str):
            assert value.strip(), f"{industry}: {field.name} is empty"


@pytest.mark.parametrize(
    "field", ["door", "choice", "hint", "naming", "classifying", "trade", "nothing_used", "quiet_day", "alone"]
)
def test_each_industry_has_words_of_its_own(field: str):
    texts = [str(getattr(entry, field)) for entry in CATALOGUE.values()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("industry", "hour", "burst"),
    [
        (Industry.CINEMA, 18_000, 500),
        (Industry.HOTEL, 12_000, 300),
        (Industry.GYM, 9_000, 250),
        (Industry.B2B, 30_000, 750),
        (Industry.RETAIL, 24_000, 600),
        (Industry.DEFAULT, 6_000, 150),
    ],
)
def test_base_limits_are_those_of_the_design(industry: Industry, hour: int, burst: int):
    entry = CATALOGUE[industry]
    assert (entry.requests_per_hour, entry.burst) == (hour, burst)


@pytest.mark.parametrize("label", ["CINEMA", "Cinema", " cinema", "cinema ", "cinemacinema", "", "spa", "cinema\x00"])
def test_labels_are_exact(label: str):
    assert find_industry(label) is None


def test_all_six_may_be_chosen():
    assert industries_to_choose() == list(Industry)


@pytest.mark.parametrize(
    ("code", "industry"),
    [
        ("59140", Industry.CINEMA),
        ("55201", Industry.HOTEL),
        ("93130", Industry.GYM),
        ("62020", Industry.B2B),
        ("47190", Industry.RETAIL),
        ("01110", None),
        ("59111", None),
    ],
)
def test_a_sic_code_suggests_an_industry(code: str, industry: Industry | None):
    assert industry_for_sic(code) is industry
