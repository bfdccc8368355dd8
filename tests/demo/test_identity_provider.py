"""The local provider refuses what Auth0 refuses, over HTTP."""

import base64
import hashlib
import json
import secrets
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.patience import PATIENCE_SECONDS
from tests.provider import CLIENT_ID, CLIENT_SECRET, RunningProvider
from webapp.demo.people import PERSONAS


class Attempt:
    """A relying party of the test's own."""

    def __init__(self, provider: RunningProvider) -> None:
        self.provider = provider
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.query = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "scope": "openid profile email",
            "redirect_uri": f"{provider.app_url}/callback",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "login_hint": "newcomer-company",
        }

    def authorize(self, **changed: str | None) -> requests.Response:
        query = {name: value for name, value in {**self.query, **changed}.items() if value is not None}
        return requests.get(f"{self.provider.issuer}authorize", query, allow_redirects=False, timeout=PATIENCE_SECONDS)

    def code(self) -> str:
        return parse_qs(urlsplit(self.authorize().headers["Location"]).query)["code"][0]

    def exchange(self, code: str, auth: tuple[str, str] | None = (CLIENT_ID, CLIENT_SECRET), **changed: str):
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.query["redirect_uri"],
            "code_verifier": self.verifier,
            **changed,
        }
        return requests.post(f"{self.provider.issuer}oauth/token", form, auth=auth, timeout=PATIENCE_SECONDS)


@pytest.fixture
def attempt(provider: RunningProvider) -> Attempt:
    return Attempt(provider)


def test_a_code_is_exchanged_by_either_way_to_show_the_secret(attempt: Attempt):
    assert "id_token" in attempt.exchange(attempt.code()).json()
    posted = attempt.exchange(attempt.code(), auth=None, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert "id_token" in posted.json()


def test_the_state_comes_back(attempt: Attempt):
    assert parse_qs(urlsplit(attempt.authorize().headers["Location"]).query)["state"] == ["a-state"]


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"redirect_uri": "http://127.0.0.1:1/callback"},
        {"redirect_uri": "http://127.0.0.1:1"},
        {"redirect_uri": None},
    ],
)
def test_a_stranger_is_never_sent_anywhere(attempt: Attempt, changed: dict[str, str | None]):
    answer = attempt.authorize(**changed)
    assert answer.status_code == 403
    assert "Location" not in answer.headers


def test_the_redirect_address_is_compared_letter_for_letter(attempt: Attempt):
    for address in (f"{attempt.query['redirect_uri']}/", f"{attempt.query['redirect_uri']}?a=1"):
        assert attempt.authorize(redirect_uri=address).status_code == 403


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_request_without_its_guards_is_refused(attempt: Attempt, changed: dict[str, str | None], error: str):
    assert parse_qs(urlsplit(attempt.authorize(**changed).headers["Location"]).query)["error"] == [error]


def test_a_code_is_good_once(attempt: Attempt):
    code = attempt.code()
    assert attempt.exchange(code).status_code == 200
    assert attempt.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "x" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://127.0.0.1:1/callback"}]
)
def test_a_code_is_good_for_its_own_attempt_only(attempt: Attempt, changed: dict[str, str]):
    assert attempt.exchange(attempt.code(), **changed).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("auth", [None, (CLIENT_ID, "wrong"), ("another", CLIENT_SECRET)])
def test_the_client_has_to_show_its_secret(attempt: Attempt, auth: tuple[str, str] | None):
    assert attempt.exchange(attempt.code(), auth=auth).status_code == 401


def test_the_page_offers_everybody_and_a_way_out(attempt: Attempt):
    page = attempt.authorize(login_hint=None).text
    for persona in PERSONAS:
        assert persona.name in page
    for button in ("Cancel", "Somebody else"):
        assert button in page


def test_the_personas_cover_what_can_be_said_of_an_address():
    assert {persona.email_verified for persona in PERSONAS} == {True, False, None}
    assert any(persona.email is None for persona in PERSONAS)
    assert len({persona.subject for persona in PERSONAS}) == len(PERSONAS)


@pytest.mark.parametrize(("path", "name"), [("oidc/logout", "post_logout_redirect_uri"), ("v2/logout", "returnTo")])
def test_signing_out_leads_to_allowed_places_only(provider: RunningProvider, path: str, name: str):
    def leads(target: str) -> int:
        query = {name: target, "client_id": CLIENT_ID}
        asked = requests.get(f"{provider.issuer}{path}", query, allow_redirects=False, timeout=PATIENCE_SECONDS)
        return asked.status_code

    assert leads(f"{provider.app_url}/") == 302
    assert leads("http://evil.example/") == 400
    assert leads(f"{provider.app_url}/else") == 400


@pytest.mark.parametrize(
    ("asked", "is_anew"),
    [
        ({}, False),
        ({"max_age": "3600"}, False),
        ({"max_age": "900"}, True),
        ({"max_age": "0"}, True),
        ({"max_age": "soon"}, False),
        ({"prompt": "login"}, True),
        ({"prompt": "consent login"}, True),
    ],
    ids=str,
)
def test_somebody_with_a_session_there_is_asked_anew_when_that_is_wished(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], is_anew: bool
):
    monkeypatch.setattr(attempt.provider.hostile.provider, "session_age", 3600)
    attempt.query.update(asked)

    assert seconds_since_sign_in(attempt) == pytest.approx(0 if is_anew else 3600, abs=10)


def test_it_has_no_session_of_its_own(attempt: Attempt):
    assert seconds_since_sign_in(attempt) == pytest.approx(0, abs=10)


def seconds_since_sign_in(attempt: Attempt) -> float:
    """By `auth_time`, which is always there."""
    payload = attempt.exchange(attempt.code()).json()["id_token"].split(".")[1]
    return time.time() - json.loads(base64.urlsafe_b64decode(payload + "=="))["auth_time"]
