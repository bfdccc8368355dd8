"""Why something was done: needed where it is hard to undo, and always readable."""

import pytest

from webapp.domain.errors import InvalidValue
from webapp.domain.reasons import LONGEST_REASON, checked_optional_reason, checked_reason


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\u3164"])
def test_nothing_to_read_is_no_reason(text: str):
    assert checked_optional_reason(text) is None
    with pytest.raises(InvalidValue, match="Enter a reason"):
        checked_reason(text)


@pytest.mark.parametrize("text", ["a\nb", "a\u202eb", "x" * (LONGEST_REASON + 1)])
@pytest.mark.parametrize("check", [checked_reason, checked_optional_reason])
def test_what_could_mislead_a_reader_is_refused(check, text: str):
    with pytest.raises(InvalidValue) as refused:
        check(text)
    assert refused.value.field == "reason"


def test_a_reason_is_one_line():
    assert checked_reason("  As   agreed ") == checked_optional_reason("As agreed") == "As agreed"
