"""Reading an ID token: who signed it, for whom, about whom (OpenID Connect Core 1.0, 3.1.3.7)."""

import re
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from webapp.domain.claims import IdentityClaims
from webapp.gateways.provider_documents import UnusableAnswer

ALGORITHMS = ["RS256"]  # ours and not the provider's list, which may hold "none"
LEEWAY_SECONDS = 120
LONGEST_TOKEN = 64 * 1024
_SUBJECT = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}")  # Core 2: at most 255 ASCII characters


def read_id_token(token: object, keys: KeySet, *, issuer: str, client_id: str, nonce: str) -> IdentityClaims:
    """The claims of a token that checks out. Raises UnusableAnswer, and JoseError or ValueError from the signature."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise UnusableAnswer("there is no ID token")
    claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        rules.validate(claims)
    except JoseError as error:
        raise UnusableAnswer(f"the ID token's claims: {error.error}") from error
    if claims["aud"] not in (client_id, [client_id]):
        raise UnusableAnswer("the ID token is for another client")
    if claims.get("azp", client_id) != client_id:
        raise UnusableAnswer("the ID token was issued to another client")
    if not isinstance(claims.get("sub"), str) or not _SUBJECT.fullmatch(claims["sub"]):
        raise UnusableAnswer("the ID token's subject is not one")
    return _our_claims(claims, issuer)


def _our_claims(claims: dict[str, Any], issuer: str) -> IdentityClaims:
    """Only a JSON true counts as verified and only a JSON false as not: a text such as "true" says nothing for sure."""
    verified, auth_time = claims.get("email_verified"), claims.get("auth_time")
    return IdentityClaims(
        issuer=issuer,
        subject=claims["sub"],
        email=_text(claims.get("email")),
        email_verified=verified if isinstance(verified, bool) else None,
        name=_text(claims.get("name")),
        auth_time=auth_time if type(auth_time) is int else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
