"""What people type into a search, as conditions that the trigram indexes serve."""

import re
import uuid

from sqlalchemy import ColumnElement, func, or_


def begins_a_word(name: ColumnElement[str], search: str) -> ColumnElement[bool]:
    """Whether a name in lower case begins so, or a word of it does."""
    text = escaped(search)
    return or_(name.like(func.lower(f"{text}%")), name.like(func.lower(f"% {text}%")))


def escaped(text: str) -> str:
    """Text that LIKE takes literally."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def as_key(text: str | None) -> uuid.UUID | None:
    """The id that somebody typed or pasted, or that an address holds, None for anything else."""
    try:
        return uuid.UUID(text) if text and len(text) == 36 else None
    except ValueError:
        return None
