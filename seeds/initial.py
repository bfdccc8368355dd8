"""The organisations every deployment starts with: at least one in each industry."""

import uuid

from webapp.domain.actor import SYSTEM
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.services.organisations import ensure_organisation

TECHCORP = "TechCorp Inc"
ODEON = "Odeon Cinemas"

# name: industry, plan, SIC code
ORGANISATIONS = {
    TECHCORP: (Industry.B2B, SubscriptionPlan.ENTERPRISE, "62020"),
    "Marketing Solutions Ltd": (Industry.B2B, SubscriptionPlan.PROFESSIONAL, "73110"),
    ODEON: (Industry.CINEMA, SubscriptionPlan.PROFESSIONAL, "59140"),
    "The Harbour Rooms": (Industry.HOTEL, SubscriptionPlan.BASIC, "55100"),
    "Iron Hall": (Industry.GYM, SubscriptionPlan.BASIC, "93130"),
    "Kite & Co": (Industry.RETAIL, SubscriptionPlan.BASIC, "47190"),
    "Brightwater Trust": (Industry.DEFAULT, SubscriptionPlan.BASIC, None),
}


def plant() -> list[str]:
    """Returns the names of the organisations that were made; those that exist are left as they are."""
    return [name for name in ORGANISATIONS if ensure(name)[1]]


def ensure(name: str) -> tuple[uuid.UUID, bool]:
    """The id of one of these organisations, made if it is not there, and whether it was made. A visitor may have given
    theirs the same name since; the oldest is ours."""
    industry, plan, sic_code = ORGANISATIONS[name]
    organisation, is_new = ensure_organisation(name, industry, plan, by=SYSTEM, sic_code=sic_code)
    return organisation.id, is_new
