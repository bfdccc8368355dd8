"""Somebody who works across organisations, signed in, for the tests of the admin's pages."""

import time
import uuid

from flask import Flask

from tests.factories import make_organisation, make_person
from tests.pages import Browse
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import Industry
from webapp.services import people


def arrive_as_admin(browse: Browse, app: Flask, name: str = "Marta Bell") -> uuid.UUID:
    """Signs a platform admin in, freshly, who belongs to an organisation of their own. Returns their id."""
    with app.app_context():
        home = make_organisation("Foyer", Industry.DEFAULT)
        claims = make_person(home.id, name=name, email=f"{uuid.uuid4().hex[:8]}@foyer.example", auth_time=_now())
    signed_in = browse.arrive(claims)
    with app.app_context():
        people.set_platform_admin(signed_in.user_id, is_admin=True, by=OPERATOR)
    return signed_in.user_id


def _now() -> int:
    """When the provider saw them, so that what is hard to undo asks for no other sign-in."""
    return int(time.time())
