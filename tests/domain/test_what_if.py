"""The answer to "what if", in words."""

import pytest

from webapp.domain.what_if import TriedLimits, WhatIf


def what_if(**figures: int) -> WhatIf:
    usual = {"asked_for": 4_100, "would_be_refused": 0, "were_refused": 0, "busiest_hour": 900, "busiest_minute": 80}
    return WhatIf(TriedLimits(600, 60), **{**usual, **figures})


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"asked_for": 0}, "Nothing was asked for in the last 7 days, so no limit would have refused anything."),
        ({}, "With these limits, no request of the last 7 days would have been refused."),
        (
            {"would_be_refused": 1},
            "With these limits, in the last 7 days 1 request of 4,100 would have been refused.",
        ),
        (
            {"would_be_refused": 1_234},
            "With these limits, in the last 7 days about 1,234 requests of 4,100 would have been refused.",
        ),
    ],
)
def test_the_answer(figures: dict[str, int], sentence: str):
    assert what_if(**figures).sentence == sentence


@pytest.mark.parametrize(("refused", "words"), [(0, "None was"), (1, "1 was"), (1_200, "1,200 were")])
def test_what_it_is_held_against(refused: int, words: str):
    assert what_if(were_refused=refused).beside_it == (
        f"{words} refused in fact. The busiest hour had 900 requests and the busiest minute 80."
    )
    assert what_if(asked_for=0).beside_it is None
