"""The audit log as it is read: searched, narrowed, a page at a time, and all of it as a download.

With five million entries nothing may read the whole table. Whoever is searched for is therefore found first, through an
index of people or of organisations, and the log is then asked for theirs.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, case, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.database import db
from webapp.domain.audit_words import as_reference, subject_of
from webapp.domain.paging import Count, Paging
from webapp.models import AuditEvent, Organisation, User
from webapp.services.audit_search import Concerned, find_concerned
from webapp.services.paging import Order, count_rows, ids_on_page, in_batches, in_order, most_counted

KEY: tuple[InstrumentedAttribute[Any], ...] = (AuditEvent.at, AuditEvent.id)

LONGEST_TRANSACTION = timedelta(seconds=30)


@dataclass(frozen=True)
class AuditFilter:
    """What the log is narrowed to. Of what is None there is everything. `until` is the first moment that is not in."""

    search: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    person: uuid.UUID | None = None
    organisation: uuid.UUID | None = None


@dataclass(frozen=True)
class AuditLine:
    """One entry. Names are those that people and organisations have now; `subject` is the text that is stored."""

    at: datetime
    id: uuid.UUID
    actor: str
    action: str
    subject: str | None
    changes: Mapping[str, Sequence[object]]
    reason: str | None
    reference: str | None
    actor_id: uuid.UUID | None
    actor_name: str | None
    organisation_id: uuid.UUID | None
    organisation_name: str | None
    person_id: uuid.UUID | None
    person_name: str | None


@dataclass(frozen=True)
class AuditNames:
    """Whom the log is narrowed to, None for somebody who is not there."""

    person: str | None = None
    organisation: str | None = None


@dataclass(frozen=True)
class AuditPage:
    """One page of the log. `is_cut` says that the search fits more people or organisations than were looked up."""

    paging: Paging
    lines: list[AuditLine]
    names: AuditNames
    is_cut: bool = False


class AtLeast(Count):
    """A number that was reached while counting, and counted no further."""

    @property
    def in_words(self) -> str:
        return f"more than {self.number - 1:,}"


def list_page_of_any(wanted: AuditFilter, page: int) -> AuditPage:
    """A page of the entries that the filter finds, the newest first, in three statements at most."""
    concerned = _concerned(wanted)
    found = _narrowed(select(AuditEvent.id), wanted, concerned)
    total = _count(found, page) if concerned else count_rows(found, page)
    paging = Paging(page, total)
    is_cut = concerned is not None and concerned.is_cut
    if total.number == 0:
        return AuditPage(paging, [], _names_alone(wanted), is_cut)
    order = [Order(AuditEvent.at, is_descending=True), Order(AuditEvent.id, is_descending=True)]
    is_few = not total.is_estimate and (concerned or wanted.person or wanted.organisation)
    on_page = _found_first(found, paging) if is_few else ids_on_page(found, order, paging)
    chosen = on_page.subquery("on_page")
    names = _names(wanted)
    query = _lines().add_columns(*names).join(chosen, chosen.c.id == AuditEvent.id)
    rows: list[Any] = list(db.session.execute(in_order(query, order)))
    lines = [AuditLine(*row[: -len(names)]) for row in rows]
    return AuditPage(paging, lines, AuditNames(*rows[0][-len(names) :]) if rows else AuditNames(), is_cut)


def list_any_in_batches(wanted: AuditFilter) -> Iterator[list[AuditLine]]:
    """All entries that the filter finds, the newest first, in constant memory."""
    query = _narrowed(_lines(), wanted, _concerned(wanted))
    rows: Sequence[Any]
    for rows in in_batches(query, KEY):
        batch: Sequence[Any] = rows
        yield [AuditLine(*row) for row in batch]


def list_newest_of_any(number: int) -> list[AuditLine]:
    """The last so many entries, the newest first."""
    order = [Order(AuditEvent.at, is_descending=True), Order(AuditEvent.id, is_descending=True)]
    rows: list[Any] = list(db.session.execute(in_order(_lines(), order).limit(number)))
    return [AuditLine(*row) for row in rows]


def follow_any(shown: Sequence[AuditLine], wait: Callable[[], None]) -> Iterator[list[AuditLine]]:
    """What comes after the entries that were shown, oldest first, each time `wait` returns; without an end.

    An entry has the time at which its transaction began and is seen when that ends, so those of the last half minute
    are looked at again each time. No transaction does its work for that long.
    """
    newest = max((line.at for line in shown), default=datetime.fromtimestamp(0, UTC))  # of an empty log all is new
    seen = {line.id: line.at for line in _since(newest - LONGEST_TRANSACTION) if line.at <= newest}
    while True:
        db.session.rollback()  # nothing was changed; ends the transaction that reading began
        wait()
        since = newest - LONGEST_TRANSACTION
        lines = [line for line in _since(since) if line.id not in seen]
        seen = {key: at for key, at in seen.items() if at >= since} | {line.id: line.at for line in lines}
        newest = max(seen.values(), default=newest)
        yield lines


def _since(moment: datetime) -> list[AuditLine]:
    rows: list[Any] = list(
        db.session.execute(in_order(_lines().where(AuditEvent.at >= moment), [Order(one) for one in KEY]))
    )
    return [AuditLine(*row) for row in rows]


def _concerned(wanted: AuditFilter) -> Concerned | None:
    """Whom the search fits, where it is for people or organisations and not for a reference."""
    return find_concerned(wanted.search) if wanted.search and not as_reference(wanted.search) else None


def _count(found: Select[Any], page: int) -> Count:
    """Without the planner's estimate, whose statement was spent on finding whom the search fits."""
    most = most_counted(page)
    few = found.limit(most + 1).order_by(None).subquery()
    number = db.session.scalar(select(func.count()).select_from(few)) or 0
    return Count(number) if number <= most else AtLeast(number, is_estimate=True)


