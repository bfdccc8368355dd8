"""Faults of the token endpoint: ID tokens that should not be believed, and answers that are none."""

import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey
from werkzeug.wrappers import Response

from tests.hostile.provider import WORDS, Fault, Honest, Place, Spoilt, encoded


def claiming(**changed: Any) -> Fault:
    """An ID token that is signed as it should be, with these claims."""
    return Fault(Place.TOKEN, lambda honest: honest.with_claims({**honest.claims, **changed}))


def without(claim: str) -> Fault:
    """Signed as it should be, and one claim is missing."""

    def spoil(honest: Honest) -> Spoilt:
        return honest.with_claims({name: value for name, value in honest.claims.items() if name != claim})

    return Fault(Place.TOKEN, spoil)


def headed(**header: Any) -> Fault:
    """Signed as it should be, with another header."""
    return Fault(Place.TOKEN, lambda honest: honest.with_claims(honest.claims, **header))


def answering(**members: Any) -> Fault:
    """The honest answer with these members."""
    return Fault(Place.TOKEN, lambda honest: {**honest.document, **members})


def with_token(token: object) -> Fault:
    """Something else where the ID token should be."""
    return Fault(Place.TOKEN, lambda honest: honest.with_id_token(token))


def instead(spoilt: Spoilt) -> Fault:
    """Something else where the answer should be."""
    return Fault(Place.TOKEN, lambda honest: spoilt)


def refusal(error: object, status: int = 403) -> Fault:
    """The token endpoint says no, in its own words."""
    document = {"error": error, "error_description": WORDS, "error_uri": "https://evil.example/"}
    return Fault(Place.TOKEN, lambda honest: Response(json.dumps(document), status, mimetype="application/json"))


def page(status: int) -> Fault:
    """A page for people where an answer for programs should be."""
    return Fault(Place.TOKEN, lambda honest: Response(f"<h1>{WORDS}</h1>", status, mimetype="text/html"))


def replayed(honest: Honest) -> Spoilt:
    """The ID token of an earlier sign-in, in every way a good one but for its nonce."""
    return honest.with_id_token(honest.first_id_token)


def signed_by_another(honest: Honest) -> Spoilt:
    return honest.with_claims(honest.claims, new_key())


def tampered(honest: Honest) -> Spoilt:
    """The honest signature under claims that were changed after it was made."""
    header, _, signature = honest.document["id_token"].split(".")
    return honest.with_id_token(f"{header}.{encoded({**honest.claims, 'sub': 'demo|platform-admin'})}.{signature}")


def unsigned(honest: Honest) -> Spoilt:
    return honest.with_id_token(f"{encoded({'alg': 'none'})}.{encoded(honest.claims)}.")


def unsigned_beside_a_signature(honest: Honest) -> Spoilt:
    header = {"alg": "none", "kid": honest.key.kid, "typ": "JWT"}
    return honest.with_id_token(f"{encoded(header)}.{encoded(honest.claims)}.{encoded(b'x' * 256)}")


def signature_left_out(honest: Honest) -> Spoilt:
    return honest.with_id_token(honest.document["id_token"].rpartition(".")[0] + ".")


def hs256_with_the_public_key(honest: Honest) -> Spoilt:
    """The old trick: what everybody knows is used as if it were a shared secret."""
    return honest.with_id_token(_hs256(honest, honest.key.as_pem(private=False), kid=honest.key.kid))


def hs256_with_the_client_secret(honest: Honest) -> Spoilt:
    """What Auth0 signs with when an application is set to HS256. It is not what is pinned here."""
    return honest.with_id_token(_hs256(honest, honest.provider.client_secret.encode()))


def hs256_with_the_key_in_the_set(honest: Honest) -> Spoilt:
    """Goes with a key set that publishes OCT_KEY."""
    return honest.with_id_token(_hs256(honest, b"known to all", kid=OCT_KEY["kid"]))


OCT_KEY = {"kty": "oct", "k": encoded(b"known to all"), "kid": "shared", "alg": "HS256", "use": "sig"}


def ps256(honest: Honest) -> Spoilt:
    """A good signature of another family, by the very key that is published."""
    signed = f"{encoded({'alg': 'PS256', 'kid': honest.key.kid})}.{encoded(honest.claims)}"
    assert honest.key.private_key is not None
    signature = honest.key.private_key.sign(signed.encode(), PSS(MGF1(SHA256()), 32), SHA256())
    return honest.with_id_token(f"{signed}.{encoded(signature)}")


def key_of_its_own(honest: Honest) -> Spoilt:
    """Signed by a key that the token itself brings along."""
    key = new_key(1024)  # a longer one would make the header too long to be read at all
    numbers = key.public_key().public_numbers()
    brought = {"kty": "RSA", "n": encoded(numbers.n.to_bytes(128, "big")), "e": "AQAB"}
    return honest.with_claims(honest.claims, key, jwk=brought, kid="its-own")


