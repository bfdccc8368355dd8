"""The admin's list of people: searched, narrowed, sorted, one page at a time.

Never more than the count, with the planner's estimate where it is long, and the page itself. With three million people
none of them may read a whole table, so what is searched for goes through an index of its own.
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, or_, select, true

from webapp.database import db
from webapp.domain.paging import Count, Paging
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import Membership, Organisation, User
from webapp.services.paging import (
    Order,
    count_rows,
    estimate_rows,
    found_first,
    ids_on_page,
    in_order,
    most_counted,
    page_of_found,
)
from webapp.services.searched_pages import first_of, ids_on_searched_page, marked_first
from webapp.services.searching import as_key, beginnings, begins_a_word, escaped

SORTS = ("-seen", "seen", "name", "-name")
"""What the list may be sorted by, a minus for the other way round; the first is the usual one."""

LONG_AGO = timedelta(days=90)


class Seen(enum.StrEnum):
    """When somebody last signed in."""

    IN_7_DAYS = "7-days"
    IN_30_DAYS = "30-days"
    IN_90_DAYS = "90-days"
    LONG_AGO = "90-days-ago"
    NEVER = "never"


_LATELY = {
    Seen.IN_7_DAYS: timedelta(days=7),
    Seen.IN_30_DAYS: timedelta(days=30),
    Seen.IN_90_DAYS: timedelta(days=90),
}


@dataclass(frozen=True)
class PeopleFilter:
    """What the list is narrowed to. Of what is None there is everybody. A role is one in any organisation, or in the
    one that is named."""

    search: str | None = None
    is_platform_admin: bool = False
    role: MembershipRole | None = None
    is_active: bool | None = None
    seen: Seen | None = None
    organisation: uuid.UUID | None = None

    @property
    def is_about_places(self) -> bool:
        return self.role is not None or self.organisation is not None

    @property
    def has_to_be_looked_for(self) -> bool:
        """Whether no single index holds just these, ready to be counted."""
        has_more_than_role = self.is_active is not None or self.seen is not None
        return bool(self.search or self.organisation or (self.role and has_more_than_role))


@dataclass(frozen=True)
class PersonLine:
    """One person as the list shows them, with the place that the list is about or the one they have had for longest."""

    id: uuid.UUID
    name: str
    email: str | None
    is_platform_admin: bool
    is_active: bool
    last_signed_in_at: datetime | None
    organisation_id: uuid.UUID | None
    organisation_name: str | None
    role: MembershipRole | UnknownLabel | None
    places: int


@dataclass(frozen=True)
class PeoplePage:
    """One page of the list, and what the organisation is called that it is narrowed to."""

    paging: Paging
    lines: list[PersonLine]
    organisation_name: str | None = None


@dataclass(frozen=True)
class TurnedRound(Order):
    """The same order read from its end, which the same index serves: where empty ones come last, here they come
    first."""

    def clause(self, *, backwards: bool = False) -> ColumnElement[Any]:
        return super().clause(backwards=not backwards)


def list_page_of_any_people(wanted: PeopleFilter, sort: str, page: int) -> PeoplePage:
    """A page of the people whom the filter finds, in one to three statements."""
    query = _narrowed(select(User.id), wanted)
    total = None if wanted.has_to_be_looked_for else count_rows(query, page)
    if total is None or (wanted.role is not None and not total.is_estimate):
        few = _page_of_few(wanted, sort, page)
        if few is not None:
            return few
    if total is None:
        total = estimate_rows(query, at_least=most_counted(page) + 1)
    paging = Paging(page, total)
    if not total.number:
        return PeoplePage(paging, [])
    rows = _read(_ids_of_many(wanted, sort, paging), wanted, sort, literal(0))
    return PeoplePage(paging, _lines_of(rows), rows[0].named)


def count_any_people_without_search(wanted: PeopleFilter) -> Count:
    """How many there would be if nobody was searched for, or with no filter at all if nobody is."""
    return count_rows(_narrowed(select(User.id), replace(wanted, search=None) if wanted.search else PeopleFilter()))


def _page_of_few(wanted: PeopleFilter, sort: str, page: int) -> PeoplePage | None:
    """The page and the count in one statement, in which all who fit are found before any of them is sorted. None where
    too many fit."""
    most = most_counted(page)
    # Nothing else about them: what they are sorted by may be in the index that finds them, and no row is read then.
    found = found_first(_found(wanted, sort), most)
    on_page, total = page_of_found(found, _order(found, sort), page)
    rows = _read(on_page, wanted, sort, total)
    number = rows[0].total
    return PeoplePage(Paging(page, Count(number)), _lines_of(rows), rows[0].named) if number <= most else None


def _ids_of_many(wanted: PeopleFilter, sort: str, paging: Paging) -> Select[Any]:
    if wanted.search and not wanted.is_about_places:
        without, first = replace(wanted, search=None), beginnings(User.display_name, wanted.search, sort)
        keys, fits = _found(without, sort), _fits(wanted.search)
        return ids_on_searched_page(keys, fits, lambda found: _order(found, sort), paging, first)
    found = _found(wanted, sort).subquery("found")
    return ids_on_page(select(found), _order(found, sort), paging)


def _read(on_page: Select[Any], wanted: PeopleFilter, sort: str, total: ColumnElement[int]) -> Sequence[Any]:
    """One row at least, which says what the organisation is called even if nobody was found there."""
    chosen = on_page.subquery("on_page")
    sorted_by = [column for column in chosen.c if column.key != "id"]
    lines = _lines(wanted).add_columns(*sorted_by).join(chosen, chosen.c.id == User.id).subquery("lines")
    named = select(Organisation.name).where(Organisation.id == wanted.organisation).scalar_subquery()
    about = select(total.label("total"), named.label("named")).subquery("about")
    person = list(lines.c)[: len(fields(PersonLine))]
    query = select(*person, *about.c).select_from(about).outerjoin(lines, true())
    rows: Sequence[Any] = db.session.execute(in_order(query, _order(lines, sort))).all()
    return rows


def _lines_of(rows: Sequence[Any]) -> list[PersonLine]:
    return [PersonLine(*row[:-2]) for row in rows if row.id is not None]


def _found(wanted: PeopleFilter, sort: str) -> Select[Any]:
    """The keys of those who fit, with what they are sorted by."""
    sorted_by: Any = func.lower(User.display_name) if sort.endswith("name") else User.last_signed_in_at
    keys = select(User.id, sorted_by.label("sorted_by"))
    return _narrowed(marked_first(keys, beginnings(User.display_name, wanted.search, sort)), wanted)


def _order(found: FromClause, sort: str) -> list[Order]:
    """Each ends with the key, so that no two pages ever share a row, and goes the way its index does."""
    if sort.endswith("name"):
        is_descending = sort.startswith("-")
        return [*first_of(found), Order(found.c.sorted_by, is_descending), Order(found.c.id, is_descending)]
    one = Order if sort.startswith("-") else TurnedRound
    return [one(found.c.sorted_by, is_descending=True, nulls_last=True), one(found.c.id)]


def _narrowed(query: Select[Any], wanted: PeopleFilter) -> Select[Any]:
    if wanted.search:
        query = query.where(_fits(wanted.search))
    if wanted.is_platform_admin:
        query = query.where(User.is_platform_admin)
    if wanted.is_about_places:
        query = query.where(User.id.in_(_with_a_place(wanted)))
    if wanted.is_active is not None:
        query = query.where(User.is_active if wanted.is_active else ~User.is_active)
    match wanted.seen:
        case Seen.IN_7_DAYS | Seen.IN_30_DAYS | Seen.IN_90_DAYS:
            return query.where(User.last_signed_in_at >= func.now() - _LATELY[wanted.seen])
        case Seen.LONG_AGO:
            return query.where(User.last_signed_in_at < func.now() - LONG_AGO)
        case Seen.NEVER:
            return query.where(User.last_signed_in_at.is_(None))
    return query


def _with_a_place(wanted: PeopleFilter) -> Select[Any]:
    query = select(Membership.user_id)
    if wanted.role is not None:
        query = query.where(Membership.role == wanted.role)
    if wanted.organisation is not None:
        query = query.where(Membership.organisation_id == wanted.organisation)
    return query


def _fits(search: str) -> ColumnElement[bool]:
    """Any part of an e-mail address that has an @; else what begins the address, the name or a word of it."""
    email = func.lower(User.email)
    if "@" in search:
        return email.like(func.lower(f"%{escaped(search)}%"))
    key = as_key(search)
    alternatives = [
        begins_a_word(User.display_name, search),
        email.like(func.lower(f"{escaped(search)}%")),
        *([User.id == key] if key is not None else []),
    ]
    return or_(*alternatives)


def _lines(wanted: PeopleFilter) -> Select[*tuple[Any, ...]]:
    """What a line is made of, for at most a page."""
    places = select(func.count()).select_from(Membership).where(Membership.user_id == User.id)
    about = [
        *([Membership.organisation_id == wanted.organisation] if wanted.organisation is not None else []),
        *([Membership.role == wanted.role] if wanted.role is not None else []),
    ]
    place = (
        select(Organisation.id, Organisation.name, Membership.role)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id == User.id)
        .order_by(*(one.desc() for one in about), Membership.created_at, Membership.id)
        .limit(1)
        .lateral("place")
    )
    return (
        select(
            User.id,
            User.display_name,
            User.email,
            User.is_platform_admin,
            User.is_active,
            User.last_signed_in_at,
            place.c.id.label("organisation_id"),
            place.c.name.label("organisation_name"),
            place.c.role,
            places.scalar_subquery().label("places"),
        )
        .select_from(User)
        .outerjoin(place, true())
    )
