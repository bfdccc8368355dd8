"""The two blueprints that the admin's pages are added to."""

from flask import Blueprint, g

from webapp.domain.actor import Actor, person

admin_pages = Blueprint("admin", __name__, url_prefix="/admin")
admin_changes = Blueprint("admin_changes", __name__, url_prefix="/admin")
"""What is hard to undo: its guard asks for a fresh sign-in."""


def acting() -> Actor:
    """The signed-in admin, as the audit log names them, with the reference of this request."""
    return person(g.visitor.user_id, g.reference)