def two_subjects(honest: Honest) -> Spoilt:
    """Whoever believes the first of two claims of one name sees another person than whoever believes the last."""
    return honest.with_claims(json.dumps(honest.claims)[:-1].encode() + b', "sub": "demo|platform-admin"}')


def endless_expiry(honest: Honest) -> Spoilt:
    """NaN is later than nothing and earlier than nothing."""
    claims = {name: value for name, value in honest.claims.items() if name != "exp"}
    return honest.with_claims(json.dumps(claims)[:-1].encode() + b', "exp": NaN}')


def claims_without_bottom(honest: Honest) -> Spoilt:
    return honest.with_claims(b"[" * 40_000)


def rotated(honest: Honest) -> Spoilt:
    """A new key under a new id, the only one that is published from here on. Nothing is wrong with it."""
    claims = honest.claims
    honest.provider.signer.rotate()
    return honest.with_claims(claims)


def rotated_under_its_old_id(honest: Honest) -> Spoilt:
    """A new key under the id of the old one."""
    claims = honest.claims
    honest.provider.signer.key = RSAKey.import_key(new_key(), {"kid": str(honest.key.kid), "use": "sig"})
    return honest.with_claims(claims)


def new_key(bits: int = 2048) -> RSAPrivateKey:
    """A key that nobody publishes."""
    return generate_private_key(65_537, bits)


def _hs256(honest: Honest, secret: bytes, **header: Any) -> str:
    signed = f"{encoded({'alg': 'HS256', **header})}.{encoded(honest.claims)}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


REPLAYED = Fault(Place.TOKEN, replayed)
ROTATED = Fault(Place.TOKEN, rotated)
ROTATED_UNDER_ITS_OLD_ID = Fault(Place.TOKEN, rotated_under_its_old_id)
HS256_WITH_THE_KEY_IN_THE_SET = Fault(Place.TOKEN, hs256_with_the_key_in_the_set)

