"""The end of looking at Foyer as somebody else sees it. Where it begins is on that person's page."""

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.actor import person
from webapp.services import looks

looking_pages = Blueprint("looking", __name__)


@looking_pages.post("/stop-looking")
def stop() -> ResponseReturnValue:
    """Open to all, because it has to work for an admin whose look has run out, or who has no organisation."""
    if g.visitor is None:
        return redirect(url_for("auth.login"), 303)
    looked_at = looks.end_look(g.visitor.session_id, by=person(g.visitor.asking_id, g.reference))
    is_still_admin = g.visitor.looked_at_by is not None or g.visitor.is_platform_admin
    if looked_at is None or not is_still_admin:
        return redirect(url_for("dashboard.dashboard"), 303)
    flash("You see Foyer as yourself again.", "done")
    return redirect(url_for("admin.person", user_id=looked_at), 303)
