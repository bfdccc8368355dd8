"""The gateway against the real local provider over HTTP: what it asks, what it takes, and what each no means."""

import dataclasses
import socket
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.hostile import documents
from tests.hostile.provider import Place
from tests.hostile.tokens import claiming
from tests.hostile.transport import saying
from tests.provider import RunningProvider
from webapp.config import Settings
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.gateways.identity_provider import IdentityProvider


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


@pytest.mark.parametrize("said", ["true", 1, [True], None])
def test_verified_in_another_way_than_by_true_says_nothing(gateway: IdentityProvider, provider, said: object):
    provider.misbehave(claiming(email_verified=said))

    assert sign_in(gateway, provider).email_verified is None


def test_a_provider_in_trouble_is_known_to_be(gateway: IdentityProvider, provider: RunningProvider):
    provider.misbehave(saying(Place.TOKEN, 503))

    assert refused(gateway, provider) is SignInCause.PROVIDER_UNAVAILABLE
    assert gateway.is_known_to_be_away()
    provider.behave()
    sign_in(gateway, provider)
    assert not gateway.is_known_to_be_away()


def test_a_provider_that_publishes_rubbish_is_away_for_who_thinks_of_signing_in(gateway, provider):
    provider.misbehave(documents.naming(issuer="https://evil.example/"))

    assert refused(gateway, provider) is SignInCause.NOT_VERIFIABLE
    assert gateway.is_known_to_be_away()


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
        ({"error": "<script>\ud800"}, SignInCause.NOT_VERIFIABLE),
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
