"""Limits as people type them."""

import pytest

from webapp.domain.errors import InvalidValue
from webapp.domain.limit_values import read_burst, read_hour


@pytest.mark.parametrize(
    ("text", "number"), [(None, None), ("", None), ("  ", None), ("600", 600), (" 36,000 ", 36_000), ("36 000", 36_000)]
)
def test_a_number_or_nothing(text: str | None, number: int | None):
    assert read_hour(text) == read_burst(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e3", "0x10", "many", "1000001", "9" * 5_000, "٦٠٠", "²", "None"])
@pytest.mark.parametrize(("read", "words"), [(read_hour, "Requests an hour"), (read_burst, "Burst")])
def test_anything_else_is_refused_in_one_sentence(read, words: str, text: str):
    with pytest.raises(InvalidValue, match=f"^{words} must be a whole number between 1 and 1,000,000$"):
        read(text)
