"""Token answers of a hostile provider, from /login to the page that tells, and the honest sign-in after each."""

import pytest
from flask import Flask

from tests.factories import count_rows
from tests.hostile import documents, tokens
from tests.hostile.trial import is_refused_and_forgiven, leaves_nothing_behind, try_to_sign_in
from tests.pages import Browse
from webapp.domain.errors import SignInCause
from webapp.models import LoginSession, User


@pytest.mark.parametrize("name", [*tokens.BELIEVED_BY_NOBODY])
def test_an_id_token_that_is_wrong_in_one_way_is_refused(stranger: Browse, name: str):
    is_refused_and_forgiven(stranger, tokens.BELIEVED_BY_NOBODY[name], SignInCause.NOT_VERIFIABLE)


@pytest.mark.parametrize("name", [*tokens.NO_ANSWER])
def test_an_answer_that_is_none_is_refused(stranger: Browse, name: str):
    is_refused_and_forgiven(stranger, tokens.NO_ANSWER[name], SignInCause.NOT_VERIFIABLE)


@pytest.mark.parametrize("name", [*tokens.SIGNED_IN_ALL_THE_SAME])
def test_an_answer_that_is_odd_and_harmless_signs_in(stranger: Browse, name: str):
    stranger.provider.misbehave(tokens.SIGNED_IN_ALL_THE_SAME[name])

    assert stranger.follow(try_to_sign_in(stranger)).text("h1") == "Set up your organisation"


@pytest.mark.parametrize(
    ("error", "status", "cause"),
    [
        ("invalid_client", 401, SignInCause.OUR_FAULT),
        ("access_denied", 401, SignInCause.OUR_FAULT),
        ("unauthorized_client", 403, SignInCause.OUR_FAULT),
        ("temporarily_unavailable", 400, SignInCause.PROVIDER_UNAVAILABLE),
        ("access_denied", 429, SignInCause.PROVIDER_UNAVAILABLE),
        ("too_many_requests", 429, SignInCause.PROVIDER_UNAVAILABLE),
        ("invalid_grant", 503, SignInCause.PROVIDER_UNAVAILABLE),
        ("insufficient_evil", 400, SignInCause.NOT_VERIFIABLE),
    ],
)
def test_a_token_endpoint_that_says_no_is_told_by_what_it_means(
    stranger: Browse, error: str, status: int, cause: SignInCause
):
    is_refused_and_forgiven(stranger, tokens.refusal(error, status), cause)


def test_a_token_of_an_earlier_sign_in_is_refused(stranger: Browse, app: Flask):
    in_another_browser = Browse(app, stranger.provider)
    in_another_browser.sign_in("odeon-owner")

    stranger.provider.misbehave(tokens.REPLAYED)
    stranger.is_refused(try_to_sign_in(stranger), SignInCause.NOT_VERIFIABLE)

    assert (count_rows(app, User), count_rows(app, LoginSession)) == (1, 1)
    stranger.provider.behave()
    assert try_to_sign_in(stranger).location == "/onboarding"


def test_a_shared_secret_among_the_keys_signs_nothing(stranger: Browse):
    stranger.provider.misbehave(documents.HARMLESS_KEYS["rubbish beside the key"])

    is_refused_and_forgiven(stranger, tokens.HS256_WITH_THE_KEY_IN_THE_SET, SignInCause.NOT_VERIFIABLE)


def test_a_code_that_is_always_spent_begins_again_once(stranger: Browse):
    stranger.provider.misbehave(tokens.refusal("invalid_grant"))
    again = try_to_sign_in(stranger)
    assert again.location == "/login?again=1"

    told = stranger.is_refused(stranger.sign_in("newcomer-company", at=again.location), SignInCause.LOST_ATTEMPT)
    assert "Pwned" not in told.html
    stranger.provider.behave()
    assert try_to_sign_in(stranger).location == "/onboarding"


def test_the_code_and_the_secret_are_shown_once_and_only_to_the_token_endpoint(stranger: Browse):
    stranger.provider.misbehave(tokens.page(503))
    leaves_nothing_behind(stranger, try_to_sign_in(stranger), SignInCause.PROVIDER_UNAVAILABLE)

    assert stranger.provider.hostile.calls.count("/oauth/token") == 1, "a code is good once, so asking again is useless"
