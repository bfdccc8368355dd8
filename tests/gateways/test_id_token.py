"""ID tokens of every wrong kind, without a provider: none is believed, and nothing but a refusal comes of it."""

import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from webapp.domain.claims import IdentityClaims
from webapp.gateways.id_token import LEEWAY_SECONDS, read_id_token
from webapp.gateways.provider_answers import BROKEN, UnusableAnswer

ISSUER, CLIENT, NONCE = "https://id.example/", "foyer", "a-nonce"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = KeySet([RSAKey.import_key(KEY.as_dict(private=False))])

NUMBERS = [0, -1, 1.5, 10**400]
WRONG = [*NUMBERS, None, True, False, "", " ", "\x00", "\ud800", [], [None], [[]], {}, {"a": 1}]
WEIGHED = ("iss", "sub", "aud", "exp", "iat", "nonce", "azp", "nbf", "at_hash")
TAKEN_AS_IT_COMES = ("name", "email", "email_verified", "auth_time", "sid", "acr", "amr", "updated_at")
HARMLESS = {"exp": [10**400], "iat": [0, -1, 1.5], "nbf": [0, -1, 1.5, ...], "azp": [...], "at_hash": [...]}


KINDS = (str, str, bool, int)


def signed(changed: dict[str, Any], **header: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": "a|b", "aud": CLIENT, "exp": now + 60, "iat": now, "nonce": NONCE, **changed}
    kept = {name: value for name, value in claims.items() if value is not ...}
    return jwt.encode({"alg": "RS256", "kid": "one", **header}, kept, KEY, encoder_cls=Ascii)


class Ascii(json.JSONEncoder):
    """Half a character can be sent as an escape."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": True})


def read(token: object, **beside: object) -> IdentityClaims:
    return read_id_token({"id_token": token, **beside}, KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE)


def test_a_good_token_is_believed():
    assert read(signed({})) == IdentityClaims(issuer=ISSUER, subject="a|b")


@pytest.mark.parametrize("name", WEIGHED)
def test_a_claim_of_the_wrong_kind_is_refused(name: str):
    harmless = HARMLESS.get(name, [])
    for value in harmless:
        assert read(signed({name: value})).subject == "a|b"
    for value in (*WRONG, ...):
        if not any(value is fine or (value == fine and type(value) is type(fine)) for fine in harmless):
            with pytest.raises((UnusableAnswer, *BROKEN)):
                read(signed({name: value}))


@pytest.mark.parametrize("name", TAKEN_AS_IT_COMES)
def test_a_claim_that_decides_nothing_may_be_of_any_kind(name: str):
    for value in WRONG:
        claims = read(signed({name: value}))
        said = (claims.name, claims.email, claims.email_verified, claims.auth_time)
        assert claims.subject == "a|b"
        assert all(one is None or type(one) is kind for one, kind in zip(said, KINDS, strict=True))


ADMIN_CLAIM = "https://foyer.example/admin"


@pytest.mark.parametrize("said", [*WRONG, 1, "true", ["admin"], {"admin": True}])
def test_only_a_true_of_the_named_claim_makes_an_admin(said: Any):
    token = {"id_token": signed({ADMIN_CLAIM: said})}
    for named in (ADMIN_CLAIM, None, "https://foyer.example/other"):
        claims = read_id_token(token, KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, admin_claim=named)
        assert claims.says_platform_admin is (said is True and named == ADMIN_CLAIM)


@pytest.mark.parametrize("seconds", [LEEWAY_SECONDS - 5, LEEWAY_SECONDS + 5])
def test_clocks_may_differ_by_a_minute(seconds: int):
    now = int(time.time())
    for change in ({"exp": now - seconds}, {"iat": now + seconds}, {"nbf": now + seconds}):
        if seconds < LEEWAY_SECONDS:
            read(signed(change))
        else:
            with pytest.raises(UnusableAnswer):
                read(signed(change))
    assert LEEWAY_SECONDS == 60


@pytest.mark.parametrize("subject", ["a", "x" * 255, "auth0|5f7c8ec7c33c6c004bbafe82", "a b", "~"])
def test_a_subject_is_up_to_255_printable_letters(subject: str):
    assert read(signed({"sub": subject})).subject == subject


def test_the_hash_of_the_access_token_has_to_be_that_of_the_one_beside_it():
    right = signed({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"})  # OpenID Connect Core, A.3
    assert read(right, access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y").subject == "a|b"

    for another in ("another", None, 7):
        with pytest.raises(UnusableAnswer):
            read(right, access_token=another)
    with pytest.raises(UnusableAnswer):
        read(right)


@pytest.mark.parametrize("kind", ["JWT", "jwt"])
def test_the_type_of_an_id_token_may_be_said(kind: str):
    assert read(signed({}, typ=kind)).subject == "a|b"
