from datetime import UTC, datetime, timedelta

import pytest

from webapp.domain.limit_policy import state_of_limits
from webapp.domain.usage_history import HourOfUsage, UsageHistory, history_sentence, trial_sentence

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def history(*counts: tuple[int, int, int]) -> UsageHistory:
    return UsageHistory(tuple(HourOfUsage(MIDNIGHT + timedelta(hours=n), *count) for n, count in enumerate(counts)))


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ([(1, 0, 0)], "In the last 24 hours 1 request was let in and none was refused."),
        (
            [(1000, 0, 0), (234, 0, 0)],
            (
                "In the last 24 hours 1,234 requests were let in and none was refused."
                " The busiest hour was 14:00 to 15:00, with 1,000."
            ),
        ),
        (
            [(10, 5, 0), (11, 0, 0)],
            "In the last 24 hours 21 requests were let in and 5 refused. The busiest hour was 14:00 to 15:00, with 15.",
        ),
    ],
    ids=str,
)
def test_the_sentence_says_what_the_chart_shows(counts: list[tuple[int, int, int]], sentence: str):
    assert history_sentence(history(*counts), "14:00 to 15:00") == sentence


def test_the_busiest_hour_is_the_later_of_two_alike():
    assert history((5, 0, 0), (2, 3, 0), (4, 0, 0)).busiest.starts_at == MIDNIGHT + timedelta(hours=1)


def test_a_day_of_refusals_alone_is_not_empty():
    assert history((0, 0, 0)).is_empty
    assert not history((0, 1, 0)).is_empty


@pytest.mark.parametrize(
    ("over", "beginning"), [(0, "None of the requests"), (1, "1 of the 20 requests"), (12, "12 of the 20 requests")]
)
def test_a_trial_is_told_in_requests(over: int, beginning: str):
    sentence = trial_sentence(history((20, 0, over)))
    assert sentence.startswith(beginning)
    assert sentence.endswith("of the last 24 hours would have been refused.")


def test_no_two_states_of_limits_share_a_number():
    states = {(own, base) for own in range(1, 60) for base in range(60)}
    assert len({state_of_limits(own, base) for own, base in states}) == len(states)
    assert state_of_limits(1, None) == state_of_limits(1, 0), "a row that was only made is no change"
