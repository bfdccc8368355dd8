"""Reading an ID token: who signed it, for whom, about whom (OpenID Connect Core 1.0, 3.1.3.7)."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from webapp.domain.claims import IdentityClaims
from webapp.gateways.provider_answers import StrictDecoder, UnusableAnswer
from webapp.gateways.signing_keys import ALGORITHM

LEEWAY_SECONDS = 60
LONGEST_TOKEN = 64 * 1024
_SUBJECT = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}")  # Core 2: at most 255 ASCII characters


def read_id_token(
    tokens: Mapping[str, object],
    keys: KeySet,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    admin_claim: str | None = None,
) -> IdentityClaims:
    """The claims of the ID token in a token answer, if it checks out. `admin_claim` names the one that says that
    somebody is a platform admin. Raises UnusableAnswer, and what joserfc raises about the signature."""
    id_token = tokens.get("id_token")
    if not isinstance(id_token, str) or len(id_token) > LONGEST_TOKEN:
        raise UnusableAnswer("there is no ID token")
    read = jwt.decode(id_token, keys, algorithms=[ALGORITHM], decoder_cls=StrictDecoder)
    kind = read.header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT":  # an access token, or a logout token, is signed alike
        raise UnusableAnswer("the token is of another kind")
    claims = read.claims
    _check_times(claims)
    _check_words(claims, issuer=issuer, client_id=client_id, nonce=nonce)
    if "at_hash" in claims and not _is_hash_of(claims["at_hash"], tokens.get("access_token")):
        raise UnusableAnswer("the ID token came with another access token")
    return _our_claims(claims, issuer, admin_claim)


def check_age(claims: IdentityClaims, max_age: int | None) -> None:
    """Holds an answer against the `max_age` it was asked with, which a provider may overlook. Raises UnusableAnswer.

    No leeway on the old side: whoever has just been asked by a provider whose clock is a minute behind ours is well
    within any age we ask for.
    """
    if max_age is None:
        return
    if claims.auth_time is None:
        raise UnusableAnswer("the ID token does not say when the person signed in")
    now = int(time.time())
    if not now - max_age <= claims.auth_time <= now + LEEWAY_SECONDS:
        raise UnusableAnswer("the ID token tells of a sign-in at another time")


def _check_times(claims: Mapping[str, Any]) -> None:
    """`exp` and `iat` have to be there, and these and `nbf` have to be numbers that fit our clock."""
    # Made anew each time, because it is not said to be safe to share.
    rules = jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, exp={"essential": True}, iat={"essential": True})
    try:
        rules.validate({name: claims[name] for name in ("exp", "iat", "nbf") if name in claims})
    except JoseError as error:
        raise UnusableAnswer(f"the ID token's times: {error.error}") from error


def _check_words(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str) -> None:
    if claims.get("iss") != issuer:
        raise UnusableAnswer("the ID token is of another issuer")
    if claims.get("aud") not in (client_id, [client_id]):
        raise UnusableAnswer("the ID token is for another client")
    if claims.get("azp", client_id) != client_id:
        raise UnusableAnswer("the ID token was issued to another client")
    if claims.get("nonce") != nonce:
        raise UnusableAnswer("the ID token answers another attempt")
    if not isinstance(claims.get("sub"), str) or not _SUBJECT.fullmatch(claims["sub"]):
        raise UnusableAnswer("the ID token's subject is not one")


def _is_hash_of(at_hash: object, access_token: object) -> bool:
    """Core 3.1.3.6: the left half of the digest that belongs to the signature's algorithm."""
    if not isinstance(at_hash, str) or not isinstance(access_token, str):
        return False
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return hmac.compare_digest(at_hash.encode(), base64.urlsafe_b64encode(half).rstrip(b"="))


def _our_claims(claims: Mapping[str, Any], issuer: str, admin_claim: str | None) -> IdentityClaims:
    """Only a JSON true counts as verified and only a JSON false as not: a text such as "true" says nothing for sure.
    So with the admin's claim, where a list or a text that is not empty would be true to a careless reader."""
    verified, auth_time = claims.get("email_verified"), claims.get("auth_time")
    return IdentityClaims(
        issuer=issuer,
        subject=claims["sub"],
        email=_text(claims.get("email")),
        email_verified=verified if isinstance(verified, bool) else None,
        name=_text(claims.get("name")),
        auth_time=auth_time if type(auth_time) is int else None,
        says_platform_admin=admin_claim is not None and claims.get(admin_claim) is True,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
