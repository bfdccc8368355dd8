"""What may be set as a limit: an override or an industry's base. Refused here, a malformed limit is never in force."""

from webapp.domain.errors import InvalidValue

MOST_PER_HOUR = 1_000_000
"""Past it a limit protects nobody."""


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
