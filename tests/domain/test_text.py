"""One line of text as it is stored: in one spelling, and soon."""

import unicodedata

import pytest

from webapp.domain.errors import InvalidValue
from webapp.domain.organisation_details import checked_name, checked_trade
from webapp.domain.text import LONGEST_NORMALISED, clean_line, has_hidden_characters, without_hidden_characters

BIDI_CLASSES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
SLOW = "e" + "\u0315" * 60_000 + "\u0300" * 60_000  # a body full of it keeps `unicodedata.normalize` busy for seconds


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of what is normalised, which takes a time that grows with their square."""
    lengths: list[int] = []

    def normalize(form: str, value: str) -> str:
        lengths.append(len(value))
        return value

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    return lengths


@pytest.mark.parametrize("clean", [clean_line, without_hidden_characters])
def test_no_text_keeps_a_process_busy(clean, normalised: list[int]):
    clean(SLOW)

    assert max(normalised, default=0) <= LONGEST_NORMALISED


@pytest.mark.parametrize("check", [checked_name, checked_trade])
def test_no_answer_keeps_a_process_busy(check, normalised: list[int]):
    with pytest.raises(InvalidValue, match="must be 120 characters or fewer"):
        check(SLOW)

    assert max(normalised, default=0) <= LONGEST_NORMALISED


def test_all_that_a_field_can_hold_is_normalised():
    assert clean_line("e\u0301" * (LONGEST_NORMALISED // 2)) == "é" * (LONGEST_NORMALISED // 2)
    assert clean_line("e\u0301" * LONGEST_NORMALISED) == "e\u0301" * LONGEST_NORMALISED


def test_spaces_do_not_make_a_text_too_long():
    assert clean_line(" " * 5_000 + "Odeon" + "\u2003" * 5_000 + "Cine\u0301mas") == "Odeon Cinémas"


@pytest.mark.parametrize("code", [0x00, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9F, 0x2028, 0x2029, 0xD800, 0xDFFF])
def test_control_characters_line_breaks_and_half_characters_are_hidden(code: int):
    assert has_hidden_characters(f"Ode{chr(code)}on")
    assert without_hidden_characters(f"Ode{chr(code)}on") == "Odeon"


def test_every_character_that_turns_the_direction_of_writing_is_hidden():
    turning = [chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in BIDI_CLASSES]

    assert len(turning) == 9
    assert all(has_hidden_characters(character) for character in [*turning, "\u061c", "\u200e", "\u200f"])


@pytest.mark.parametrize("name", ["Zażółć", "می\u200cخواهم", "👩\u200d🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "क्\u200dष", "O’Neill & Søn"])
def test_what_a_script_or_a_flag_is_written_with_is_not(name: str):
    assert not has_hidden_characters(name)
    assert clean_line(name) == name
