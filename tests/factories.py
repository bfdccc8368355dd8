"""Test data is made, not shared: each function makes one thing, through the use cases, with overrides by keyword."""

import itertools
import uuid

from flask import Flask
from sqlalchemy import func, select

from webapp.database import db
from webapp.domain.actor import SYSTEM
from webapp.domain.claims import IdentityClaims
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole
from webapp.models import Organisation
from webapp.services import memberships, organisations

_numbers = itertools.count(1)

ISSUER = "https://tests.example/"


def make_claims(**overrides: object) -> IdentityClaims:
    """Claims of somebody nobody has seen before, with a company address that was verified."""
    number = next(_numbers)
    values: dict[str, object] = {
        "issuer": ISSUER,
        "subject": f"test|{number}",
        "email": f"kim.{number}@harbour-rooms.example",
        "email_verified": True,
        "name": "Kim Doyle",
    }
    return IdentityClaims(**{**values, **overrides})  # type: ignore[arg-type]


def make_organisation(
    name: str = "Harbour Rooms",
    industry: Industry = Industry.HOTEL,
    plan: SubscriptionPlan = SubscriptionPlan.BASIC,
    sic_code: str | None = None,
) -> Organisation:
    """An organisation that is set up. Needs an application context."""
    return organisations.create_organisation(name, industry, plan, by=SYSTEM, sic_code=sic_code)


def make_person(
    organisation_id: uuid.UUID, role: MembershipRole = MembershipRole.OWNER, **claims: object
) -> IdentityClaims:
    """A person in an organisation; signing in with the claims that are returned is signing in as them."""
    made = make_claims(**claims)
    memberships.ensure_person(made, organisation_id, role, by=SYSTEM)
    return made


def count_rows(app: Flask, model: type) -> int:
    """How many rows a table has."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0
