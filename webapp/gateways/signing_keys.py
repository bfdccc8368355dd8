"""The provider's key set, reduced to the public RSA keys that can have signed an ID token."""

from collections.abc import Mapping
from typing import Any

from joserfc.jwk import Key, KeySet, RSAKey
from joserfc.util import urlsafe_b64decode

from webapp.gateways.provider_answers import BROKEN, UnusableAnswer

ALGORITHM = "RS256"  # ours and not the provider's list, which may hold "none"
KEY_BITS = range(2048, 8193)
"""Shorter keys can be broken; longer ones take longer to check than a sign-in may."""
MOST_KEYS = 100
_LONGEST_NUMBER = 1400  # characters of base64url, a little over the longest key
_LONGEST_EXPONENT = 8


def checked_keys(document: Any) -> KeySet:
    """The signing keys of a key set; entries that are something else, or rubbish, are passed over (RFC 7517, 5).

    Raises UnusableAnswer when there is none.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or len(entries) > MOST_KEYS:
        raise UnusableAnswer("the key set is not one")
    keys: list[Key] = [key for key in map(_signing_key, entries) if key is not None]
    if not keys:
        raise UnusableAnswer("the key set has no RSA signing key")
    return KeySet(keys)


def _signing_key(entry: object) -> RSAKey | None:
    if not isinstance(entry, Mapping) or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    modulus, exponent = entry.get("n"), entry.get("e")
    if not _is_number(modulus, _LONGEST_NUMBER) or not _is_number(exponent, _LONGEST_EXPONENT):
        return None
    try:
        if _bits(str(modulus)) not in KEY_BITS:
            return None
        # Only what verifying needs: a private part would be imported too, and a false one takes long to refuse.
        kid = {"kid": entry["kid"]} if "kid" in entry else {}
        return RSAKey.import_key({"kty": "RSA", "n": str(modulus), "e": str(exponent), **kid})
    except BROKEN:
        return None


def _is_number(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(number.encode("ascii")), "big").bit_length()
