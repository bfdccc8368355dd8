"""What the local provider signs and hands out."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from webapp.demo.people import Persona

CODE_SECONDS = 60
TOKEN_SECONDS = 36_000  # Auth0's default for an ID token


@dataclass(frozen=True)
class Grant:
    """What a one-time code stands for."""

    person: Persona
    nonce: str | None
    challenge: str
    redirect_uri: str
    scope: tuple[str, ...]
    expires_at: float
    auth_time: int


@dataclass
class Signer:
    """Signs ID tokens with one RSA key, as an Auth0 tenant does."""

    issuer: str
    client_id: str
    key: RSAKey = field(default_factory=lambda: _new_key())

    def rotate(self) -> None:
        """A new key under a new id; the old one is no longer published."""
        self.key = _new_key()

    def published_keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def id_token(self, grant: Grant) -> str:
        """A signed token for a grant."""
        header = {"alg": "RS256", "kid": self.key.kid, "typ": "JWT"}
        return jwt.encode(header, self.claims(grant), self.key)

    def claims(self, grant: Grant) -> dict[str, Any]:
        """What the ID token says, by scope."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": grant.person.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": grant.auth_time,
            "sid": secrets.token_urlsafe(18),
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        if "profile" in grant.scope:
            claims["name"] = grant.person.name
        if "email" in grant.scope and grant.person.email:
            claims["email"] = grant.person.email
            if grant.person.email_verified is not None:
                claims["email_verified"] = grant.person.email_verified
        return claims


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636, 4.2)."""
    return _part(hashlib.sha256(verifier.encode()).digest())


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_urlsafe(16), "use": "sig", "alg": "RS256"})
