"""The list of organisations: found, narrowed, sorted, and taken away as a file."""

from datetime import UTC, datetime, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.places import admin_pages
from webapp.domain.industries import CATALOGUE, find_industry, words_for
from webapp.domain.overview import PERIODS
from webapp.domain.paging import Count
from webapp.domain.plans import PLANS, find_plan, plan_words
from webapp.services import organisation_list
from webapp.services.organisation_filter import OrganisationFilter
from webapp.services.organisation_list import SORTS
from webapp.services.usage import is_on_trial
from webapp.web.csv_download import csv_response
from webapp.web.list_query import ListQuery, order_in_words, read_list_query

INDUSTRIES = {industry.value: entry.name for industry, entry in CATALOGUE.items()}
PLAN_NAMES = {plan.value: entry.name for plan, entry in PLANS.items()}
STATUSES = {"active": "Active", "suspended": "Suspended"}
WITHIN = {f"{days}-days": timedelta(days=days) for days in PERIODS}
CREATED = {name: f"Last {period.days} days" for name, period in WITHIN.items()}
REFUSED = {f"refused-{name}": period for name, period in WITHIN.items()}
USAGES = {"near": "Near its limit", **{name: f"Refused in {period.days} days" for name, period in REFUSED.items()}}
ORDERS = {
    "-created": "newest first",
    "created": "oldest first",
    "name": "from A to Z",
    "-name": "from Z to A",
    "-used": "that used something this hour, most first",
    "used": "that used something this hour, least first",
}
HEADINGS = (
    *("Id", "Name", "SIC code", "Industry", "Plan", "Requests an hour", "Burst", "Limited", "On trial"),
    *("Used this hour", "People", "Status", "Created"),
)


@admin_pages.get("/organisations")
def organisations() -> ResponseReturnValue:
    query = _query()
    wanted, sort = _wanted(query), query.get("sort") or SORTS[0]
    page = organisation_list.list_page_of_any(wanted, sort, query.page)
    return render_template(
        "admin/organisations.html",
        query=query,
        page=page,
        sort=sort,
        order=order_in_words(ORDERS[sort], wanted.search, sort),
        chips=_chips(query),
        filters=[
            ("Industry", "industry", INDUSTRIES.items()),
            ("Plan", "plan", PLAN_NAMES.items()),
            ("Status", "status", STATUSES.items()),
            ("Limits", "usage", USAGES.items()),
            ("Created", "created", CREATED.items()),
        ],
        all_in_words=None if page.lines else _all_in_words(organisation_list.count_any_without_search(wanted)),
        plan_words=plan_words,
        is_on_trial=is_on_trial,
    )


@admin_pages.get("/organisations.csv")
def organisations_csv() -> ResponseReturnValue:
    batches = organisation_list.list_any_in_batches(_wanted(_query()))
    rows = (
        [
            (
                *(line.id, line.name, line.sic_code, words_for(line.industry).name, plan_words(line.plan).name),
                *(line.hour, line.burst, line.is_limited, is_on_trial(line.is_shadow), line.used, line.people),
                *(STATUSES["active" if line.is_active else "suspended"], line.created_at.astimezone(UTC)),
            )
            for line in batch
        ]
        for batch in batches
    )
    return csv_response(f"organisations-{datetime.now(UTC):%Y-%m-%d}.csv", HEADINGS, rows)


def _query() -> ListQuery:
    named = {"industry": INDUSTRIES, "plan": PLAN_NAMES, "status": STATUSES, "usage": USAGES, "created": CREATED}
    return read_list_query({"q": None, **named, "sort": SORTS})


def _wanted(query: ListQuery) -> OrganisationFilter:
    status = query.get("status")
    return OrganisationFilter(
        search=query.get("q"),
        industry=find_industry(query.get("industry") or ""),
        plan=find_plan(query.get("plan") or ""),
        is_active=None if status is None else status == "active",
        created_within=WITHIN.get(query.get("created") or ""),
        refused_within=REFUSED.get(query.get("usage") or ""),
        is_near_limit=query.get("usage") == "near",
        has_used_something=(query.get("sort") or "").endswith("used"),
    )


def _chips(query: ListQuery) -> list[tuple[str, str]]:
    """What narrows the list, each with the parameter that it goes away with."""
    words: tuple[tuple[str, dict[str, str], str], ...] = (
        ("q", {}, "“{}”"),
        ("industry", INDUSTRIES, "Industry: {}"),
        ("plan", PLAN_NAMES, "Plan: {}"),
        ("status", STATUSES, "Status: {}"),
        ("usage", USAGES, "{}"),
        ("created", CREATED, "Created: {}"),
    )
    return [(name, form.format(known.get(value, value))) for name, known, form in words if (value := query.get(name))]


def _all_in_words(number: Count) -> str:
    """Nothing where there are none."""
    if number.number == 0:
        return ""
    return "the only organisation" if number.number == 1 else f"all {number.in_words} organisations"
