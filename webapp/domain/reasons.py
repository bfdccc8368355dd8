"""Why something was done, in the words of whoever did it, as the audit log keeps it."""

from webapp.domain.errors import InvalidValue
from webapp.domain.text import clean_line, has_hidden_characters, has_visible_characters

LONGEST_REASON = 500


def checked_reason(value: str) -> str:
    """The reason as it is stored. Raises InvalidValue("reason", ...) for none, or one nobody can read."""
    reason = clean_line(value)
    if not has_visible_characters(reason):
        raise InvalidValue("reason", "Enter a reason. It is kept in the audit log")
    return _readable(reason)


def checked_optional_reason(value: str) -> str | None:
    """The same, None where nothing was typed. Raises InvalidValue("reason", ...)."""
    reason = _readable(clean_line(value))
    return reason if has_visible_characters(reason) else None


def _readable(reason: str) -> str:
    if has_hidden_characters(reason):
        raise InvalidValue("reason", "Reason must not contain hidden or control characters")
    if len(reason) > LONGEST_REASON:
        raise InvalidValue("reason", f"Reason must be {LONGEST_REASON} characters or fewer")
    return reason
