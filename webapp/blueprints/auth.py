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
from webapp.domain.sign_in_attempt import SignInAttempt, is_of_second_attempt
from webapp.gateways import identity_provider
from webapp.services import accounts, activity, login_sessions
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
    next_path = safe_path(request.args.get("next"))
    industry = find_industry(request.args.get("industry", ""))
    door = industry.value if industry else None
    settings: Settings = current_app.config["SETTINGS"]
    if settings.has_local_provider and request.args.get("demo") == "1":  # also for somebody signed in as another
        return _begin(door, next_path, ODEON_OWNER_EMAIL)
    if g.visitor is None:
        return _begin(door, next_path)
    organisation = g.visitor.organisation
    if door and organisation is not None and not organisation.is_onboarded:
        return redirect(_onboarding_place(door), 303)
    return redirect(next_path or url_for("dashboard.dashboard"), 303)


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
            retry_href=url_for("auth.login"),
        ),
        page.status,
    )
    if page.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _begin(door: str | None, next_path: str | None, login_hint: str | None = None) -> Response:
    is_again = request.args.get("again") == "1"
    try:
        beginning = identity_provider.begin(door=door, next_path=next_path, login_hint=login_hint, is_again=is_again)
    except SignInRefused as refusal:
        return _refuse(refusal)
    response = make_response(redirect(beginning.location, 303))
    sign_in_attempts.remember(response, beginning.attempt)
    return response


def _finish() -> Response:
    answer = {name: request.args[name] for name in ANSWER_PARTS if name in request.args}
    if any(len(request.args.getlist(name)) > 1 for name in ANSWER_PARTS) or not {"code", "error"} & answer.keys():
        raise SignInRefused(SignInCause.MALFORMED, "the query is not an answer")
    attempt = sign_in_attempts.find(answer.get("state", ""))
    if attempt is None:  # looked up before `error` is believed: anybody can write an address
        raise SignInRefused(SignInCause.LOST_ATTEMPT, "state is not of this browser")
    claims = identity_provider.complete(attempt, answer)
    signed_in = accounts.sign_in(claims, user_agent=request.user_agent.string, address=request.remote_addr)
    if g.visitor is not None:  # a new sign-in replaces the session this browser had
        login_sessions.end(g.visitor.session_id)
    page_session.clear()  # a token or message of before must not live on
    response = make_response(redirect(_landing_place(attempt, is_onboarded=signed_in.is_onboarded), 303))
    set_login_cookie(response, signed_in.session_token)
    return response


def _landing_place(attempt: SignInAttempt, *, is_onboarded: bool) -> str:
    if is_onboarded:
        return attempt.next_path or url_for("dashboard.dashboard")
    return _onboarding_place(attempt.door)


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
    if g.visitor is not None:  # somebody who is signed in need not be told that they were not
        return make_response(redirect(url_for("dashboard.dashboard"), 303))
    state = request.args.get("state", "")
    if cause is SignInCause.LOST_ATTEMPT and not is_of_second_attempt(state):
        return _restart(sign_in_attempts.find(state))
    return to_failure_page(refusal)


def _restart(lost: SignInAttempt | None) -> Response:
    """A lost attempt is routine (Back, two tabs, a bookmark), so it is begun again once before anything is said.

    That it was is said in the new attempt's state and not in a cookie: where cookies are blocked every attempt is lost,
    and the person would be sent round for ever. Of an attempt that is still known, because its code had been used, the
    door and the page are kept.
    """
    door, next_path = (lost.door, lost.next_path) if lost else (None, None)
    return make_response(redirect(url_for("auth.login", again=1, industry=door, next=next_path), 303))
