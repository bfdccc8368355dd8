"""Signing in and out. The paths are those of Auth0's own quickstart."""

import logging
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask import session as page_session
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.domain.demo_story import ODEON_OWNER_EMAIL
from webapp.domain.errors import SignInCause, SignInRefused, StoreUnavailable
from webapp.domain.industries import find_industry
from webapp.domain.sign_in_attempt import FRESH_SECONDS, SignInAttempt, is_of_second_attempt
from webapp.gateways import identity_provider
from webapp.services import accounts, activity, login_sessions
from webapp.services.sign_in_refusals import note_sign_in_refused
from webapp.web import sign_in_attempts
from webapp.web.redirects import safe_path
from webapp.web.sign_in_failures import read_ticket, to_failure_page
from webapp.web.sign_in_sentences import FAILURE_PAGES
from webapp.web.visitor import clear_login_cookie, set_login_cookie

log = logging.getLogger(__name__)

auth = Blueprint("auth", __name__)

RETRY_AFTER_SECONDS = 30
ANSWER_PARTS = ("state", "code", "error", "error_description", "iss")
ROUTINE = frozenset({SignInCause.LOST_ATTEMPT, SignInCause.CANCELLED})


@auth.get("/login")
def login() -> ResponseReturnValue:
    """Somebody signed in is sent on, unless they are to prove anew who they are (`fresh`)."""
    next_path = safe_path(request.args.get("next"))
    industry = find_industry(request.args.get("industry", ""))
    door = industry.value if industry else None
    settings: Settings = current_app.config["SETTINGS"]
    if settings.has_local_provider and request.args.get("demo") == "1":  # also for somebody signed in as another
        return _begin(door, next_path, ODEON_OWNER_EMAIL)
    if g.visitor is None or _is_fresh_wanted():
        return _begin(door, next_path)
    organisation = g.visitor.organisation
    if door and organisation is not None and not organisation.is_onboarded:
        return redirect(_onboarding_place(door), 303)
    return redirect(next_path or _home_of_visitor(), 303)


@auth.get("/callback")
def callback() -> ResponseReturnValue:
    """Never renders: whatever happens is told on another page, so that the code leaves the address bar."""
    if request.method == "HEAD":
        abort(405)  # a link checker must not use up the code
    try:
        response = _finish()
    except SignInRefused as refusal:
        response = _refuse(refusal)
    except StoreUnavailable as failure:
        log.error("sign-in not stored", extra={"kind": type(failure.__cause__).__name__})
        response = _refuse(SignInRefused(SignInCause.OUR_FAULT))
    except Exception:  # a bug of ours: the code must leave the address bar and the person be told all the same
        log.exception("sign-in failed")
        response = _refuse(SignInRefused(SignInCause.OUR_FAULT))
    sign_in_attempts.forget(response, request.args.get("state", ""))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    """Ends the login session here first, and then the provider's, which may be away."""
    if g.visitor is not None:
        login_sessions.end(g.visitor.session_id)
    page_session.clear()
    address = identity_provider.sign_out_address() if g.visitor is not None else None
    response = make_response(redirect(address or url_for("landing.home"), 303))
    clear_login_cookie(response)
    return response


@auth.get("/sign-in-failed")
def sign_in_failed() -> ResponseReturnValue:
    ticket = read_ticket()
    page = FAILURE_PAGES[ticket.cause]
    response = make_response(
        render_template(
            "auth/sign_in_failed.html",
            sentence=page.about(ticket.organisation_name),
            cause=ticket.cause.value,
            reference=ticket.reference,
            status=page.status,
            # Somebody signed in only comes here from proving anew who they are.
            retry_href=url_for("auth.login", fresh=1 if g.visitor is not None else None),
        ),
        page.status,
    )
    if page.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _begin(door: str | None, next_path: str | None, login_hint: str | None = None) -> Response:
    is_again = request.args.get("again") == "1"
    max_age = FRESH_SECONDS if _is_fresh_wanted() else None
    try:
        beginning = identity_provider.begin(
            door=door, next_path=next_path, login_hint=login_hint, is_again=is_again, max_age=max_age
        )
    except SignInRefused as refusal:
        return _refuse(refusal)
    response = make_response(redirect(beginning.location, 303))
    sign_in_attempts.remember(response, beginning.attempt)
    return response


