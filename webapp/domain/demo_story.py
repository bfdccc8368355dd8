"""The addresses that the opening scene of the demo and the local identity provider must agree on.

All are under `.example` (RFC 2606), so no message can ever reach anybody.
"""

ODEON_OWNER_EMAIL = "owner@odeon.example"
PLATFORM_ADMIN_EMAIL = "admin@foyer.example"


def demo_subject(persona: str) -> str:
    """The subject that the local provider gives a persona: connection and id with a bar between, as Auth0 writes it."""
    return f"demo|{persona}"
