"""The audit log: who did what, and when. Read here and changed nowhere."""

from datetime import UTC, date, datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.places import admin_pages
from webapp.domain.audit_words import (
    ACTIONS,
    ACTORS,
    action_in_words,
    as_reference,
    changes_in_words,
    reason_in_words,
    subject_in_words,
)
from webapp.services import audit_log
from webapp.services.audit_log import AuditFilter, AuditNames
from webapp.services.audit_search import MOST_FOUND
from webapp.services.searching import as_key
from webapp.web.audit_file import HEADINGS, file_row
from webapp.web.csv_download import csv_response
from webapp.web.list_query import ListQuery, read_list_query
from webapp.web.query_values import Days, Ids, as_day, beginning_of, end_of
from webapp.web.template_helpers import calendar_date


@admin_pages.get("/audit")
def audit() -> ResponseReturnValue:
    query = _query()
    page = audit_log.list_page_of_any(_wanted(query), query.page)
    reference = as_reference(query.get("q") or "")
    return render_template(
        "admin/audit.html",
        query=query,
        page=page,
        chips=_chips(query, page.names),
        days=_days_in_words(query),
        actions=sorted(ACTIONS.items(), key=lambda action: action[1]),
        nothing=None if page.lines else _nothing(query, reference),
        most_found=MOST_FOUND,
        actors=ACTORS,
        action_in_words=action_in_words,
        changes_in_words=changes_in_words,
        reason_in_words=reason_in_words,
        subject_in_words=subject_in_words,
    )


@admin_pages.get("/audit.csv")
def audit_csv() -> ResponseReturnValue:
    batches = audit_log.list_any_in_batches(_wanted(_query()))
    rows = ([file_row(line) for line in batch] for batch in batches)
    return csv_response(f"audit-log-{datetime.now(UTC):%Y-%m-%d}.csv", HEADINGS, rows)


def _query() -> ListQuery:
    return read_list_query(
        {"q": None, "action": ACTIONS, "from": Days(), "to": Days(), "person": Ids(), "organisation": Ids()}
    )


def _days(query: ListQuery) -> tuple[date | None, date | None]:
    """The first and the last day, whichever way round they were given."""
    first, last = as_day(query.get("from")), as_day(query.get("to"))
    return (last, first) if first and last and first > last else (first, last)


def _wanted(query: ListQuery) -> AuditFilter:
    first, last = _days(query)
    return AuditFilter(
        search=query.get("q"),
        action=query.get("action"),
        since=beginning_of(first) if first else None,
        until=end_of(last) if last else None,
        person=as_key(query.get("person")),
        organisation=as_key(query.get("organisation")),
    )


def _days_in_words(query: ListQuery) -> str:
    first, last = _days(query)
    if first and first == last:
        return f" on {calendar_date(first)}"
    if first and last:
        return f" from {calendar_date(first)} to {calendar_date(last)}"
    if first:
        return f" since {calendar_date(first)}"
    return f" until {calendar_date(last)}" if last else ""


def _chips(query: ListQuery, names: AuditNames) -> list[tuple[str, str]]:
    """What narrows the log, each with the parameter that it goes away with."""
    words = {
        "q": f"“{query.get('q')}”",
        "person": f"By or to: {names.person or 'somebody unknown'}",
        "organisation": f"Organisation: {names.organisation or 'an unknown one'}",
        "action": action_in_words(query.get("action") or ""),
        "from": f"From {_day_in_words(query, 'from')}",
        "to": f"To {_day_in_words(query, 'to')}",
    }
    return [(name, text) for name, text in words.items() if query.get(name)]


def _day_in_words(query: ListQuery, name: str) -> str:
    day = as_day(query.get(name))
    return calendar_date(day) if day else ""


def _nothing(query: ListQuery, reference: str | None) -> dict[str, str]:
    """What the page says of an empty list, and the way on."""
    clear_all = {"label": "Show the whole log", "href": query.address(**dict.fromkeys(query.values))}
    if reference:
        server_log = f"The server’s log has it: search it for reference={reference}."
        return {"title": "Nothing was changed by a request with this reference", "hint": server_log, **clear_all}
    if query.get("q"):
        hint = "Check the spelling, or search by a whole address, the beginning of a name, or a reference."
        clear = {"label": "Clear the search", "href": query.address(q=None)}
        return {"title": f"No entries match “{query.get('q')}”", "hint": hint, **clear}
    if query.get("from") or query.get("to"):
        return {"title": "Nothing happened between these dates", "hint": "Choose others to see more.", **clear_all}
    if query.values:
        return {"title": "No entries match these filters", "hint": "Clear them to see the whole log.", **clear_all}
    hint = "The first entry is written when somebody signs in."
    return {"title": "Nothing has happened yet", "hint": hint, **clear_all}
