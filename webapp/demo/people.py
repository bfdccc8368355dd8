"""Who may be signed in as at the local provider. No passwords: this provider only ever runs on one machine."""

import re
from dataclasses import dataclass

from webapp.domain.demo_story import ODEON_OWNER_EMAIL, PLATFORM_ADMIN_EMAIL, demo_subject


@dataclass(frozen=True)
class Persona:
    """One person. `email_verified` None leaves the claim out, as some providers do; no `email` leaves out both."""

    id: str
    name: str
    email: str | None
    email_verified: bool | None
    story: str

    @property
    def subject(self) -> str:
        return demo_subject(self.id)


PERSONAS = (
    Persona(
        "newcomer-company",
        "Priya Shah",
        "priya.shah@harbour-rooms.example",
        True,
        "Somebody new, with a company's address",
    ),
    Persona(
        "newcomer-free-mail", "Sam Okoro", "sam.okoro@freemail.example", True, "Somebody new, with a free-mail address"
    ),
    Persona("odeon-owner", "Olivia Hart", ODEON_OWNER_EMAIL, True, "Owner of Odeon Cinemas"),
    Persona("platform-admin", "Marta Bell", PLATFORM_ADMIN_EMAIL, True, "Platform admin"),
    Persona("unverified", "Dan Reed", "dan.reed@harbour-rooms.example", False, "Has not verified their address yet"),
    Persona("no-email", "Ines Moreau", None, None, "Has no e-mail address at all"),
    Persona(
        "unsaid",
        "Tomas Varga",
        "tomas.varga@supplies.example",
        None,
        "The provider does not say whether it is verified",
    ),
)

_LOOKS_LIKE_AN_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


def find_persona(who: str) -> Persona | None:
    """A persona by id or e-mail address."""
    return next((persona for persona in PERSONAS if who in (persona.id, persona.email)), None)


def somebody_else(email: str, name: str = "") -> Persona | None:
    """Anybody with this address, whose subject is made from it; None for what is no address."""
    if not _LOOKS_LIKE_AN_ADDRESS.fullmatch(email):
        return None
    address = email.lower()
    shown = name.strip() or address.partition("@")[0].replace(".", " ").title()
    return find_persona(address) or Persona(address, shown, address, True, "Somebody else")
