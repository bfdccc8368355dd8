"""Finding a SIC code by code or by word."""

import pytest
from sqlalchemy import func, select

from webapp.database import db
from webapp.domain.errors import InvalidValue
from webapp.models import SicCode
from webapp.services.sic_codes import MOST_MATCHES, find_answer, find_description, list_matches

pytestmark = pytest.mark.usefixtures("database")


def test_all_731_codes_are_there():
    assert db.session.scalar(select(func.count()).select_from(SicCode)) == 731


def test_an_exact_code_is_taken():
    assert find_answer("59140").code == "59140"
    assert find_answer(" 59140 ").code == "59140"
    assert find_description("59140") == "Motion picture projection activities"


@pytest.mark.parametrize(
    ("typed", "best"), [("cinema", "59140"), ("hotels", "55100"), ("gym", "93130"), ("5914", "59140"), ("PUB", "56302")]
)
def test_a_word_or_part_of_a_code_gives_matches_to_choose_from(typed: str, best: str):
    answer = find_answer(typed)

    assert answer.code is None
    assert best in [match.code for match in answer.matches]
    assert len(answer.matches) <= MOST_MATCHES


def test_a_chosen_match_is_taken_and_one_that_was_not_offered_is_not():
    assert find_answer("cinema", "59140").code == "59140"
    assert find_answer("cinema", "01110").code is None


def test_none_of_these_leaves_it_for_later():
    answer = find_answer("cinema", "none")
    assert answer.code is None
    assert not answer.matches


@pytest.mark.parametrize("typed", [None, "", "   "])
def test_nothing_typed_is_nothing_asked(typed: str | None):
    answer = find_answer(typed)
    assert answer.code is None
    assert not answer.matches


@pytest.mark.parametrize(
    "typed", ["99998", "xyzzy", "5914O", "%", "_____", "' OR 1=1", "591400", "٥٩١٤٠", "cin\x00ema", "x" * 81]
)
def test_what_fits_nothing_is_refused(typed: str):
    with pytest.raises(InvalidValue) as refusal:
        find_answer(typed)
    assert refusal.value.field == "sic"


def test_a_percent_sign_is_not_a_wildcard():
    assert list_matches("100%") == []