BELIEVED_BY_NOBODY: dict[str, Fault] = {
    "no nonce": without("nonce"),
    "another nonce": claiming(nonce="another"),
    "a list of nonces": Fault(Place.TOKEN, lambda it: it.with_claims({**it.claims, "nonce": [it.claims["nonce"]]})),
    "another issuer": claiming(iss="https://evil.example/"),
    "an issuer without its slash": Fault(
        Place.TOKEN, lambda it: it.with_claims({**it.claims, "iss": it.claims["iss"].rstrip("/")})
    ),
    "a list of issuers": Fault(Place.TOKEN, lambda it: it.with_claims({**it.claims, "iss": [it.claims["iss"]]})),
    "no issuer": without("iss"),
    "another audience": claiming(aud="another-client"),
    "a list of another audience": claiming(aud=["another-client"]),
    "us among others": claiming(aud=["foyer", "another-client"]),
    "us among others, issued to us": claiming(aud=["foyer", "another-client"], azp="foyer"),
    "another audience, issued to us": claiming(aud="another-client", azp="foyer"),
    "issued to another": claiming(azp="another-client"),
    "issued to several": claiming(azp=["foyer"]),
    "issued to nobody": claiming(azp=None),
    "an empty audience": claiming(aud=""),
    "an empty list of audiences": claiming(aud=[]),
    "a list in the list of audiences": claiming(aud=[["foyer"]]),
    "an audience by name": claiming(aud={"foyer": True}),
    "no audience": without("aud"),
    "no subject": without("sub"),
    "an empty subject": claiming(sub=""),
    "a blank subject": claiming(sub="   "),
    "a long subject": claiming(sub="x" * 256),
    "a subject with NUL": claiming(sub="demo|\x00"),
    "a subject with a line break": claiming(sub="demo|odeon-owner\n"),
    "a subject with a letter that looks like another": claiming(sub="demo|odeon-\u043ewner"),
    "half a character as subject": claiming(sub="\ud800"),
    "a number as subject": claiming(sub=7),
    "a list of subjects": claiming(sub=["demo|odeon-owner"]),
    "two subjects": Fault(Place.TOKEN, two_subjects),
    "expired": claiming(exp=1),
    "expired for longer than clocks differ": Fault(
        Place.TOKEN, lambda it: it.with_claims({**it.claims, "exp": it.claims["iat"] - 62})
    ),
    "no expiry": without("exp"),
    "an expiry in words": claiming(exp="4102444800"),
    "an expiry that is true": claiming(exp=True),
    "an expiry that is no number": Fault(Place.TOKEN, endless_expiry),
    "issued in the future": Fault(Place.TOKEN, lambda it: it.with_claims({**it.claims, "iat": it.claims["iat"] + 90})),
    "no time of issue": without("iat"),
    "issued in words": claiming(iat="now"),
    "not valid yet": claiming(nbf=4_102_444_800),
    "not valid before never": claiming(nbf=None),
    "another access token": claiming(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "an access token's hash that is no text": claiming(at_hash=7),
    "signed by another": Fault(Place.TOKEN, signed_by_another),
    "tampered with": Fault(Place.TOKEN, tampered),
    "unsigned": Fault(Place.TOKEN, unsigned),
    "unsigned beside a signature": Fault(Place.TOKEN, unsigned_beside_a_signature),
    "its signature left out": Fault(Place.TOKEN, signature_left_out),
    "HS256 with the public key": Fault(Place.TOKEN, hs256_with_the_public_key),
    "HS256 with the client secret": Fault(Place.TOKEN, hs256_with_the_client_secret),
    "PS256 with the right key": Fault(Place.TOKEN, ps256),
    "RS512 by name": headed(alg="RS512"),
    "an algorithm that is a list": headed(alg=["RS256"]),
    "no algorithm": headed(alg=None),
    "a key of its own": Fault(Place.TOKEN, key_of_its_own),
    "a key from elsewhere": headed(kid="elsewhere", jku="https://evil.example/keys"),
    "an unknown key": headed(kid="unknown"),
    "a number as key id": headed(kid=7),
    "an access token's type": headed(typ="at+jwt"),
    "a logout token's type": headed(typ="logout+jwt"),
    "something critical": headed(crit=["evil"], evil=True),
    "claims without bottom": Fault(Place.TOKEN, claims_without_bottom),
    "claims that are a list": Fault(Place.TOKEN, lambda it: it.with_claims(b'["demo|odeon-owner"]')),
    "claims that are noise": Fault(Place.TOKEN, lambda it: it.with_claims(b"\xff\xfe\x00")),
    "no ID token": Fault(Place.TOKEN, lambda it: {"access_token": it.document["access_token"]}),
    "nothing for an ID token": with_token(None),
    "a number for an ID token": with_token(7),
    "a list for an ID token": with_token([]),
    "an empty ID token": with_token(""),
    "two parts of an ID token": with_token("e30.e30"),
    "five parts of an ID token": with_token("e30.e30.e30.e30.e30"),
    "letters no token has": with_token("\u2028.\ud800.="),
    "a very long ID token": with_token("a" * 500_000),
}
"""ID tokens, each wrong in one way."""

NO_ANSWER: dict[str, Fault] = {
    "a list": instead([]),
    "a list around it": Fault(Place.TOKEN, lambda it: [it.document]),
    "null": instead(None),
    "a number": instead(7),
    "a text": instead("e30.e30.e30"),
    "nothing": instead(b""),
    "noise": instead(bytes(range(256)) * 4_000),
    "brackets without bottom": instead(b"[" * 100_000),
    "objects without bottom": instead(b'{"a":' * 100_000),
    "a number of five thousand digits": instead(b'{"expires_in": ' + b"9" * 5_000 + b"}"),
    "a member twice": Fault(Place.TOKEN, lambda it: json.dumps(it.document)[:-1].encode() + b', "scope": ""}'),
    "NaN": Fault(Place.TOKEN, lambda it: json.dumps({**it.document, "expires_in": float("nan")}).encode()),
    "an error that is a list": refusal(["invalid_grant"]),
    "an error that is an object": refusal({"invalid_grant": True}, 400),
    "an error that is null": refusal(None, 200),
    "an error in words of its own": refusal(WORDS, 400),
    "an error beside a token": Fault(Place.TOKEN, lambda it: {**it.document, "error": WORDS}),
    "a page": page(200),
    "a page that says no": page(403),
    "a page that is gone": page(404),
    "a success of another kind": Fault(Place.TOKEN, lambda it: Response(json.dumps(it.document), 201)),
}
"""Answers of the token endpoint that are none."""

SIGNED_IN_ALL_THE_SAME: dict[str, Fault] = {
    "a lifetime in words": answering(expires_in="soon"),
    "a lifetime beyond numbers": answering(expires_in=10**400),
    "an end that is a list": answering(expires_at=[]),
    "a token type that is a number": answering(token_type=7),
    "scopes in a list": answering(scope=["openid"], refresh_token={}, access_token=None),
    "names of every wrong kind": claiming(
        name=["Priya"], email={"a": 1}, auth_time="noon", sid=7, email_verified="yes"
    ),
    "hidden letters": claiming(name="Pri\u202eya\x00\ud800 Shah", email="p\x00@x.example\n"),
    "times beyond every calendar": claiming(exp=10**300, nbf=-(10**300), auth_time=10**300),
    "times with a fraction": claiming(exp=4_102_444_800.5, iat=1.5),
    "a name as long as a book": claiming(name="Priya " * 4_000, email="p" * 10_000 + "@x.example"),
    "one audience in a list": claiming(aud=["foyer"], azp="foyer"),
    "a type in small letters": Fault(Place.TOKEN, lambda it: it.with_claims(it.claims, typ="jwt")),
}
"""What is odd and harms nobody."""
