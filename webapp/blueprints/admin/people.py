"""The list of people: found, narrowed, sorted."""

import uuid

from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.places import admin_pages
from webapp.domain.paging import Count
from webapp.domain.roles import ROLE_NAMES, MembershipRole
from webapp.services import people_list
from webapp.services.people_list import SORTS, PeopleFilter, Seen
from webapp.web.list_query import ListQuery, order_in_words, read_list_query
from webapp.web.query_values import Ids

PLATFORM_ADMIN = "admin"
ROLES = {PLATFORM_ADMIN: "Platform admin", **{role.value: name for role, name in ROLE_NAMES.items()}}
STATUSES = {"active": "Active", "blocked": "Blocked"}
SEEN = {
    Seen.IN_7_DAYS.value: "Last 7 days",
    Seen.IN_30_DAYS.value: "Last 30 days",
    Seen.IN_90_DAYS.value: "Last 90 days",
    Seen.LONG_AGO.value: "More than 90 days ago",
    Seen.NEVER.value: "Never",
}
ORDERS = {
    "-seen": "most recent first",
    "seen": "least recent first",
    "name": "from A to Z",
    "-name": "from Z to A",
}


@admin_pages.get("/people")
def people() -> ResponseReturnValue:
    query = read_list_query(
        {"q": None, "role": ROLES, "status": STATUSES, "seen": SEEN, "organisation": Ids(), "sort": SORTS}
    )
    wanted, sort = _wanted(query), query.get("sort") or SORTS[0]
    page = people_list.list_page_of_any_people(wanted, sort, query.page)
    return render_template(
        "admin/people.html",
        query=query,
        page=page,
        sort=sort,
        order=order_in_words(ORDERS[sort], wanted.search, sort),
        chips=_chips(query, page.organisation_name),
        filters=[
            ("Role", "role", ROLES.items()),
            ("Status", "status", STATUSES.items()),
            ("Last signed in", "seen", SEEN.items()),
        ],
        all_in_words=None if page.lines else _all_in_words(people_list.count_any_people_without_search(wanted)),
    )


def _wanted(query: ListQuery) -> PeopleFilter:
    role, status, seen = query.get("role"), query.get("status"), query.get("seen")
    organisation = query.get("organisation")
    return PeopleFilter(
        search=query.get("q"),
        is_platform_admin=role == PLATFORM_ADMIN,
        role=MembershipRole(role) if role and role != PLATFORM_ADMIN else None,
        is_active=None if status is None else status == "active",
        seen=Seen(seen) if seen else None,
        organisation=uuid.UUID(organisation) if organisation else None,
    )


def _chips(query: ListQuery, organisation_name: str | None) -> list[tuple[str, str]]:
    """What narrows the list, each with the parameter that it goes away with."""
    there = {query.get("organisation") or "": organisation_name or "one that is not there"}
    words: tuple[tuple[str, dict[str, str], str], ...] = (
        ("q", {}, "“{}”"),
        ("organisation", there, "Organisation: {}"),
        ("role", ROLES, "Role: {}"),
        ("status", STATUSES, "Status: {}"),
        ("seen", SEEN, "Last signed in: {}"),
    )
    return [(name, form.format(known.get(value, value))) for name, known, form in words if (value := query.get(name))]


def _all_in_words(number: Count) -> str:
    """Nothing where there are none."""
    if number.number == 0:
        return ""
    return "the only person" if number.number == 1 else f"all {number.in_words} people"
