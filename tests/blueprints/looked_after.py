"""An organisation that an admin looks after, and what became of it, for the tests of its pages."""

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_organisation, make_person
from tests.pages import Browse, Page
from webapp.database import db
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.models import AuditEvent, Organisation

FORM = "#organisation"


@pytest.fixture
def odeon(app: Flask, browse: Browse) -> uuid.UUID:
    """A cinema on the professional plan with two people, and an admin who looks after it."""
    with app.app_context():
        cinema = make_organisation("Odeon Cinemas", Industry.CINEMA, SubscriptionPlan.PROFESSIONAL, sic_code="59140")
        make_person(cinema.id, name="Priya Shah", email="priya@odeon.example")
        make_person(cinema.id, name="Theo Grant", email="theo@odeon.example")
        organisation_id = cinema.id
    arrive_as_admin(browse, app)
    return organisation_id


def stored(app: Flask, organisation_id: uuid.UUID) -> Organisation:
    with app.app_context():
        return db.session.get_one(Organisation, organisation_id)


def newest(app: Flask, organisation_id: uuid.UUID) -> AuditEvent:
    """The last entry of the audit log about it."""
    with app.app_context():
        events = sa.select(AuditEvent).where(AuditEvent.organisation_id == organisation_id)
        return db.session.scalars(events.order_by(AuditEvent.at.desc()).limit(1)).one()


def count_events(app: Flask, organisation_id: uuid.UUID) -> int:
    with app.app_context():
        events = sa.select(sa.func.count()).select_from(AuditEvent)
        return db.session.scalar(events.where(AuditEvent.organisation_id == organisation_id)) or 0


def said(page: Page) -> str:
    """What the banner says."""
    return page.text(".banner")
