"""The sentences that say what a chart shows, and what is chosen as the one thing that needs attention."""

from datetime import date, timedelta

import pytest

from webapp.domain.activity import Happening, is_awaited
from webapp.domain.errors import SignInCause
from webapp.domain.overview import (
    CAUSES,
    PERIODS,
    Breaches,
    Counted,
    IndustryCount,
    Organisations,
    Period,
    Tally,
    attention_of,
    breaches_sentence,
    funnel_sentence,
    industries_sentence,
    percent,
    period_of,
    sign_ins_sentence,
    success_sentence,
)

TODAY = date(2025, 8, 14)
MONTH = Period(30, TODAY)


def tally(before: int = 0, days_ago: int = 0, **counts: int) -> Tally:
    day = TODAY - timedelta(days=days_ago)
    rows = [Counted(day, Happening[name.upper()].value, "", count) for name, count in counts.items()]
    return Tally(MONTH, rows, before)


@pytest.mark.parametrize("asked", [None, "", "31", "-7", "٧", "7 ", "x" * 10_000])
def test_an_unknown_period_is_the_usual_one(asked: str | None):
    assert period_of(asked, TODAY) == MONTH


@pytest.mark.parametrize("days", PERIODS)
def test_a_period_ends_today(days: int):
    period = period_of(str(days), TODAY)
    assert len(period.dates) == days
    assert (period.dates[0], period.dates[-1]) == (period.first, TODAY)


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (0, 9, "No sign-ins in these 30 days yet."),
        (1, 0, "1 sign-in in these 30 days, after none in the 30 days before."),
        (1204, 1204, "1,204 sign-ins in these 30 days, as many as in the 30 days before."),
        (112, 100, "112 sign-ins in these 30 days, up 12% on the 30 days before."),
        (1000, 1001, "1,000 sign-ins in these 30 days, down 1% on the 30 days before."),
    ],
)
def test_sign_ins(now: int, before: int, sentence: str):
    assert sign_ins_sentence(tally(before, sign_in_succeeded=now)) == sentence


@pytest.mark.parametrize(
    ("new", "reached", "sentence"),
    [
        (0, 0, "Nobody signed in for the first time in these 30 days."),
        (1, 1, "The one new person reached their dashboard."),
        (1, 0, "The one new person has not reached their dashboard yet."),
        (12, 0, "None of the 12 new people reached their dashboard yet."),
        (12, 13, "All 12 new people reached their dashboard."),
        (482, 419, "87% of 482 new people reached their dashboard."),
        (1000, 999, "99% of 1,000 new people reached their dashboard."),
        (1000, 1, "1% of 1,000 new people reached their dashboard."),
    ],
)
def test_the_funnel(new: int, reached: int, sentence: str):
    assert funnel_sentence(tally(first_sign_in=new, dashboard_reached=reached)) == sentence


@pytest.mark.parametrize(
    ("good", "bad", "days_ago", "sentence"),
    [
        (0, 0, 0, "Nobody tried to sign in in these 30 days yet."),
        (992, 8, 0, "99.2% today. The dashed line is our 99% target."),
        (7, 0, 0, "100% today. The dashed line is our 99% target."),
        (0, 7, 0, "0% today. The dashed line is our 99% target."),
        (9999, 1, 0, "99.9% today. The dashed line is our 99% target."),
        (99, 1, 3, "99% in these 30 days; nobody has tried today. The dashed line is our 99% target."),
    ],
)
def test_success(good: int, bad: int, days_ago: int, sentence: str):
    assert success_sentence(tally(days_ago=days_ago, sign_in_succeeded=good, sign_in_refused=bad)) == sentence


@pytest.mark.parametrize(
    ("each_day", "sentence"),
    [
        ({}, "No organisation was refused in these 30 days."),
        ({TODAY: 1}, "1 breach in these 30 days, today."),
        ({date(2025, 8, 12): 1}, "1 breach in these 30 days, on 12 August."),
        (
            {date(2025, 8, 12): 1200},
            "1,200 breaches in these 30 days, none today. The most on one day was 1,200, on 12 August.",
        ),
        (
            {TODAY: 4, date(2025, 8, 12): 20},
            "24 breaches in these 30 days, 4 of them today. The most on one day was 20, on 12 August.",
        ),
    ],
)
def test_breaches(each_day: dict[date, int], sentence: str):
    assert breaches_sentence(Breaches(each_day), MONTH, "12 August") == sentence


