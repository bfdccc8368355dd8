"""The admin's list of organisations: searched, narrowed, sorted, one page at a time, and all of it as a download.

Never more than the count, with the planner's estimate where it is long, and the page itself. With a million
organisations none of them may read a whole table, so what is searched for goes through an index of its own.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    Select,
    Subquery,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from webapp.database import db
from webapp.domain.industries import Industry
from webapp.domain.paging import Count, Paging
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.stored_labels import UnknownLabel
from webapp.domain.usage_state import RUNNING_LOW_AT
from webapp.models import IndustryLimits, LimitBreach, Membership, Organisation, User
from webapp.services.limit_shares import SMALLEST_INHERITED
from webapp.services.limits_in_sql import (
    BURST_LIMIT,
    HOUR_LIMIT,
    JOINED_BASE,
    all_used_this_hour,
    used_this_hour_by,
)
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
from webapp.services.searching import as_key, beginnings, begins_a_word, escaped

SORTS = ("-created", "created", "name", "-name", "-used", "used")
"""What the list may be sorted by, a minus for the other way round; the first is the usual one."""

MOST_SORTED = 100_000

_RUNNING_LOW_AT = cast(RUNNING_LOW_AT, Float)  # not a decimal, so that it is reckoned as the domain does it

KEY: tuple[InstrumentedAttribute[Any], ...] = (Organisation.created_at, Organisation.id)


@dataclass(frozen=True)
class OrganisationFilter:
    """What the list is narrowed to. Of what is None there is everything."""

    search: str | None = None
    industry: Industry | None = None
    plan: SubscriptionPlan | None = None
    is_active: bool | None = None
    created_within: timedelta | None = None
    refused_within: timedelta | None = None
    is_near_limit: bool = False
    has_used_something: bool = False
    """In the running hour. Sorting by what was used is about these: the others have nothing to be sorted by."""

    def most_found(self, page: int) -> int:
        """How many are found of what has to be looked for before any is sorted. A search is found as a whole for a page
        far into it. So is what used something in this hour."""
        is_far = bool(self.search) and most_counted(page) > most_counted(1)
        is_whole = is_far or self.is_about_use
        return MOST_SORTED if is_whole else most_counted(page)

    @property
    def is_about_use(self) -> bool:
        """Whether the counters of the running hour say which these are."""
        return self.is_near_limit or self.has_used_something

    @property
    def has_to_be_looked_for(self) -> bool:
        """Whether no single index holds just these, in order and ready to be counted."""
        filters = sum(choice is not None for choice in (self.industry, self.plan, self.is_active))
        return bool(self.search) or self.is_about_use or self.refused_within is not None or filters > 1


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
        total = estimate_rows(_found(wanted, sort), at_least=wanted.most_found(page) + 1)
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
    batches: Iterator[Sequence[Any]] = in_batches(_narrowed(_lines(), wanted, _used_now()), KEY)
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
    most = wanted.most_found(page)
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
        keys, fits = _found(replace(wanted, search=None), sort), _fits(wanted.search)
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


def _found(wanted: OrganisationFilter, sort: str = SORTS[0]) -> Select[*tuple[Any, ...]]:
    """The keys of what fits, with what they are sorted by."""
    used_now = _used_now()
    by_sort: dict[str, Any] = {
        "name": func.lower(Organisation.name),
        "used": used_now.c.used,
        "created": Organisation.created_at,
    }
    sorted_by = by_sort[sort.removeprefix("-")].label("sorted_by")
    if wanted == OrganisationFilter(has_used_something=True) and sort.endswith("used"):  # the counters alone know
        return select(used_now.c.organisation_id.label("id"), sorted_by).where(used_now.c.used > 0)
    query = marked_first(select(Organisation.id, sorted_by), beginnings(Organisation.name, wanted.search, sort))
    if wanted.is_near_limit:
        query = query.outerjoin(IndustryLimits, JOINED_BASE)
    return _narrowed(query, wanted, used_now)


def _used_now() -> Subquery:
    """Read by itself and by one process: for some ten thousand counters, starting others takes longer than the work."""
    return select(all_used_this_hour()).offset(0).subquery("used_now")


def _narrowed(query: Select[Any], wanted: OrganisationFilter, used_now: Any) -> Select[Any]:
    if wanted.is_about_use:
        query = query.join(used_now, used_now.c.organisation_id == Organisation.id).where(used_now.c.used > 0)
    if wanted.is_near_limit:
        query = _perhaps_near(query, used_now)
        query = query.where(Organisation.rate_limit_enabled, used_now.c.used >= _RUNNING_LOW_AT * HOUR_LIMIT)
    if wanted.search:
        query = query.where(_fits(wanted.search))
    if wanted.industry is not None:
        query = query.where(Organisation.industry_type == wanted.industry)
    if wanted.plan is not None:
        query = query.where(Organisation.subscription_plan == wanted.plan)
    if wanted.is_active is not None:
        query = query.where(Organisation.is_active if wanted.is_active else ~Organisation.is_active)
    if wanted.created_within is not None:
        query = query.where(Organisation.created_at >= func.now() - wanted.created_within)
    if wanted.refused_within is not None:
        lately = LimitBreach.minute >= func.now() - wanted.refused_within
        query = query.where(Organisation.id.in_(select(LimitBreach.organisation_id).where(lately)))
    return query


def _perhaps_near(query: Select[Any], used_now: Any) -> Select[Any]:
    """What can be said without reading the organisation: those with a lower limit of their own are in an index, and of
    the others none has less than the lowest of an industry. Most of ten thousand need not be read then."""
    own = select(Organisation.id, Organisation.rate_limit_per_hour.label("hour"))
    lower = own.where(Organisation.rate_limit_per_hour < SMALLEST_INHERITED).offset(0).subquery("lower_limits")
    least = _RUNNING_LOW_AT * func.coalesce(lower.c.hour, SMALLEST_INHERITED)
    return query.outerjoin(lower, lower.c.id == used_now.c.organisation_id).where(used_now.c.used >= least)


def _fits(search: str) -> ColumnElement[bool]:
    """An e-mail address of a member has an @, a SIC code is two to five digits, and anything may begin the name or a
    word of it."""
    if "@" in search:
        return Organisation.id.in_(_with_a_member(search))
    alternatives = [begins_a_word(Organisation.name, search)]
    if re.fullmatch(r"[0-9]{2,5}", search):
        alternatives.append(Organisation.sic_code.between(search.ljust(5, "0"), search.ljust(5, "9")))
    key = as_key(search)
    if key is not None:
        alternatives.append(Organisation.id == key)
    return or_(*alternatives)


def _with_a_member(search: str) -> Select[Any]:
    """Organisations with somebody whose address begins so. What begins with the @ is everybody's at a company."""
    beginning = "%" if search.startswith("@") else ""
    fits = func.lower(User.email).like(func.lower(f"{beginning}{escaped(search)}%"))
    return select(Membership.organisation_id).join(User, and_(User.id == Membership.user_id, fits))
