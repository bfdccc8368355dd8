"""What the local provider signs and hands out, and the faults that tests may ask it for."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
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


class Faults:
    """Misbehaviour on order, a number of times each."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}
        self._cleared = threading.Event()

    def set(self, fault: str, times: int) -> None:
        self._cleared.clear()
        self._times[fault] = times

    def clear(self) -> None:
        self._times.clear()
        self._cleared.set()

    def strikes(self, fault: str) -> bool:
        """Whether this fault is due now; if so, it is used up once."""
        if self._times.get(fault, 0) < 1:
            return False
        self._times[fault] -= 1
        return True

    def hang(self, seconds: float = 30.0) -> None:
        """Waits for so long, or until the faults are cleared."""
        self._cleared.wait(seconds)


# Faults that only change the claims of the ID token.
_CLAIM_FAULTS: dict[str, dict[str, Any]] = {
    "wrong_nonce": {"nonce": "another"},
    "wrong_iss": {"iss": "https://evil.example/"},
    "wrong_aud": {"aud": "another-client"},
    "two_auds": {"aud": ["foyer", "another-client"]},
    "empty_aud": {"aud": []},
    "expired": {"exp": 1},
    "future_iat": {"iat": 4_102_444_800},
    "empty_sub": {"sub": ""},
    "long_sub": {"sub": "x" * 256},
    "control_sub": {"sub": "demo|\x00"},
    "number_sub": {"sub": 7},
    "verified_as_text": {"email_verified": "true"},
}


@dataclass
class Signer:
    """Signs ID tokens with one RSA key, as an Auth0 tenant does."""

    issuer: str
    client_id: str
    faults: Faults
    key: RSAKey = field(default_factory=lambda: _new_key())

    def rotate(self) -> None:
        """A new key under a new id; the old one is no longer published."""
        self.key = _new_key()

    def published_keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def id_token(self, grant: Grant) -> str:
        """A signed token for a grant, spoilt by whatever fault is due."""
        claims = self.claims(grant)
        for fault, change in _CLAIM_FAULTS.items():
            if self.faults.strikes(fault):
                claims |= change
        if self.faults.strikes("no_nonce"):
            claims.pop("nonce", None)
        if self.faults.strikes("alg_none"):
            return ".".join((_part(b'{"alg":"none"}'), _part(json.dumps(claims).encode()), ""))
        if self.faults.strikes("hs256_with_public_key"):
            return self._signed_with_the_public_key(claims)
        signing_key = _new_key(self.key.kid) if self.faults.strikes("bad_signature") else self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, "typ": "JWT"}, claims, signing_key)

    def _signed_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """The old trick: what everybody knows is used as if it were a shared secret."""
        header = json.dumps({"alg": "HS256", "kid": self.key.kid}).encode()
        signed = f"{_part(header)}.{_part(json.dumps(claims).encode())}"
        return f"{signed}.{_part(hmac.digest(self.key.as_pem(private=False), signed.encode(), 'sha256'))}"

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


def _new_key(key_id: str | None = None) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": key_id or secrets.token_urlsafe(16), "use": "sig", "alg": "RS256"})
