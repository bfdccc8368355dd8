"""The one check for "is this a safe place to send somebody back to"."""

from urllib.parse import urlsplit

from webapp.domain.text import has_hidden_characters

LONGEST = 1000


def safe_path(value: str | None) -> str | None:
    """A path on our own site, or None for anything a browser could take for another place.

    Browsers read a backslash as a slash, drop tabs and line breaks, and take `//host` for an address (WHATWG URL 4.4),
    so those are refused rather than mended.
    """
    if not value or len(value) > LONGEST or not value.startswith("/") or value.startswith("//"):
        return None
    if "\\" in value or " " in value or has_hidden_characters(value):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if not parts.scheme and not parts.netloc else None
