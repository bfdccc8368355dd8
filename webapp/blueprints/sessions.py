"""Where somebody is signed in, and signing out from a distance. Everybody's own, whatever their role."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.actor import Actor, person
from webapp.domain.browsers import address_in_words, browser_in_words
from webapp.services import login_sessions

session_pages = Blueprint("sessions", __name__)


@dataclass(frozen=True)
class Line:
    """One browser on the page."""

    id: uuid.UUID
    browser: str
    address: str
    signed_in_at: datetime
    last_used_at: datetime
    is_this_browser: bool


@session_pages.get("/settings/sessions")
def sessions() -> ResponseReturnValue:
    lines = [
        Line(
            id=own.id,
            browser=browser_in_words(own.user_agent),
            address=address_in_words(own.address),
            signed_in_at=own.signed_in_at,
            last_used_at=own.last_used_at,
            is_this_browser=own.id == g.visitor.session_id,
        )
        for own in login_sessions.list_own(g.visitor.user_id)
    ]
    lines.sort(key=lambda line: not line.is_this_browser)  # this one first, the others stay in their order
    return render_template("sessions/sessions.html", lines=lines)


@session_pages.post("/settings/sessions/<uuid:session_id>/end")
def end(session_id: uuid.UUID) -> ResponseReturnValue:
    has_ended = login_sessions.end_own(g.visitor.user_id, session_id, by=_actor())
    flash("That browser is signed out." if has_ended else "That browser was signed out already.", "done")
    return redirect(url_for("sessions.sessions"), 303)


@session_pages.post("/settings/sessions/end-others")
def end_others() -> ResponseReturnValue:
    ended = login_sessions.end_others(g.visitor.user_id, g.visitor.session_id, by=_actor())
    browsers = "1 other browser is" if ended == 1 else f"{ended} other browsers are"
    flash(f"{browsers} signed out." if ended else "You were signed in nowhere else.", "done")
    return redirect(url_for("sessions.sessions"), 303)


def _actor() -> Actor:
    return person(g.visitor.user_id, g.reference)
