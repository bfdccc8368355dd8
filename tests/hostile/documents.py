"""Faults of the discovery document and the key set."""

import json
from typing import Any

from werkzeug.wrappers import Response

from tests.hostile.provider import WORDS, Fault, Honest, Place, Spoilt, encoded
from tests.hostile.tokens import OCT_KEY, new_key


def naming(**changed: Any) -> Fault:
    """The discovery document with these members."""
    return Fault(Place.DISCOVERY, lambda honest: {**honest.document, **changed})


def leaving_out(name: str) -> Fault:
    return Fault(
        Place.DISCOVERY, lambda honest: {kept: value for kept, value in honest.document.items() if kept != name}
    )


def instead(place: Place, spoilt: Spoilt) -> Fault:
    """Something else where the document should be."""
    return Fault(place, lambda honest: spoilt)


def publishing(*keys: Any) -> Fault:
    """Other keys than those that sign."""
    return Fault(Place.KEYS, lambda honest: {"keys": list(keys)})


def published(**changed: Any) -> Fault:
    """The key that signs, with these members."""
    return Fault(Place.KEYS, lambda honest: {"keys": [{**honest.document["keys"][0], **changed}]})


def page(place: Place, status: int) -> Fault:
    return Fault(place, lambda honest: Response(f"<h1>{WORDS}</h1>", status, mimetype="text/html"))


