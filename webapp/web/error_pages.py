"""From exception to page. Every page has a sentence, a reference and a way on; programs that ask for JSON get
problem+json (RFC 9457) instead. The 500 and 503 pages touch neither database nor session."""

import logging
from functools import lru_cache

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.http import parse_accept_header

from webapp.domain.errors import NotFound, NotPermitted, StoreUnavailable
from webapp.limiting.counts import BURST, ORGANISATION, Decision
from webapp.limiting.extension import REFUSAL_ANSWER
from webapp.schema.failures import StoreFailure, is_refused_label, store_failure
from webapp.web.page_context import chosen_theme

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 30
REFUSALS_MADE = "foyer_refusals_made"
MOST_REFUSALS_MADE = 512
REFERENCE_PLACE = "FY-reference"
JSON_TYPE = "application/problem+json"
HTML_TYPE = "text/html; charset=utf-8"
_PAGES = frozenset({400, 403, 404, 405, 413})


def init_error_pages(app: Flask) -> None:
    """Registers one handler for each kind of failure."""
    app.extensions[REFUSALS_MADE] = {}
    app.register_error_handler(RateLimitExceeded, lambda error: over_the_limit())
    app.extensions[REFUSAL_ANSWER] = over_the_limit  # given at once: looking for a handler costs what answering does
    app.register_error_handler(CSRFError, form_expired)
    app.register_error_handler(NotFound, lambda error: page(404, "Not found"))
    app.register_error_handler(NotPermitted, lambda error: page(403, "Forbidden"))
    app.register_error_handler(StoreUnavailable, not_working)
    app.register_error_handler(SQLAlchemyError, database_error)
    app.register_error_handler(LookupError, database_error)  # what SQLAlchemy raises for a label it cannot read
    app.register_error_handler(InternalServerError, our_fault)
    app.register_error_handler(HTTPException, http_error)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """What Flask and Werkzeug raise themselves; a status without a page of its own gets the page of its class."""
    if error.code is None or error.code < 400:
        return error
    response = page(error.code, error.name)
    for name, value in error.get_headers():
        if name in ("Allow", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def form_expired(error: CSRFError) -> ResponseReturnValue:
    """A form whose token is missing or belongs to an earlier sign-in. Nothing was changed."""
    log.info("form token refused", extra={"path": request.path})
    return page(400, "The form was open for too long", template="errors/form_expired.html")


def over_the_limit() -> ResponseReturnValue:
    """Which limit, how much of it was used and when to come back, from the decision the limiter left behind.

    The answer is made once for all that look alike, within a second or so: making it costs ten times the rest of a
    refusal, and whoever is refused asks again.
    """
    decision: Decision = g.limit_decision
    visitor = g.get("visitor")
    organisation = visitor.organisation if visitor and decision.scope == ORGANISATION else None
    name = organisation.name if organisation else None
    is_json, policy = wants_json(), decision.policy
    # All that either answer shows of the decision, and all that the template reads of the request.
    look = (
        decision.name,
        decision.used,
        policy.hour.amount,
        policy.burst.amount,
        decision.source,
        decision.retry_after,
        decision.frees_at,
        *((JSON_TYPE,) if is_json else (name, request.method, chosen_theme())),
    )
    known: dict[tuple[object, ...], str] = current_app.extensions[REFUSALS_MADE]
    text = known.get(look)
    if visitor is not None and visitor.looked_at_by is not None and not is_json:
        return Response(refusal_page(decision, name), 429, content_type=HTML_TYPE)  # says so, to this one alone
    if text is None:
        if len(known) >= MOST_REFUSALS_MADE:
            known.clear()  # most are of seconds gone by
        text = known[look] = refusal_problem(decision) if is_json else refusal_page(decision, name)
    if not is_json:
        return Response(text, 429, content_type=HTML_TYPE)
    return Response(text.replace(REFERENCE_PLACE, g.get("reference", "-")), 429, content_type=JSON_TYPE)


def refusal_problem(decision: Decision) -> str:
    """The same for programs, with a place for the reference of the request."""
    problem = {
        "title": "Too many requests",
        "status": 429,
        "reference": REFERENCE_PLACE,
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "violated-policies": [decision.name],
        "limit": decision.limit,
        "used": decision.used,
        "resets_at": decision.resets_at.isoformat(),
        "retry_after": decision.retry_after,
    }
    return f"{current_app.json.dumps(problem)}\n"


def refusal_page(decision: Decision, organisation_name: str | None) -> str:
    """The same for people, whose page shows no reference."""
    return render_template(
        "errors/429.html",
        decision=decision,
        organisation_name=organisation_name,
        is_burst=decision.name == BURST,
    )


def only_looking() -> ResponseReturnValue:
    """An admin who looks at Foyer as somebody else sees it asked for more than that."""
    return page(403, "You are only looking", template="errors/only_looking.html", is_change=request.method != "GET")


def database_error(error: SQLAlchemyError | LookupError) -> ResponseReturnValue:
    """A failure outside a use case: the database is away or shaped otherwise, somebody chose a label that does not
    exist, or it is our own bug."""
    if store_failure(error) is not None:
        return not_working(error)
    if is_refused_label(error):
        return page(422, "That is not one of the choices", template="errors/no_such_choice.html")
    raise error  # to the page for our own bugs, with its traceback in the log


def not_working(error: Exception) -> ResponseReturnValue:
    """The database is away, or is not what this build needs: people can only wait, and programs are told for how long.
    The traceback is logged when our own code swallowed the error before this one, for only that leads to the place."""
    cause = error.__cause__ or error
    failure = store_failure(cause)
    log.error(
        "database not usable",
        extra={"kind": type(cause).__name__, "failure": failure or StoreFailure.AWAY},
        exc_info=error if failure is StoreFailure.SPOILT else None,
    )
    response = page(
        503, "Foyer is not working at the moment", extra={"detail": "Nothing was saved or lost. Try again in a minute."}
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def our_fault(error: InternalServerError) -> ResponseReturnValue:
    """A bug of ours. Flask has logged the traceback already; the reference beside it is the one on the page."""
    return page(500, "Something went wrong")


def page(
    status: int, title: str, *, template: str | None = None, extra: dict[str, object] | None = None, **context: object
) -> Response:
    """The page for a status, or problem+json for those who would rather have it."""
    reference = g.get("reference", "-")
    if wants_json():
        problem = {"title": title, "status": status, "reference": reference, **(extra or {})}
        response = jsonify(problem)
        response.mimetype = JSON_TYPE
    else:
        known = status if status in _PAGES or status in (429, 500, 503) else (500 if status >= 500 else 400)
        response = make_response(
            render_template(template or f"errors/{known}.html", reference=reference, status=status, **context)
        )
    response.status_code = status
    return response


def wants_json() -> bool:
    """Whether JSON is preferred to HTML, by the Accept header or by an address that ends in `.json`."""
    return request.path.endswith(".json") or _prefers_json(request.headers.get("Accept"))


@lru_cache(maxsize=256)
def _prefers_json(accept: str | None) -> bool:
    choices = ["text/html", "application/json", "application/problem+json"]
    accepted = parse_accept_header(accept, MIMEAccept)
    return accepted.best_match(choices, default="text/html") != "text/html"
