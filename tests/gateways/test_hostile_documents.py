"""Discovery documents and key sets of a hostile provider, and the honest sign-in after each."""

import dataclasses

import pytest
from flask import Flask

from tests.hostile import documents, tokens
from tests.hostile.provider import Place
from tests.hostile.trial import is_refused_and_forgiven, leaves_nothing_behind, try_to_sign_in
from tests.pages import Browse
from webapp import create_app
from webapp.config import Settings
from webapp.domain.errors import SignInCause


@pytest.mark.parametrize("name", [*documents.POISONED_DISCOVERY])
def test_a_discovery_document_that_is_wrong_in_one_way_is_refused(stranger: Browse, name: str):
    is_refused_and_forgiven(stranger, documents.POISONED_DISCOVERY[name], SignInCause.NOT_VERIFIABLE)


@pytest.mark.parametrize("name", [*documents.POISONED_KEYS])
def test_keys_that_are_wrong_in_one_way_are_refused(stranger: Browse, name: str):
    is_refused_and_forgiven(stranger, documents.POISONED_KEYS[name], SignInCause.NOT_VERIFIABLE)


@pytest.mark.parametrize("name", [*documents.HARMLESS_KEYS])
def test_keys_that_are_odd_and_harmless_sign_in(stranger: Browse, name: str):
    stranger.provider.misbehave(documents.HARMLESS_KEYS[name])

    assert try_to_sign_in(stranger).location == "/onboarding"


@pytest.mark.parametrize("fault", [tokens.ROTATED, tokens.ROTATED_UNDER_ITS_OLD_ID])
def test_keys_that_change_are_followed(stranger: Browse, app: Flask, fault: tokens.Fault):
    try_to_sign_in(Browse(app, stranger.provider))

    stranger.provider.misbehave(fault, times=1)
    assert try_to_sign_in(stranger).location == "/onboarding"
    assert try_to_sign_in(Browse(app, stranger.provider)).location == "/onboarding"
    assert stranger.provider.hostile.calls.count(Place.KEYS) == 2


@pytest.fixture
def tenant(settings: Settings, stranger: Browse) -> Browse:
    """A person at an application whose provider is an Auth0 tenant, on a host of its own."""
    app = create_app(dataclasses.replace(settings, auth0_domain="localhost"))
    return Browse(app, stranger.provider)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_tenant_names_no_place_on_another_host(tenant: Browse, name: str):
    elsewhere = f"{tenant.provider.issuer.replace('localhost', '127.0.0.1')}elsewhere"

    is_refused_and_forgiven(tenant, documents.naming(**{name: elsewhere}), SignInCause.NOT_VERIFIABLE)


def test_a_tenant_that_signs_out_on_another_host_is_asked_its_own_way(tenant: Browse):
    tenant.provider.misbehave(documents.naming(end_session_endpoint="https://evil.example/out"))
    page = tenant.follow(try_to_sign_in(tenant))

    assert tenant.submit(page, form="form[action='/logout']").location.startswith(f"{tenant.provider.issuer}v2/logout?")


def test_a_false_place_for_codes_is_not_believed_for_an_hour(stranger: Browse):
    """A provider that is no Auth0 tenant may have its places on any host, so this one cannot be seen to be false."""
    elsewhere = f"{stranger.provider.issuer}elsewhere"

    is_refused_and_forgiven(stranger, documents.naming(token_endpoint=elsewhere), SignInCause.NOT_VERIFIABLE)


def test_an_answer_has_to_say_whose_it_is_where_that_is_promised(stranger: Browse):
    promise = documents.naming(authorization_response_iss_parameter_supported=True)
    stranger.provider.misbehave(promise)

    leaves_nothing_behind(stranger, try_to_sign_in(stranger), SignInCause.NOT_VERIFIABLE)
    assert Place.TOKEN not in stranger.provider.hostile.calls, "the code was shown to nobody"


def test_an_answer_that_says_whose_it_is_signs_in(stranger: Browse):
    stranger.provider.misbehave(documents.naming(authorization_response_iss_parameter_supported=True))
    start = stranger.get("/login", 303)
    callback = stranger.provider.answer(start.location, "newcomer-company")

    issuer = stranger.provider.issuer
    path = callback.removeprefix(stranger.base_url)
    assert stranger.get(f"{path}&iss={issuer}", 303).location == "/onboarding"