def rsa(bits: int = 2048, **members: Any) -> dict[str, Any]:
    """A public key that has signed nothing."""
    number = new_key(bits).public_key().public_numbers().n
    return {"kty": "RSA", "n": encoded(number.to_bytes(bits // 8, "big")), "e": "AQAB", **members}


def without_slash(honest: Honest) -> Spoilt:
    return {**honest.document, "issuer": honest.document["issuer"].rstrip("/")}


def in_capitals(honest: Honest) -> Spoilt:
    return {**honest.document, "issuer": honest.document["issuer"].upper()}


def twice(honest: Honest) -> Spoilt:
    """Whoever believes the first of two issuers sees another document than whoever believes the last."""
    return b'{"issuer": "https://evil.example/", ' + json.dumps(honest.document)[1:].encode()


NO_DOCUMENT: dict[str, Spoilt] = {
    "a list": [],
    "null": None,
    "a number": 7,
    "a text": WORDS,
    "nothing": b"",
    "an empty object": {},
    "noise": bytes(range(256)) * 4_000,
    "brackets without bottom": b"[" * 100_000,
    "objects without bottom": b'{"keys":' * 100_000,
    "another encoding": b"\xff\xfe{\x00}\x00",
}
"""What no reader can make a document of."""

POISONED_DISCOVERY: dict[str, Fault] = {
    **{name: instead(Place.DISCOVERY, spoilt) for name, spoilt in NO_DOCUMENT.items()},
    "another issuer": naming(issuer="https://evil.example/"),
    "an issuer without its slash": Fault(Place.DISCOVERY, without_slash),
    "an issuer in capitals": Fault(Place.DISCOVERY, in_capitals),
    "an issuer in a list": Fault(Place.DISCOVERY, lambda it: {**it.document, "issuer": [it.document["issuer"]]}),
    "two issuers": Fault(Place.DISCOVERY, twice),
    "no issuer": leaving_out("issuer"),
    "no place for codes": leaving_out("token_endpoint"),
    "no place for keys": leaving_out("jwks_uri"),
    "no place for people": leaving_out("authorization_endpoint"),
    "a place without a lock": naming(token_endpoint="http://evil.example/token"),
    "keys without a lock": naming(jwks_uri="http://evil.example/keys"),
    "a script": naming(authorization_endpoint="javascript:alert(1)"),
    "a file": naming(jwks_uri="file:///etc/passwd"),
    "a place with somebody's name in it": naming(token_endpoint="https://id.example@evil.example/"),
    "a place with an open bracket": naming(token_endpoint="https://[evil.example/"),
    "a port beyond numbers": naming(token_endpoint="https://evil.example:99999/"),
    "a place with a line break": naming(authorization_endpoint="https://evil.example/\r\nSet-Cookie: a=b"),
    "a place with a space": naming(authorization_endpoint="https://evil.example/ a"),
    "a place of foreign letters": naming(token_endpoint="https://\u0435vil.example/"),
    "a place with a fragment": naming(authorization_endpoint="https://evil.example/#"),
    "a place with no host": naming(token_endpoint="https:///token"),
    "a place with empty labels": naming(token_endpoint="https://evil..example/"),
    "a place of ten thousand letters": naming(token_endpoint="https://evil.example/" + "a" * 10_000),
    "a place that is a list": naming(token_endpoint=["https://evil.example/"]),
    "a place that is a number": naming(jwks_uri=7),
    "a place that is true": naming(authorization_endpoint=True),
    "a place that is null": naming(jwks_uri=None),
    "a page": page(Place.DISCOVERY, 200),
}
"""Discovery documents, each wrong in one way."""

POISONED_KEYS: dict[str, Fault] = {
    **{name: instead(Place.KEYS, spoilt) for name, spoilt in NO_DOCUMENT.items()},
    "no keys": publishing(),
    "keys that are null": instead(Place.KEYS, {"keys": None}),
    "keys by name": instead(Place.KEYS, {"keys": {"kty": "RSA"}}),
    "keys of every wrong kind": publishing(None, 7, "RSA", [], {}, {"kty": "RSA"}, {"kty": ["RSA"]}),
    "a shared secret": publishing(OCT_KEY),
    "an elliptic curve": publishing({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "ec"}),
    "numbers that are numbers": published(n=7, e=65_537),
    "a modulus that is noise": published(n="\ud800!"),
    "a modulus of nothing": published(n=""),
    "a modulus of a megabyte": published(n="A" * 900_000),
    "an exponent as long as the modulus": published(e="AQAB" * 80),
    "an even exponent": published(e="Ag"),
    "a short key": published(**rsa(1024)),
    "a key for hiding": published(use="enc"),
    "a key for another algorithm": published(alg="PS256"),
    "a key id that is a number": published(kid=7),
    "a key under another id": published(kid="another"),
    "another key under this id": Fault(
        Place.KEYS, lambda it: {"keys": [rsa(kid=it.document["keys"][0]["kid"], use="sig")]}
    ),
    "another key before it under its id": Fault(
        Place.KEYS, lambda it: {"keys": [rsa(kid=it.document["keys"][0]["kid"]), *it.document["keys"]]}
    ),
    "a key without an id": Fault(
        Place.KEYS, lambda it: {"keys": [{"kty": "RSA", "n": it.document["keys"][0]["n"], "e": "AQAB"}]}
    ),
    "a thousand keys": Fault(Place.KEYS, lambda it: {"keys": it.document["keys"] * 1_000}),
    "keys twice": Fault(Place.KEYS, lambda it: b'{"keys": [], ' + json.dumps(it.document)[1:].encode()),
    "a page": page(Place.KEYS, 200),
}
"""Key sets, each wrong in one way."""

HARMLESS_KEYS: dict[str, Fault] = {
    "rubbish beside the key": Fault(Place.KEYS, lambda it: {"keys": [None, OCT_KEY, {}, *it.document["keys"]]}),
    "the key twice": Fault(Place.KEYS, lambda it: {"keys": it.document["keys"] * 2}),
    "another key beside it": Fault(Place.KEYS, lambda it: {"keys": [rsa(kid="old"), *it.document["keys"]]}),
    "a false private part": published(d="AQAB"),
    "an id for hiding beside it": Fault(
        Place.KEYS, lambda it: {"keys": [rsa(kid=it.document["keys"][0]["kid"], use="enc"), *it.document["keys"]]}
    ),
}
"""Key sets that are odd and harm nobody."""
