"""What a change of an industry's figures is said to do before it is made."""

import pytest

from webapp.domain.base_changes import affected_sentence, plan_changes
from webapp.domain.limit_policy import BaseFigures
from webapp.domain.paging import Count

NONE = "that have no limits of their own"
OTHERS = "Others keep what is set for them."


@pytest.mark.parametrize(
    ("inheriting", "keeping", "sentence"),
    [
        (Count(0), 0, "There are no organisations in Cinema yet."),
        (Count(0), 1, "This changes nothing today: 1 organisation in Cinema keeps what is set for it."),
        (Count(0), 2, "This changes nothing today: 2 organisations in Cinema keep what is set for them."),
        (Count(1), 0, "This changes the limits of 1 organisation in Cinema that has no limits of its own."),
        (
            Count(1204),
            3,
            f"This changes the limits of 1,204 organisations in Cinema {NONE}; 3 keep what is set for them.",
        ),
        (
            Count(166_812, is_estimate=True),
            None,
            f"This changes the limits of about 167,000 organisations in Cinema {NONE}. {OTHERS}",
        ),
    ],
)
def test_who_is_affected(inheriting: Count, keeping: int | None, sentence: str):
    assert affected_sentence("Cinema", inheriting, keeping) == sentence


def test_every_plan_gets_its_multiple():
    changes = plan_changes(BaseFigures(100, 10), BaseFigures(200, 30))
    assert [(change.plan, change.before, change.after) for change in changes] == [
        ("Basic", BaseFigures(100, 10), BaseFigures(200, 30)),
        ("Professional", BaseFigures(200, 20), BaseFigures(400, 60)),
        ("Enterprise", BaseFigures(500, 50), BaseFigures(1000, 150)),
    ]
