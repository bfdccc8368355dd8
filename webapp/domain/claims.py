"""What sign-in tells us about a person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IdentityClaims:
    """The verified statements of an ID token, reduced to what Foyer uses.

    `email_verified` is None when the provider does not say: the address may then be shown but never matched with
    anything. `auth_time` is in seconds since 1970 (OpenID Connect Core 2), None when the provider does not send it.
    `says_platform_admin` is whether the claim that the deployment names for it is exactly true.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool | None = None
    name: str | None = None
    auth_time: int | None = None
    says_platform_admin: bool = False

    @property
    def makes_platform_admin(self) -> bool:
        """Rights come with a verified address only: without one, a provider may let anybody in under any name."""
        return self.says_platform_admin and self.email_verified is True
