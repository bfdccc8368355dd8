"""The geometry of what pages draw."""

import pytest

from webapp.web.charts import PATH_LENGTH, arch_gauge, bar_width, column_chart, percentage, round_figure, shortest


@pytest.mark.parametrize(
    ("used", "limit", "filled"),
    [
        (0, 600, 0),
        (300, 600, 50),
        (600, 600, 100),
        (900, 600, 100),
        (-1, 600, 0),
        (1, 0, 100),
        (0, 0, 100),
    ],
)
def test_a_share_is_never_outside_the_frame(used: int, limit: int, filled: float):
    assert percentage(used, limit) == filled


def test_the_arch_fills_along_its_path():
    gauge = arch_gauge(372, 600)

    assert gauge.dashes == f"62 {2 * PATH_LENGTH}"
    assert gauge.path_length == PATH_LENGTH
    assert not gauge.is_empty


def test_an_unused_arch_is_empty_rather_than_a_dot():
    assert arch_gauge(0, 600).is_empty
    assert not arch_gauge(1, 1_000_000).is_empty


@pytest.mark.parametrize(("used", "width"), [(0, "0"), (1, "0.33"), (150, "50"), (299, "99.67"), (400, "100")])
def test_a_bar_is_as_wide_as_what_was_used(used: int, width: str):
    assert bar_width(used, 300) == width


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0"), (100.0, "100"), (62.5, "62.5"), (0.0001, "0"), (33.333, "33.33")]
)
def test_numbers_for_attributes_are_short_and_plain(number: float, text: str):
    assert shortest(number) == text


def test_columns_stand_side_by_side_with_what_went_beyond_on_top():
    chart = column_chart([(40, 0), (0, 0), (60, 20)])

    assert (chart.view_box, chart.top) == ("0 0 30 100", 80)
    first, empty, last = chart.columns
    assert (first.x, first.width, first.let_in_y, first.let_in_height) == ("1", "8", "50", "50")
    assert first.beyond_height == empty.let_in_height == empty.beyond_height == ""
    assert (last.let_in_y, last.let_in_height) == ("25", "75")
    assert (last.beyond_y, last.beyond_height) == ("0", "25")


@pytest.mark.parametrize("parts", [[(1, 100_000)], [(100_000, 1)], [(100_000, 0), (1, 1)], [(0, 1)]], ids=str)
def test_a_part_that_is_small_can_be_seen_and_none_leaves_the_chart(parts: list[tuple[int, int]]):
    for column, (let_in, beyond) in zip(column_chart(parts).columns, parts, strict=True):
        for number, y, height in (
            (let_in, column.let_in_y, column.let_in_height),
            (beyond, column.beyond_y, column.beyond_height),
        ):
            assert bool(height) == bool(number)
            if height:
                assert float(height) >= 1
                assert 0 <= float(y) <= float(y) + float(height) <= 100.01


def test_a_chart_of_nothing_can_be_drawn():
    assert column_chart([]).columns == ()
    assert column_chart([(0, 0)]).top == 1


@pytest.mark.parametrize(("number", "top"), [(0, 1), (1, 1), (7, 8), (9, 10), (10, 10), (11, 20), (4_321, 5_000)])
def test_a_chart_ends_at_a_round_figure(number: int, top: int):
    assert round_figure(number) == top
