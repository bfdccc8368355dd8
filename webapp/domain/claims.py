"""What sign-in tells us about a person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IdentityClaims:
    """The verified statements of an ID token, reduced to what Foyer uses.

    `email_verified` is None when the provider does not say: the address may then be shown but never matched with
    anything. `auth_time` is in seconds since 1970 (OpenID Connect Core 2), None when the provider does not send it.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool | None = None
    name: str | None = None
    auth_time: int | None = None
