"""The admin's rooms: organisations, people, limits, the audit log, health, and what it all comes to.

Two blueprints, because they have two guards: looking asks for a platform admin, what is hard to undo asks for one who
has just signed in. Each module below adds its pages to them.
"""

from webapp.blueprints.admin import (
    audit,
    health,
    limits,
    organisation,
    organisation_changes,
    organisations,
    overview,
    people,
    person,
    person_changes,
    person_places,
)
from webapp.blueprints.admin.places import admin_changes, admin_pages

__all__ = [
    "admin_changes",
    "admin_pages",
    "audit",
    "health",
    "limits",
    "organisation",
    "organisation_changes",
    "organisations",
    "overview",
    "people",
    "person",
    "person_changes",
    "person_places",
]