def _found_first(found: Select[Any], paging: Paging) -> Select[Any]:
    """The page, of entries that are all found before any is sorted. Left to itself the planner may walk through the
    whole log by age instead, in the belief that 25 of one person are near."""
    whole = found.add_columns(AuditEvent.at).cte("found").prefix_with("MATERIALIZED")
    order = [Order(whole.c.at, is_descending=True), Order(whole.c.id, is_descending=True)]
    return ids_on_page(select(whole.c.id), order, paging)


_ACTOR, _PERSON = aliased(User), aliased(User)
_A_PERSON = "^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def _lines() -> Select[*tuple[Any, ...]]:
    """What a line is made of, with the names of whoever it is about."""
    person_id = case((AuditEvent.subject.regexp_match(_A_PERSON), cast(func.substr(AuditEvent.subject, 6), Uuid)))
    return (
        select(
            *KEY,
            AuditEvent.actor,
            AuditEvent.action,
            AuditEvent.subject,
            AuditEvent.changes,
            AuditEvent.reason,
            AuditEvent.reference,
            AuditEvent.actor_user_id,
            _ACTOR.display_name,
            AuditEvent.organisation_id,
            Organisation.name,
            _PERSON.id,
            _PERSON.display_name,
        )
        .outerjoin(_ACTOR, _ACTOR.id == AuditEvent.actor_user_id)
        .outerjoin(Organisation, Organisation.id == AuditEvent.organisation_id)
        .outerjoin(_PERSON, _PERSON.id == person_id)
    )


def _names(wanted: AuditFilter) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What those are called whom the log is narrowed to: beside what is selected anyway, for want of statements."""
    person = select(User.display_name).where(User.id == wanted.person).correlate(None)
    organisation = select(Organisation.name).where(Organisation.id == wanted.organisation).correlate(None)
    return person.scalar_subquery(), organisation.scalar_subquery()


def _names_alone(wanted: AuditFilter) -> AuditNames:
    if wanted.person is None and wanted.organisation is None:
        return AuditNames()
    return AuditNames(*db.session.execute(select(*_names(wanted))).one())


def _narrowed(query: Select[Any], wanted: AuditFilter, concerned: Concerned | None) -> Select[Any]:
    if wanted.search and concerned is None:
        query = query.where(AuditEvent.reference == as_reference(wanted.search))
    if concerned is not None:
        query = query.where(_about(concerned.people, concerned.organisations))
    if wanted.person is not None:
        query = query.where(_about([wanted.person], []))
    if wanted.organisation is not None:
        query = query.where(AuditEvent.organisation_id == wanted.organisation)
    if wanted.action is not None:
        query = query.where(AuditEvent.action == wanted.action)
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEvent.at < wanted.until)
    return query


def _about(people: Sequence[uuid.UUID], organisations: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    """What was done by or to one of these people, or in one of these organisations."""
    return or_(
        AuditEvent.actor_user_id.in_(people),
        AuditEvent.subject.in_([subject_of(person) for person in people]),
        AuditEvent.organisation_id.in_(organisations),
    )
