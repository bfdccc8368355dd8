"""What a cell of a CSV file may hold: a spreadsheet runs text that looks like a formula, and people name things."""

import enum
import uuid
from datetime import date, datetime

_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # the wide ones are the same to a Japanese spreadsheet
_NEVER_FIRST = ("\t", "\r", "\n")


def csv_cell(value: object) -> str:
    """A value as it is written into a file. Text that a spreadsheet would run is kept from it by an apostrophe before
    it, which the spreadsheet does not show; numbers and moments are ours and stay what they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, int | float | date | uuid.UUID):
        return str(value)
    text = str(value.value) if isinstance(value, enum.Enum) else str(value)
    return f"'{text}" if _could_be_run(text) else text


def _could_be_run(text: str) -> bool:
    """Some programs pass over blanks before they decide what a cell is."""
    return text[:1] in _NEVER_FIRST or text.lstrip()[:1] in _FORMULA_STARTS
