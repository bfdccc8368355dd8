"""The geometry of the overview's charts: what is at which height, and what is not drawn at all."""

import pytest

from webapp.web.admin_charts import bar_chart, count_axis, evenly, line_chart, rate_axis


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([], ("1", "0")),
        ([0, 0], ("1", "0")),
        ([3], ("3", "2", "1", "0")),
        ([387, 12], ("400", "300", "200", "100", "0")),
        ([4_300_000], ("5,000,000", "3,750,000", "2,500,000", "1,250,000", "0")),
    ],
)
def test_an_axis_ends_on_a_round_figure_and_has_whole_ones_between(values: list[int], labels: tuple[str, ...]):
    axis = count_axis(values)
    assert axis.labels == labels
    assert len(axis.grid) == len(labels)


def test_a_rate_is_shown_close_up_as_far_as_its_lowest_day_allows():
    assert rate_axis([99.2, None, 100.0]).labels == ("100%", "99%", "98%")
    assert rate_axis([95.6]).labels == ("100%", "97.5%", "95%")
    assert rate_axis([0.0]).labels == ("100%", "50%", "0%")
    assert rate_axis([None]).labels == ("100%", "99%", "98%")


def test_a_line_goes_through_its_values_and_ends_in_a_dot():
    chart = line_chart([0, 4, 2], count_axis([4]), is_filled=True)
    assert chart.lines == ("0,200 300,0 600,100",)
    assert chart.areas == ("0,200 0,200 300,0 600,100 600,200",)
    assert chart.dots == ("M600 100h.01",)
    assert chart.goal == ""


def test_a_day_without_a_value_is_a_gap_and_a_lonely_one_a_dot():
    chart = line_chart([100.0, 99.0, None, 98.0, None, None], rate_axis([98.0]), goal=99.0)
    assert chart.lines == ("0,0 120,100",)
    assert chart.areas == ()
    assert chart.dots == ("M360 200h.01",)
    assert chart.goal == "100"
    assert line_chart([100.0, None, 100.0, None, 100.0], rate_axis([100.0])).dots == (
        "M0 0h.01",
        "M300 0h.01",
        "M600 0h.01",
    )
    assert line_chart([None, None], rate_axis([None])).dots == ()


def test_a_bar_is_as_high_as_its_value_and_something_never_looks_like_nothing():
    chart = bar_chart([0, 10_000, 1])
    assert [bar.height for bar in chart.bars] == ["200", "2"]
    assert [bar.x for bar in chart.bars] == ["234", "434"]
    assert {bar.width for bar in chart.bars} == {"132"}
    assert bar_chart([0, 0]).bars == ()


def test_a_few_labels_stand_for_many_days():
    assert evenly([str(number) for number in range(1, 8)]) == ("1", "3", "5", "7")
    assert evenly(["1", "2"]) == ("1", "2")
    thirty = evenly([str(number) for number in range(1, 31)])
    assert (thirty[0], thirty[-1], len(thirty)) == ("1", "30", 5)
