"""What may be set as a limit: an override or an industry's base. Refused here, a malformed limit is never in force."""

from webapp.domain.errors import InvalidValue
from webapp.domain.text import clean_line

MOST_PER_HOUR = 1_000_000
"""Past it a limit protects nobody."""

_LONGEST_NUMBER = 9  # digits; no longer one can be a limit


def checked_hour(hour: int) -> int:
    """Raises InvalidValue("hour", ...) for a figure that would stop everybody or protect nobody."""
    if not 1 <= hour <= MOST_PER_HOUR:
        raise InvalidValue("hour", f"Requests an hour must be a whole number between 1 and {MOST_PER_HOUR:,}")
    return hour


def checked_burst(burst: int, hour: int) -> int:
    """Raises InvalidValue("burst", ...) unless the burst is at least 1 and fits in the hour it is part of."""
    if burst < 1:
        raise InvalidValue("burst", "Burst must be 1 or more")
    if burst > hour:
        raise InvalidValue("burst", f"Burst must be {hour:,} or less, the same as or lower than the hourly limit")
    return burst


def read_hour(text: str | None) -> int | None:
    """Requests an hour as somebody types them, 36,000 among others; None where nothing was. Raises InvalidValue."""
    number = _whole_number(text, "hour", f"Requests an hour must be a whole number between 1 and {MOST_PER_HOUR:,}")
    return None if number is None else checked_hour(number)


def read_burst(text: str | None) -> int | None:
    """The same for a burst, which still has to be held against its hour."""
    sentence = f"Burst must be a whole number between 1 and {MOST_PER_HOUR:,}"
    number = _whole_number(text, "burst", sentence)
    if number is not None and not 1 <= number <= MOST_PER_HOUR:
        raise InvalidValue("burst", sentence)
    return number


def _whole_number(text: str | None, field: str, sentence: str) -> int | None:
    digits = clean_line(text or "").replace(",", "").replace(" ", "")
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > _LONGEST_NUMBER:
        raise InvalidValue(field, sentence)
    return int(digits)
