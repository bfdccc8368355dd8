"""Looking at Foyer as somebody else sees it: nothing but reading, and every page of it written down first.

The one place that holds an admin to that, whatever a view does: who is asking is the other person from here on.
"""

from flask import Flask, g, request
from flask.typing import ResponseReturnValue

from webapp.domain.actor import person
from webapp.domain.visitor import SignedInVisitor
from webapp.services import looks
from webapp.web.error_pages import only_looking

READS = frozenset({"GET", "HEAD"})
STILL_DONE = frozenset({"looking.stop", "auth.logout", "landing.theme"})
"""What may be sent all the same: it changes nothing of anybody but the admin."""


def init_looking(app: Flask) -> None:
    """Has to be called before what reads a body or runs a view, and after the limiter, so that attempts count."""
    app.before_request(hold_to_looking)


def hold_to_looking() -> ResponseReturnValue | None:
    """What leads nowhere is left to the pages that say so, and tells nothing of anybody."""
    visitor: SignedInVisitor | None = g.visitor
    if visitor is None or visitor.looked_at_by is None or request.endpoint is None or request.method == "OPTIONS":
        return None
    if request.method not in READS:
        return None if request.endpoint in STILL_DONE else only_looking()
    organisation_id = visitor.organisation.id if visitor.organisation else None
    by = person(visitor.looked_at_by.admin_id, g.reference)
    looks.note_looked(visitor.user_id, organisation_id, request.path, by=by)
    return None
