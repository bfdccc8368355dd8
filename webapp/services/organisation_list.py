"""The admin's list of organisations: searched, narrowed, sorted, one page at a time, and all of it as a download.

Never more than the count, with the planner's estimate where it is long, and the page itself. With a million
organisations none of them may read a whole table, so what is searched for goes through an index of its own.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    func,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from webapp.database import db
from webapp.domain.industries import Industry
from webapp.domain.paging import Count, Paging
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import IndustryLimits, Membership, Organisation
from webapp.services.limits_in_sql import (
    BURST_LIMIT,
    HOUR_LIMIT,
    JOINED_BASE,
    used_this_hour_by,
)
from webapp.services.organisation_filter import OrganisationFilter, fits_search, narrowed, used_by
from webapp.services.paging import (
    Order,
    count_rows,
    estimate_rows,
    found_first,
    ids_on_page,
    in_batches,
    in_order,
    most_counted,
    page_of_found,
)
from webapp.services.searched_pages import first_of, ids_on_searched_page, marked_first
from webapp.services.searching import beginnings

SORTS = ("-created", "created", "name", "-name", "-used", "used")
"""What the list may be sorted by, a minus for the other way round; the first is the usual one."""

MOST_SORTED = 100_000
"""Of what is found as a whole. More than that is read in order, or by the planner's own lights."""

KEY: tuple[InstrumentedAttribute[Any], ...] = (Organisation.created_at, Organisation.id)


@dataclass(frozen=True)
class OrganisationLine:
    """One organisation as the list shows it, with the limits in force."""

    created_at: datetime
    id: uuid.UUID
    name: str
    sic_code: str | None
    industry: Industry | UnknownLabel
    plan: SubscriptionPlan | UnknownLabel
    is_active: bool
    is_limited: bool
    is_shadow: bool
    hour: int
    burst: int
    used: int
    people: int


@dataclass(frozen=True)
class OrganisationPage:
    """One page of the list."""

    paging: Paging
    lines: list[OrganisationLine]


def list_page_of_any(wanted: OrganisationFilter, sort: str, page: int) -> OrganisationPage:
    """A page of the organisations that the filter finds, in one to three statements."""
    if wanted.has_to_be_looked_for:
        few = _page_of_few(wanted, sort, page)
        if few is not None:
            return few
        total = estimate_rows(_found(wanted, sort), at_least=_most_found(wanted, page) + 1)
    else:
        total = count_rows(_found(wanted, sort), page)
    return (
        _page_of_many(wanted, sort, Paging(page, total)) if total.number else OrganisationPage(Paging(page, total), [])
    )


def count_any_without_search(wanted: OrganisationFilter) -> Count:
    """How many there would be if nothing was searched for, or with no filter at all if nothing is."""
    wider = replace(wanted, search=None) if wanted.search else OrganisationFilter()
    return count_rows(_found(wider))


def list_any_in_batches(wanted: OrganisationFilter) -> Iterator[list[OrganisationLine]]:
    """All organisations that the filter finds, newest first, in constant memory."""
    batches: Iterator[Sequence[Any]] = in_batches(narrowed(_lines(), wanted, used_by(wanted)), KEY)
    for rows in batches:
        yield [OrganisationLine(*row) for row in rows]


def _lines() -> Select[*tuple[Any, ...]]:
    """What a line is made of: the policy and the counts of each by themselves, for at most a page or a batch."""
    people = select(func.count()).select_from(Membership).where(Membership.organisation_id == Organisation.id)
    return select(
        *KEY,
        Organisation.name,
        Organisation.sic_code,
        Organisation.industry_type,
        Organisation.subscription_plan,
        Organisation.is_active,
        Organisation.rate_limit_enabled,
        Organisation.limits_shadow,
        HOUR_LIMIT.label("hour"),
        BURST_LIMIT.label("burst"),
        used_this_hour_by(Organisation.id).label("used"),
        people.scalar_subquery().label("people"),
    ).outerjoin(IndustryLimits, JOINED_BASE)


def _page_of_few(wanted: OrganisationFilter, sort: str, page: int) -> OrganisationPage | None:
    """The page and the count in one statement, in which all that fits is found before any of it is sorted. None where
    too much fits."""
    most = _most_found(wanted, page)
    found = found_first(_found(wanted, sort), most)
    on_page, total = page_of_found(found, _order(found, sort), page)
    rows = _read_lines(on_page, sort, total)
    number = rows[0].total if rows else 0
    if number > most:
        return None
    return OrganisationPage(Paging(page, Count(number)), [OrganisationLine(*row[:-1]) for row in rows])


def _page_of_many(wanted: OrganisationFilter, sort: str, paging: Paging) -> OrganisationPage:
    """The same of however many, read in order."""
    if wanted.search and not wanted.is_about_use:
        keys, fits = _found(replace(wanted, search=None), sort), fits_search(wanted.search)
        first = beginnings(Organisation.name, wanted.search, sort)
        on_page = ids_on_searched_page(keys, fits, lambda found: _order(found, sort), paging, first)
    else:
        found = _found(wanted, sort).subquery("found")
        on_page = ids_on_page(select(found), _order(found, sort), paging)
    rows = _read_lines(on_page, sort, literal(0))
    return OrganisationPage(paging, [OrganisationLine(*row[:-1]) for row in rows])


def _read_lines(on_page: Select[Any], sort: str, total: ColumnElement[int]) -> Sequence[Any]:
    page = on_page.subquery("on_page")
    lines = _lines().add_columns(total.label("total")).join(page, page.c.id == Organisation.id)
    rows: Sequence[Any] = db.session.execute(in_order(lines, _order(page, sort))).all()
    return rows


def _order(found: FromClause, sort: str) -> list[Order]:
    """Of what is alike in what it is sorted by, the key decides, so that no two pages share a row."""
    is_descending = sort.startswith("-")
    return [*first_of(found), Order(found.c.sorted_by, is_descending), Order(found.c.id, is_descending)]


def _most_found(wanted: OrganisationFilter, page: int) -> int:
    """How many are found of what has to be looked for before any is sorted. A search is found as a whole for a page far
    into it. So is what used something in this hour."""
    is_far = bool(wanted.search) and most_counted(page) > most_counted(1)
    return MOST_SORTED if is_far or wanted.is_about_use else most_counted(page)


def _found(wanted: OrganisationFilter, sort: str = SORTS[0]) -> Select[*tuple[Any, ...]]:
    """The keys of what fits, with what they are sorted by."""
    used = used_by(wanted)
    sorted_by: Any = Organisation.created_at
    if sort.endswith("name"):
        sorted_by = func.lower(Organisation.name)
    elif sort.endswith("used") and used is not None:
        sorted_by = used.c.used
        if wanted == OrganisationFilter(has_used_something=True):  # the counters alone know
            return select(used.c.id, sorted_by.label("sorted_by"))
    keys = select(Organisation.id, sorted_by.label("sorted_by"))
    query = marked_first(keys, beginnings(Organisation.name, wanted.search, sort))
    if wanted.is_near_limit:
        query = query.outerjoin(IndustryLimits, JOINED_BASE)
    return narrowed(query, wanted, used)
