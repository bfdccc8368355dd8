"""Numbered pages: no row twice, none left out, and the last page from the end."""

import pytest

from webapp.domain.paging import FARTHEST_WALKED, Count, Paging, page_number, rows_to_count


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (Count(0), "0"),
        (Count(214), "214"),
        (Count(10_000), "10,000"),
        (Count(214_312, is_estimate=True), "about 214,000"),
        (Count(1_000_449, is_estimate=True), "about 1,000,000"),
        (Count(10_001, is_estimate=True), "about 10,000"),
        (Count(99, is_estimate=True), "about 99"),
    ],
)
def test_a_count_in_words(count: Count, words: str):
    assert count.in_words == words


@pytest.mark.parametrize(
    ("asked", "total", "number"),
    [(1, 0, 1), (0, 60, 1), (-5, 60, 1), (2, 60, 2), (3, 60, 3), (4, 60, 3), (10**9, 60, 3)],
)
def test_past_the_end_is_the_last_page_and_before_the_beginning_the_first(asked: int, total: int, number: int):
    assert Paging(asked, Count(total)).number == number


@pytest.mark.parametrize("total", [0, 1, 24, 25, 26, 50, 51, 99, 100, 101, 137])
def test_every_row_is_on_exactly_one_page(total: int):
    rows = list(range(total))
    seen: list[int] = []
    for number in range(1, Paging(1, Count(total)).pages + 1):
        paging = Paging(number, Count(total))
        ordered = rows[::-1] if paging.is_read_backwards else rows
        page = ordered[paging.offset : paging.offset + paging.rows]
        seen += page[::-1] if paging.is_read_backwards else page
    assert seen == rows


def test_nothing_passes_over_more_than_half_of_a_list():
    for number in range(1, 41):
        assert Paging(number, Count(1_000)).offset <= 500


def test_the_last_page_of_an_estimate_holds_the_last_rows_whatever_their_number():
    paging = Paging(10**9, Count(1_000_003, is_estimate=True))
    assert (paging.is_read_backwards, paging.offset, paging.rows) == (True, 0, 25)


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
def test_an_estimate_is_read_from_the_beginning_as_far_as_anybody_walks(rows: int):
    total = Count(rows, is_estimate=True)
    for asked in (1, 30, min(FARTHEST_WALKED, rows // 25)):
        assert (Paging(asked, total).is_read_backwards, Paging(asked, total).offset) == (False, (asked - 1) * 25)
    assert Paging(10**9, total).is_read_backwards


def test_what_has_to_be_counted_for_a_page_tells_whether_another_comes_after_it():
    assert [rows_to_count(page) for page in (0, 1, 7)] == [50, 50, 200]
    assert rows_to_count(10**9) == rows_to_count(FARTHEST_WALKED)


@pytest.mark.parametrize(
    ("asked", "total", "shown"),
    [
        (1, 10, (1,)),
        (1, 60, (1, 2, 3)),
        (1, 1_000, (1, 2, 3, None, 40)),
        (4, 1_000, (1, 2, 3, 4, 5, 6, None, 40)),
        (5, 1_000, (1, 2, 3, 4, 5, 6, 7, None, 40)),
        (20, 1_000, (1, None, 18, 19, 20, 21, 22, None, 40)),
        (40, 1_000, (1, None, 38, 39, 40)),
    ],
)
def test_the_numbers_that_are_offered(asked: int, total: int, shown: tuple[int | None, ...]):
    assert Paging(asked, Count(total)).shown == shown


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (None, 1),
        ("", 1),
        ("2", 2),
        ("-2", 1),
        ("2.5", 1),
        ("two", 1),
        ("٢", 1),
        ("²", 1),
        ("0", 0),
        ("9" * 10, 10**9),
        ("9" * 10_000, 10**9),
    ],
)
def test_a_page_number_from_an_address(text: str | None, number: int):
    assert page_number(text) == number