@pytest.mark.parametrize(
    ("counts", "is_estimate", "sentence"),
    [
        ((), False, "No organisation is active yet."),
        ((1,), False, "1 active organisation, in Retail."),
        ((3,), False, "3 active organisations. All are in Retail."),
        ((58, 47), False, "105 active organisations. Retail has the most, 58."),
        ((5, 5, 1), False, "11 active organisations. No industry has more than Retail, with 5."),
        ((166_812, 160_004), True, "About 327,000 active organisations. Retail has the most, about 167,000."),
    ],
)
def test_industries(counts: tuple[int, ...], is_estimate: bool, sentence: str):
    found = Organisations([IndustryCount(str(number), count) for number, count in enumerate(counts)], is_estimate)
    assert industries_sentence(found, "Retail") == sentence


def test_nearly_all_is_not_all_and_nearly_nothing_not_nothing():
    assert [percent(share) for share in (0, 0.2, 99.7, 100)] == ["0%", "1%", "99%", "100%"]
    assert [percent(share, 1) for share in (0, 0.01, 50, 99.99, 100)] == ["0%", "0.1%", "50%", "99.9%", "100%"]


def test_causes_are_told_in_words_the_most_frequent_first():
    refused = [("cancelled", 2), ("our_fault", 3), ("a_newer_builds", 1), ("cancelled", 2)]
    rows = [Counted(TODAY, "sign_in_refused", cause, count) for cause, count in refused]
    told = Tally(MONTH, rows).causes
    assert told == [(CAUSES[SignInCause.CANCELLED], 4), (CAUSES[SignInCause.OUR_FAULT], 3), ("a_newer_builds", 1)]
    assert set(CAUSES) == set(SignInCause)


def test_somebody_who_stops_of_their_own_accord_is_no_failure():
    rows = [Counted(TODAY, "sign_in_succeeded", "", 3), Counted(TODAY, "sign_in_refused", "cancelled", 2)]
    assert Tally(MONTH, rows).rate == 100
    assert Tally(MONTH, [*rows, Counted(TODAY, "sign_in_refused", "our_fault", 1)]).failed_today == (1, 4)


def test_at_most_one_thing_needs_attention_and_it_is_the_gravest():
    failing = tally(sign_in_succeeded=98, sign_in_refused=2)
    at_limit = Breaches(at_limit_now=2)

    def title(drift: str | None, is_store_down: bool, tally: Tally | None, breaches: Breaches | None) -> str | None:
        found = attention_of(drift, is_store_down=is_store_down, tally=tally, breaches=breaches)
        return found.title if found else None

    assert title("industry has no label", True, failing, at_limit) == "The database is not as this release needs it"
    assert title(None, True, failing, at_limit) == "Requests are counted by each process for itself"
    assert title(None, False, failing, at_limit) == "Sign-ins are failing today"
    assert title(None, False, tally(sign_in_succeeded=99, sign_in_refused=1), at_limit) == (
        "2 organisations reached the hourly limit"
    )
    assert title(None, False, tally(), Breaches(at_limit_now=1)) == "1 organisation reached the hourly limit"
    assert title(None, False, tally(days_ago=1, sign_in_refused=9), Breaches()) is None
    assert title(None, False, None, None) is None


@pytest.mark.parametrize(
    ("step", "awaited", "is_counted"),
    [
        (Happening.ONBOARDING_SEEN, "onboarding_seen", True),
        (Happening.ONBOARDING_SEEN, "dashboard_reached", False),
        (Happening.DASHBOARD_REACHED, "onboarding_seen", True),
        (Happening.DASHBOARD_REACHED, "dashboard_reached", True),
        (Happening.DASHBOARD_REACHED, None, False),
        (Happening.DASHBOARD_REACHED, "a_newer_builds", False),
    ],
)
def test_a_step_is_counted_while_it_or_one_before_it_is_awaited(step: Happening, awaited: str | None, is_counted: bool):
    assert is_awaited(step, awaited) == is_counted
