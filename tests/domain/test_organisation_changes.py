"""What an admin changed, in sentences: each limit that is another one now, whatever made it so."""

import pytest

from webapp.domain.limit_policy import SET_FOR_THIS_ORGANISATION, Figure, LimitPolicy
from webapp.domain.organisation_changes import Changes, describe_changes_of_any

NEXT = "It applies from the next request."
BOTH = "They apply from the next request."


def own(amount: int) -> Figure:
    return Figure(amount, SET_FOR_THIS_ORGANISATION)


def default(amount: int) -> Figure:
    return Figure(amount, "Cinema, Basic plan")


@pytest.mark.parametrize(
    ("changes", "before", "after", "sentences"),
    [
        ({}, (default(600), default(60)), (default(600), default(60)), []),
        (
            {"rate_limit_per_hour": (500, 600)},
            (own(500), default(60)),
            (own(600), default(60)),
            ["Hourly limit changed from 500 to 600.", NEXT],
        ),
        (
            {"rate_limit_per_hour": (None, 600)},
            (default(600), default(60)),
            (own(600), default(60)),
            ["Hourly limit of 600 stays, now set for this organisation alone.", NEXT],
        ),
        (
            {"rate_limit_per_hour": (600, None), "burst_limit": (60, None)},
            (own(600), own(60)),
            (default(600), default(50)),
            ["Hourly limit of 600 stays, now by default.", "Burst changed from 60 to 50.", BOTH],
        ),
        (
            {"subscription_plan": ("basic", "professional")},
            (default(600), default(60)),
            (default(1_200), default(120)),
            [
                "Plan changed from Basic to Professional.",
                "Hourly limit changed from 600 to 1,200.",
                "Burst changed from 60 to 120.",
                BOTH,
            ],
        ),
        (
            {"industry_type": ("cinema", "spa")},
            (own(800), default(60)),
            (own(800), default(60)),
            [
                "Industry changed from Cinema to spa.",
                "Its own limits stay: 800 an hour and 60 in any 60 seconds. “Use the defaults” takes them away.",
            ],
        ),
        (
            {"rate_limit_enabled": (False, True), "limits_shadow": (True, False)},
            (default(600), default(60)),
            (default(600), default(60)),
            [
                "Its requests are limited again.",
                "The trial of its limits is over: what is past them is refused.",
                BOTH,
            ],
        ),
        ({"sic_code": ("59140", None)}, (own(6), own(6)), (own(6), own(6)), ["SIC code removed."]),
    ],
)
def test_what_is_said(
    changes: Changes, before: tuple[Figure, Figure], after: tuple[Figure, Figure], sentences: list[str]
):
    assert describe_changes_of_any(changes, LimitPolicy(*before), LimitPolicy(*after)) == sentences
