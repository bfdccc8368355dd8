"""The geometry of what pages draw."""

import pytest

from webapp.web.charts import PATH_LENGTH, arch_gauge, bar_width, percentage, shortest


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
