"""Which organisations a list is about: what it may be narrowed to, and how a query is.

What is searched for goes through an index of its own: with a million organisations nothing may read the whole table.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select

from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.models import LimitBreach, Membership, Organisation, User
from webapp.services.limit_shares import is_near, perhaps_near, used_now
from webapp.services.searching import as_key, begins_a_word, escaped


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

    @property
    def is_about_use(self) -> bool:
        """Whether the counters of the running hour say which these are."""
        return self.is_near_limit or self.has_used_something

    @property
    def has_to_be_looked_for(self) -> bool:
        """Whether no single index holds just these, in order and ready to be counted."""
        filters = sum(choice is not None for choice in (self.industry, self.plan, self.is_active))
        return bool(self.search) or self.is_about_use or self.refused_within is not None or filters > 1


def used_by(wanted: OrganisationFilter) -> FromClause | None:
    """(id, used) of the organisations that used something in the running hour, for those near their limit without most
    that are not; None where it does not matter."""
    if not wanted.is_about_use:
        return None
    return perhaps_near(used_now()) if wanted.is_near_limit else used_now()


def narrowed(query: Select[Any], wanted: OrganisationFilter, used: FromClause | None) -> Select[Any]:
    """Only the organisations that fit, of a query that selects from them. `used` is what `used_by` says; for those near
    their limit the query has joined `JOINED_BASE`."""
    if used is not None:
        query = query.join(used, used.c.id == Organisation.id)
        if wanted.is_near_limit:
            query = query.where(Organisation.rate_limit_enabled, is_near(used))
    if wanted.search:
        query = query.where(fits_search(wanted.search))
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


def fits_search(search: str) -> ColumnElement[bool]:
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
