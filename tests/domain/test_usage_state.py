import pytest

from webapp.domain.usage_state import usage_state


@pytest.mark.parametrize(
    ("used", "limit", "kind", "sentence"),
    [
        (0, 600, "ready", "You have not made any requests yet."),
        (1, 600, "plenty", "You have 599 left until 15:00."),
        (479, 600, "plenty", "You have 121 left until 15:00."),
        (480, 600, "low", "You have less than 20% left. It resets at 15:00."),
        (599, 600, "low", "You have less than 20% left. It resets at 15:00."),
        (600, 600, "reached", "New requests will work again at 15:00."),
        (700, 600, "reached", "New requests will work again at 15:00."),
        (1, 1, "reached", "New requests will work again at 15:00."),
    ],
)
def test_the_state_says_how_the_hour_stands(used: int, limit: int, kind: str, sentence: str):
    state = usage_state(used, limit, "15:00", is_enforced=True)
    assert (state.kind, state.sentence) == (kind, sentence)


@pytest.mark.parametrize(
    ("used", "seconds_left", "sentence"),
    [
        (300, 1800, "At this pace you will stay inside your limit until 15:00."),
        (301, 1800, "You have 299 left until 15:00."),
        (1, 3600, "You have 599 left until 15:00."),
        (470, 1, "At this pace you will stay inside your limit until 15:00."),
    ],
)
def test_the_pace_is_only_called_safe_when_it_is(used: int, seconds_left: float, sentence: str):
    assert usage_state(used, 600, "15:00", is_enforced=True, seconds_left=seconds_left).sentence == sentence


@pytest.mark.parametrize(
    ("used", "limit", "kind"), [(0, 600, "ready"), (1, 600, "ready"), (2, 600, "plenty"), (1, 1, "reached")]
)
def test_opening_the_page_that_says_so_is_not_using_anything(used: int, limit: int, kind: str):
    state = usage_state(used, limit, "15:00", is_enforced=True, counts_this_view=True)
    assert state.kind == kind
    if used == 1 and kind == "ready":
        assert state.sentence == "You have not made any requests yet, apart from opening this page."


def test_an_organisation_that_is_never_refused_is_told_so():
    assert usage_state(10_000, 600, "15:00", is_enforced=False).tag == "Not limited"
