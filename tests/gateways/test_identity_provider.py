"""The gateway against the real local provider over HTTP: what it accepts, and every way an answer can be wrong."""

import dataclasses
import socket
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.provider import RunningProvider
from webapp.config import Settings
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.gateways import provider_documents
from webapp.gateways.identity_provider import IdentityProvider
from webapp.gateways.provider_documents import UnusableAnswer, checked_discovery, checked_keys


@pytest.fixture
def gateway(app: Flask, settings: Settings) -> IdentityProvider:
    """A gateway of its own, which knows nothing of the provider yet."""
    return IdentityProvider(settings)


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def sign_in(gateway: IdentityProvider, provider: RunningProvider, who: str = "newcomer-company") -> IdentityClaims:
    beginning = gateway.begin(None, None, None)
    return gateway.complete(beginning.attempt, query_of(provider.answer(beginning.location, who)))


def refused(gateway: IdentityProvider, provider: RunningProvider) -> SignInCause:
    with pytest.raises(SignInRefused) as refusal:
        sign_in(gateway, provider)
    return refusal.value.cause


def test_a_sign_in_asks_for_a_code_with_every_guard(gateway: IdentityProvider, settings: Settings):
    beginning = gateway.begin("hotel", "/usage", "owner@odeon.example")

    asked = query_of(beginning.location)
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert asked["state"] == beginning.attempt.state
    assert asked["nonce"] == beginning.attempt.nonce
    assert asked["scope"] == "openid profile email"
    assert asked["redirect_uri"] == f"{settings.base_url}/callback"
    assert asked["login_hint"] == "owner@odeon.example"
    assert beginning.attempt.code_verifier not in beginning.location
    assert (beginning.attempt.door, beginning.attempt.next_path) == ("hotel", "/usage")


def test_every_sign_in_has_secrets_of_its_own(gateway: IdentityProvider):
    one, two = (gateway.begin(None, None, None).attempt for _ in range(2))

    assert {one.state, one.nonce, one.code_verifier}.isdisjoint({two.state, two.nonce, two.code_verifier})


def test_the_claims_are_those_of_the_person(gateway: IdentityProvider, provider: RunningProvider):
    claims = sign_in(gateway, provider)

    assert claims.auth_time is not None
    assert dataclasses.replace(claims, auth_time=None) == IdentityClaims(
        issuer=provider.issuer,
        subject="demo|newcomer-company",
        email="priya.shah@harbour-rooms.example",
        email_verified=True,
        name="Priya Shah",
    )


@pytest.mark.parametrize(
    ("who", "email", "verified"),
    [
        ("unverified", "dan.reed@harbour-rooms.example", False),
        ("unsaid", "tomas.varga@supplies.example", None),
        ("no-email", None, None),
    ],
)
def test_what_the_provider_does_not_say_is_not_made_up(gateway, provider, who: str, email: str | None, verified):
    claims = sign_in(gateway, provider, who)

    assert (claims.email, claims.email_verified) == (email, verified)


def test_verified_as_a_text_says_nothing(gateway: IdentityProvider, provider: RunningProvider):
    provider.misbehave("verified_as_text")

    assert sign_in(gateway, provider).email_verified is None


HOSTILE_TOKENS = (
    "no_id_token",
    "wrong_nonce",
    "no_nonce",
    "wrong_iss",
    "wrong_aud",
    "two_auds",
    "empty_aud",
    "expired",
    "future_iat",
    "empty_sub",
    "long_sub",
    "control_sub",
    "number_sub",
    "alg_none",
    "hs256_with_public_key",
    "bad_signature",
    "token_rubbish",
    "jwks_empty",
)


@pytest.mark.parametrize("fault", HOSTILE_TOKENS)
def test_an_answer_that_does_not_check_out_is_refused(gateway, provider, fault: str):
    provider.misbehave(fault)

    assert refused(gateway, provider) is SignInCause.NOT_VERIFIABLE
    provider.behave()
    assert sign_in(gateway, provider).subject == "demo|newcomer-company", "one bad answer must not poison the next"


@pytest.mark.parametrize("fault", ["token_500", "jwks_500"])
def test_a_provider_in_trouble_is_unavailable_and_known_to_be(gateway, provider, fault: str):
    provider.misbehave(fault)

    cause = refused(gateway, provider)

    assert cause in (SignInCause.PROVIDER_UNAVAILABLE, SignInCause.NOT_VERIFIABLE)
    assert gateway.is_known_to_be_away()
    provider.behave()
    sign_in(gateway, provider)
    assert not gateway.is_known_to_be_away()


def test_a_redirect_from_the_token_endpoint_is_not_followed(gateway, provider):
    provider.misbehave("token_redirect")  # 307 would carry our secret to evil.example

    assert refused(gateway, provider) in (SignInCause.NOT_VERIFIABLE, SignInCause.PROVIDER_UNAVAILABLE)


@pytest.mark.parametrize(
    "fault", ["discovery_500", "discovery_wrong_issuer", "discovery_evil_endpoint", "discovery_rubbish"]
)
def test_a_bad_discovery_document_is_refused_and_not_kept(gateway, provider, fault: str):
    provider.misbehave(fault)

    with pytest.raises(SignInRefused) as refusal:
        gateway.begin(None, None, None)

    assert refusal.value.cause is SignInCause.PROVIDER_UNAVAILABLE
    assert sign_in(gateway, provider).subject == "demo|newcomer-company"


