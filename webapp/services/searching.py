"""What people type into a search, as conditions that the trigram indexes serve."""

import re
import uuid

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.orm import InstrumentedAttribute

from webapp.database import words_of


def begins_a_word(name: InstrumentedAttribute[str], search: str) -> ColumnElement[bool]:
    """Whether a word of a name begins so, in whatever case."""
    return words_of(name).like(func.lower(f"% {escaped(search)}%"))


def has_beginnings_first(search: str | None, sort: str) -> bool:
    """Whether those whose names begin with what is searched for come first: in a list by name, where an index has them
    together. An address is no name."""
    return bool(search) and "@" not in str(search) and sort.endswith("name")


def beginnings(name: InstrumentedAttribute[str], search: str | None, sort: str) -> ColumnElement[bool] | None:
    """What those have in common that come first, None where none do."""
    return begins(name, str(search)) if has_beginnings_first(search, sort) else None


def begins(name: InstrumentedAttribute[str], search: str) -> ColumnElement[bool]:
    """Whether a name itself begins so, in whatever case. Said twice: the index that puts names in order finds those
    that begin alike where the database compares byte by byte, the trigram index everywhere."""
    return and_(func.lower(name).like(func.lower(f"{escaped(search)}%")), begins_a_word(name, search))


def escaped(text: str) -> str:
    """Text that LIKE takes literally."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def as_key(text: str | None) -> uuid.UUID | None:
    """The id that somebody typed or pasted, or that an address holds, None for anything else."""
    try:
        return uuid.UUID(text) if text and len(text) == 36 else None
    except ValueError:
        return None
