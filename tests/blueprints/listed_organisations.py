"""Organisations for the admin's list of them, and what one reads in it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.factories import make_organisation, make_person
from tests.pages import Browse, Page
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.models import Organisation, UsageByMinute
from webapp.services import organisations

ODEON, HARBOUR, IRON, KITE, FOYER = "Odeon Cinemas", "The Harbour Rooms", "Iron Hall", "100% Kite_Co", "Foyer"


@pytest.fixture
def ids(app: Flask, browse: Browse) -> dict[str, uuid.UUID]:
    """Four organisations, an hour between each, the last one the newest; and the admin's own, which is newer still."""
    with app.app_context():
        made = [
            make_organisation(ODEON, Industry.CINEMA, SubscriptionPlan.PROFESSIONAL, sic_code="59140"),
            make_organisation(HARBOUR, Industry.HOTEL, sic_code="55100"),
            make_organisation(IRON, Industry.GYM),
            make_organisation(KITE, Industry.RETAIL, SubscriptionPlan.ENTERPRISE, sic_code="59111"),
        ]
        ids = {organisation.name: organisation.id for organisation in made}
        for hours, organisation_id in enumerate(reversed(ids.values()), 1):
            created = datetime.now(UTC) - timedelta(hours=hours)
            db.session.execute(
                sa.update(Organisation).where(Organisation.id == organisation_id).values(created_at=created)
            )
        db.session.commit()
        make_person(ids[HARBOUR], email="Priya_Shah@harbour.example")
        organisations.suspend_any(ids[IRON], by=OPERATOR)
    arrive_as_admin(browse, app)
    return ids


def names(page: Page) -> list[str]:
    return page.texts("tbody .who a")


def use(app: Flask, organisation_id: uuid.UUID, used: int) -> None:
    """As if so much had been used in this hour, where the store of the tests writes it."""
    with app.app_context():
        minute = sa.func.date_trunc("hour", sa.func.now())
        db.session.add(UsageByMinute(organisation_id=organisation_id, minute=minute, used=used))
        db.session.commit()
