"""An admin who looks at Foyer as somebody else sees it, for the tests of what they can do then, and of its end."""

import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_organisation, make_person
from tests.pages import Browse, Page
from webapp.database import db
from webapp.models import AuditEvent
from webapp.services import people

WHY = "They cannot find their settings"
BANNER = ".looking p"


@dataclass
class Scene:
    """An admin, who looks as Priya, who owns Odeon Cinemas."""

    app: Flask
    admin: Browse
    admin_id: uuid.UUID
    priya_id: uuid.UUID
    odeon: uuid.UUID

    def events(self, action: str = "user.looked") -> list[AuditEvent]:
        with self.app.app_context():
            return list(db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == action)))

    def paths(self) -> list[str]:
        return [str(event.changes["page"][1]) for event in sorted(self.events(), key=lambda event: event.at)]

    def token(self) -> str:
        return str(self.admin.get("/help").one(".looking input[name=csrf_token]")["value"])


@pytest.fixture
def scene(app: Flask, browse: Browse) -> Scene:
    with app.app_context():
        odeon = make_organisation("Odeon Cinemas").id
        make_person(odeon, name="Priya Shah", email="priya@odeon.example")
    admin_id = arrive_as_admin(browse, app)
    with app.app_context():
        priya_id = people.find_any_person("priya@odeon.example").id
    return Scene(app, browse, admin_id, priya_id, odeon)


@pytest.fixture
def look(scene: Scene) -> Scene:
    page = scene.admin.get(f"/admin/people/{scene.priya_id}/look")
    assert scene.admin.submit(page, reason=WHY).location == "/dashboard"
    return scene


def is_said(page: Page) -> bool:
    return page.text(BANNER).startswith("You are looking at Foyer as Priya Shah of Odeon Cinemas sees it, until ")