def _finish() -> Response:
    if g.is_visitor_unknown:  # the database is away: no reason to use up the code, and no time for the provider
        raise SignInRefused(SignInCause.OUR_FAULT, "nobody could say who is signed in")
    answer = {name: request.args[name] for name in ANSWER_PARTS if name in request.args}
    if any(len(request.args.getlist(name)) > 1 for name in ANSWER_PARTS) or not {"code", "error"} & answer.keys():
        raise SignInRefused(SignInCause.MALFORMED, "the query is not an answer")
    attempt = sign_in_attempts.find(answer.get("state", ""))
    if attempt is None:  # looked up before `error` is believed: anybody can write an address
        raise SignInRefused(SignInCause.LOST_ATTEMPT, "state is not of this browser")
    claims = identity_provider.complete(attempt, answer)
    try:
        signed_in = accounts.sign_in(claims, user_agent=request.user_agent.string, address=request.remote_addr)
    except SignInRefused as refusal:
        note_sign_in_refused(claims, refusal.cause, g.reference)
        raise
    if g.visitor is not None:  # a new sign-in replaces the session this browser had
        login_sessions.end(g.visitor.session_id)
    page_session.clear()  # a token or message of before must not live on
    response = make_response(redirect(_landing_place(attempt, signed_in), 303))
    set_login_cookie(response, signed_in.session_token)
    return response


def _is_fresh_wanted() -> bool:
    """Whether a page sent somebody here to prove anew who they are, however well we and the provider know them."""
    return request.args.get("fresh") == "1"


def _landing_place(attempt: SignInAttempt, signed_in: accounts.SignedIn) -> str:
    # To prove anew who they are, somebody came from a page that has a guard of its own.
    if signed_in.is_onboarded or attempt.max_age is not None:
        return attempt.next_path or _home(has_workspace=signed_in.has_workspace)
    return _onboarding_place(attempt.door)


def _home(*, has_workspace: bool) -> str:
    """A platform admin without an organisation to work in is at home where all of them are."""
    return url_for("dashboard.dashboard" if has_workspace else "admin.overview")


def _home_of_visitor() -> str:
    return _home(has_workspace=g.visitor.has_workspace or not g.visitor.is_platform_admin)


def _onboarding_place(door: str | None) -> str:
    return url_for("onboarding.onboarding") + (f"?{urlencode({'industry': door})}" if door else "")


def _refuse(refusal: SignInRefused) -> Response:
    """Counts and logs a refusal, and sends the person to where they can go on from."""
    cause = refusal.cause
    log.log(
        logging.INFO if cause in ROUTINE else logging.WARNING,
        "sign-in refused",
        extra={"cause": cause.value, "detail": refusal.detail},
    )
    activity.count_sign_in_refused(cause)
    state = request.args.get("state", "")
    attempt = sign_in_attempts.find(state)
    if g.visitor is not None and (cause in ROUTINE or not _was_fresh_wanted(attempt)):
        # Somebody who is signed in need not be told that they were not, unless they wait for it to have happened anew.
        return make_response(redirect(_home_of_visitor(), 303))
    if cause is SignInCause.LOST_ATTEMPT and not is_of_second_attempt(state):
        return _restart(attempt)
    return to_failure_page(refusal)


def _was_fresh_wanted(attempt: SignInAttempt | None) -> bool:
    return _is_fresh_wanted() if attempt is None else attempt.max_age is not None


def _restart(lost: SignInAttempt | None) -> Response:
    """A lost attempt is routine (Back, two tabs, a bookmark), so it is begun again once before anything is said.

    That it was is said in the new attempt's state and not in a cookie: where cookies are blocked every attempt is lost,
    and the person would be sent round for ever. Of an attempt that is still known, because its code had been used, the
    door and the page are kept.
    """
    door, next_path = (lost.door, lost.next_path) if lost else (None, None)
    fresh = 1 if lost and lost.max_age is not None else None
    return make_response(redirect(url_for("auth.login", again=1, industry=door, next=next_path, fresh=fresh), 303))
