"""Whom a search of the audit log is for: people and organisations, found through their own indexes first."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from webapp.database import db
from webapp.models import Organisation, User
from webapp.services.searching import as_key, begins_a_word, escaped

MOST_FOUND = 50
"""People, and as many organisations. Past it a search says little, and would have to read most of the log."""

_PERSON, _ORGANISATION = "person", "organisation"


@dataclass(frozen=True)
class Concerned:
    """Those whom a search fits. `is_cut` says that it fits more of them."""

    people: tuple[uuid.UUID, ...]
    organisations: tuple[uuid.UUID, ...]
    is_cut: bool = False


def find_concerned(search: str) -> Concerned:
    """An id fits whoever has it, what has an @ fits addresses that begin so, and anything else fits names of people and
    organisations in which a word begins so. One statement, none for an id."""
    key = as_key(search)
    if key is not None:
        return Concerned((key,), (key,))
    people = select(literal(_PERSON).label("kind"), User.id).where(_fits_a_person(search)).limit(MOST_FOUND + 1)
    queries: list[Select[*tuple[Any, ...]]] = [people]
    if "@" not in search:
        named = begins_a_word(Organisation.name, search)
        queries.append(select(literal(_ORGANISATION), Organisation.id).where(named).limit(MOST_FOUND + 1))
    found = db.session.execute(union_all(*(select(query.subquery()) for query in queries))).all()
    ids = {kind: [row[1] for row in found if row[0] == kind] for kind in (_PERSON, _ORGANISATION)}
    return Concerned(
        tuple(ids[_PERSON][:MOST_FOUND]),
        tuple(ids[_ORGANISATION][:MOST_FOUND]),
        is_cut=any(len(some) > MOST_FOUND for some in ids.values()),
    )


def _fits_a_person(search: str) -> ColumnElement[bool]:
    if "@" in search:
        return func.lower(User.email).like(func.lower(f"{escaped(search)}%"))
    return begins_a_word(User.display_name, search)
