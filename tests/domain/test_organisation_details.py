"""What an organisation may be called: something that can be seen."""

import pytest

from webapp.domain.errors import InvalidValue
from webapp.domain.organisation_details import checked_name, checked_trade

UNSEEN = {
    "zero-width space": "\u200b",
    "word joiner and byte order mark": "\u2060\ufeff",
    "soft hyphen between spaces": " \u00ad ",
    "a mark without a letter": "\u0301",
    "Hangul filler": "\u3164",
    "blank Braille pattern": "\u2800",
}


@pytest.mark.parametrize("name", UNSEEN.values(), ids=UNSEEN)
def test_a_name_that_nobody_can_see_is_no_name(name: str):
    with pytest.raises(InvalidValue, match="Enter the name of your organisation"):
        checked_name(name)


@pytest.mark.parametrize("trade", UNSEEN.values(), ids=UNSEEN)
def test_a_trade_that_nobody_can_see_is_none(trade: str):
    assert checked_trade(trade) is None


@pytest.mark.parametrize("name", ["7", "!", "株式会社", "👩\u200d🚀 Ltd", "نادي", "Cafe\u0301"])
def test_a_name_in_any_script_is_taken(name: str):
    assert checked_name(f" {name} ") == ("Café" if name == "Cafe\u0301" else name)
