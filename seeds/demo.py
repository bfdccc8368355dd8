"""The people of the demo, under the identities that the local provider gives them."""

from seeds import initial
from webapp.domain.actor import SYSTEM
from webapp.domain.claims import IdentityClaims
from webapp.domain.demo_story import ODEON_OWNER_EMAIL, PLATFORM_ADMIN_EMAIL, demo_subject
from webapp.domain.roles import MembershipRole
from webapp.services.memberships import ensure_person
from webapp.services.people import set_platform_admin

# persona at the local provider, name, address, organisation, whether they are a platform admin
PEOPLE = (
    ("odeon-owner", "Olivia Hart", ODEON_OWNER_EMAIL, initial.ODEON, False),
    ("platform-admin", "Marta Bell", PLATFORM_ADMIN_EMAIL, initial.TECHCORP, True),
)


def plant(issuer: str) -> list[str]:
    """Makes the initial organisations too, so that the scene is whole. Returns the names of what was made."""
    made = initial.plant()
    for persona, name, email, organisation_name, is_admin in PEOPLE:
        claims = IdentityClaims(issuer, demo_subject(persona), email=email, email_verified=True, name=name)
        organisation_id, _ = initial.ensure(organisation_name)
        user_id, is_new = ensure_person(claims, organisation_id, MembershipRole.OWNER, by=SYSTEM)
        if is_new:
            made.append(name)
        if is_admin:
            set_platform_admin(user_id, is_admin=True, by=SYSTEM)
    return made
