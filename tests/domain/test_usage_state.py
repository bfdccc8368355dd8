import pytest

from webapp.domain.usage_state import usage_state


@pytest.mark.parametrize(
    ("used", "limit", "kind", "sentence"),
    [
        (0, 600, "ready", "You have not made any requests yet."),
        (1, 600, "plenty", "You have 599 left until 15:00."),
        (479, 600, "plenty", "You have 121 left until 15:00."),
        (480, 600, "low", "You have 20% or less left. It resets at 15:00."),
        (599, 600, "low", "You have 20% or less left. It resets at 15:00."),
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


@pytest.mark.parametrize(("used", "kind"), [(30, "fast"), (1, "fast"), (480, "fast"), (600, "reached"), (0, "ready")])
def test_a_burst_that_is_used_up_is_said_unless_the_hour_is(used: int, kind: str):
    state = usage_state(used, 600, "15:00", is_enforced=True, is_burst_used_up=True, counts_this_view=True)
    assert state.kind == kind
    if kind == "fast":
        assert state.sentence == "You are going a little fast. You can carry on within a minute."


@pytest.mark.parametrize("used", [0, 300, 600, 900])
def test_limits_on_trial_are_said_to_be(used: int):
    state = usage_state(used, 600, "15:00", is_enforced=True, is_on_trial=True, is_burst_used_up=True)
    assert (state.kind, state.sentence) == ("trial", "Your limits are on trial: nothing is refused.")


@pytest.mark.parametrize("is_on_trial", [True, False])
def test_an_organisation_that_is_never_refused_is_told_so(is_on_trial: bool):
    assert usage_state(10_000, 600, "15:00", is_enforced=False, is_on_trial=is_on_trial).tag == "Not limited"