def test_what_is_known_goes_on_being_used_while_the_provider_cannot_be_asked(gateway, provider, monkeypatch):
    sign_in(gateway, provider)
    monkeypatch.setattr(
        provider_documents.time, "monotonic", lambda now=provider_documents.time.monotonic: now() + 7200
    )
    provider.misbehave("discovery_500", times=5)
    provider.misbehave("jwks_500", times=5)

    assert sign_in(gateway, provider).subject == "demo|newcomer-company"


def test_new_keys_are_fetched_when_a_token_asks_for_them_but_not_at_every_attempt(gateway, provider):
    sign_in(gateway, provider)
    provider.misbehave("rotate")
    assert sign_in(gateway, provider).subject == "demo|newcomer-company"

    provider.misbehave("rotate")
    assert refused(gateway, provider) is SignInCause.NOT_VERIFIABLE  # asked again half a minute later


@pytest.mark.parametrize("fault", ["discovery_hang", "token_hang"])
def test_a_provider_that_hangs_is_given_up(gateway, provider, monkeypatch, fault: str):
    monkeypatch.setattr("webapp.gateways.bounded_http.READ_SECONDS", 0.3)
    provider.misbehave(fault)

    assert refused(gateway, provider) is SignInCause.PROVIDER_UNAVAILABLE
    provider.behave()


def test_a_provider_that_is_not_there_is_unavailable(app: Flask, settings: Settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = dataclasses.replace(settings, oidc_issuer=f"http://127.0.0.1:{nobody.getsockname()[1]}/")
        gateway = IdentityProvider(away)
        with pytest.raises(SignInRefused) as refusal:
            gateway.begin(None, None, None)
    assert refusal.value.cause is SignInCause.PROVIDER_UNAVAILABLE
    assert gateway.is_known_to_be_away()
    assert gateway.sign_out_address() is None


def test_a_wrong_client_secret_is_our_own_fault(provider: RunningProvider, app: Flask, settings: Settings):
    gateway = IdentityProvider(dataclasses.replace(settings, oidc_client_secret="another"))

    assert refused(gateway, provider) is SignInCause.OUR_FAULT


def test_a_code_is_good_once(gateway: IdentityProvider, provider: RunningProvider):
    beginning = gateway.begin(None, None, None)
    answer = query_of(provider.answer(beginning.location, "newcomer-company"))
    gateway.complete(beginning.attempt, answer)

    with pytest.raises(SignInRefused) as refusal:
        gateway.complete(beginning.attempt, answer)

    assert refusal.value.cause is SignInCause.LOST_ATTEMPT


def test_a_code_of_another_attempt_is_refused(gateway: IdentityProvider, provider: RunningProvider):
    theirs, ours = gateway.begin(None, None, None), gateway.begin(None, None, None)
    answer = query_of(provider.answer(theirs.location, "newcomer-company"))

    with pytest.raises(SignInRefused):
        gateway.complete(ours.attempt, answer)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ({"error": "access_denied", "error_description": "User did not authorize the request"}, SignInCause.CANCELLED),
        ({"error": "access_denied"}, SignInCause.CANCELLED),
        ({"error": "access_denied", "error_description": "Not from this network"}, SignInCause.DENIED),
        ({"error": "unauthorized", "error_description": "user is blocked"}, SignInCause.DENIED),
        ({"error": "temporarily_unavailable"}, SignInCause.PROVIDER_UNAVAILABLE),
        ({"error": "server_error"}, SignInCause.PROVIDER_UNAVAILABLE),
        ({"error": "invalid_request"}, SignInCause.NOT_VERIFIABLE),
        ({"code": ""}, SignInCause.MALFORMED),
        ({"code": "x", "iss": "https://evil.example/"}, SignInCause.NOT_VERIFIABLE),
    ],
)
def test_every_answer_without_a_good_code_has_its_cause(gateway: IdentityProvider, answer: dict[str, str], cause):
    with pytest.raises(SignInRefused) as refusal:
        gateway.complete(gateway.begin(None, None, None).attempt, answer)
    assert refusal.value.cause is cause


def test_signing_out_is_asked_for_where_the_provider_says(gateway: IdentityProvider, provider: RunningProvider):
    address = gateway.sign_out_address()

    assert address is not None
    assert address.startswith(f"{provider.issuer}oidc/logout?")
    assert query_of(address) == {"client_id": "foyer", "post_logout_redirect_uri": f"{provider.app_url}/"}


def test_an_auth0_tenant_that_does_not_say_is_asked_its_own_way(app: Flask, settings: Settings):
    tenant = dataclasses.replace(
        settings,
        auth0_domain="tenant.eu.auth0.example",
        oidc_issuer="http://127.0.0.1:9/",
        base_url="https://f.example",
    )

    address = IdentityProvider(tenant).sign_out_address()

    assert address == "http://127.0.0.1:9/v2/logout?client_id=foyer&returnTo=https%3A%2F%2Ff.example%2F"


GOOD = {
    "issuer": "https://id.example/",
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://id.example/keys",
}


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://id.example"},
        {"issuer": None},
        {"token_endpoint": "http://id.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"jwks_uri": 7},
    ],
)
def test_a_discovery_document_is_checked_letter_for_letter(change: dict[str, object]):
    assert checked_discovery(GOOD, "https://id.example/").end_session_endpoint is None
    with pytest.raises(UnusableAnswer):
        checked_discovery({**GOOD, **change}, "https://id.example/")


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"keys": []}, {"keys": None}, {"keys": [{"kty": "oct", "k": "AAAA"}]}, {"keys": [{"kty": "RSA"}]}],
)
def test_a_key_set_without_an_rsa_key_is_refused(document: object):
    with pytest.raises(UnusableAnswer):
        checked_keys(document)
