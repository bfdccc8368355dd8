"""Values that the query of a list may hold although nobody can list them: `read_list_query` asks whether one is in."""

import re
from datetime import date, datetime, time, timedelta

from webapp.services.searching import as_key
from webapp.web.template_helpers import page_time_zone

_SHAPE = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")


class Days:
    """Days as a date field sends them, of this millennium."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and as_day(text) is not None


class Ids:
    """Ids as they stand in our own addresses."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and as_key(text) is not None


def as_day(text: str | None) -> date | None:
    """2025-08-14 as a date, None for anything else."""
    try:
        return date.fromisoformat(text) if text and _SHAPE.fullmatch(text) else None
    except ValueError:  # the 31st of February
        return None


def beginning_of(day: date) -> datetime:
    """Its first moment in UK time."""
    return datetime.combine(day, time(), page_time_zone())


def end_of(day: date) -> datetime:
    """The first moment after it in UK time."""
    return beginning_of(day + timedelta(days=1))
