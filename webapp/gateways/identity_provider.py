"""Signing in at an OpenID provider: authorisation code flow with PKCE, state and nonce, and signing out again.

The only file that imports Authlib. Its Flask client is not used: it keeps the state in the cookie session, where
abandoned attempts pile up and two tabs overwrite each other, and leaves out checks that Foyer needs
(`docs/decisions/0003-signing-in.md`).
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, current_app
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from webapp.config import Settings
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.domain.sign_in_attempt import AGAIN, SignInAttempt
from webapp.gateways.bounded_http import bound, one_deadline
from webapp.gateways.id_token import read_id_token
from webapp.gateways.provider_documents import Discovery, ProviderDocuments, UnusableAnswer

SCOPE = "openid profile email"
AWAY_SECONDS = 60.0
"""How long the landing page says that sign-in is not working after the provider was last found away."""

# What Auth0 and the local provider say when a person presses Cancel; any other reason is somebody's rule.
_CANCELLED = frozenset({"", "user did not authorize the request", "user cancelled"})
_PROVIDER_TROUBLE = frozenset({"server_error", "temporarily_unavailable"})
_CODE_IS_SPENT = frozenset({"invalid_grant"})
_EXTENSION = "foyer_identity_provider"


@dataclass(frozen=True)
class Beginning:
    """Where to send the browser, and what to remember until it comes back."""

    location: str
    attempt: SignInAttempt


def init_identity_provider(app: Flask) -> None:
    """Gives the application a provider of its own; nothing is asked of it until somebody signs in."""
    app.extensions[_EXTENSION] = IdentityProvider(app.config["SETTINGS"])


def begin(
    *, door: str | None = None, next_path: str | None = None, login_hint: str | None = None, is_again: bool = False
) -> Beginning:
    """Starts a sign-in; `is_again` says that it takes the place of one that was lost.

    Raises SignInRefused when the provider cannot be reached.
    """
    with one_deadline():
        return _provider().begin(door, next_path, login_hint, is_again=is_again)


def complete(attempt: SignInAttempt, answer: Mapping[str, str]) -> IdentityClaims:
    """Finishes the sign-in that this attempt began, from the query of the callback. Raises SignInRefused."""
    with one_deadline():
        return _provider().complete(attempt, answer)


def sign_out_address() -> str | None:
    """Where the provider's own session is ended, None when it offers no such place or cannot say."""
    with one_deadline():
        return _provider().sign_out_address()


def is_known_to_be_away() -> bool:
    """Whether the provider was found away within the last minute. Asks nobody."""
    return _provider().is_known_to_be_away()


def _provider() -> "IdentityProvider":
    provider: IdentityProvider = current_app.extensions[_EXTENSION]
    return provider


class IdentityProvider:
    """One provider as one application sees it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redirect_uri = f"{settings.base_url}/callback"  # never from the Host header, which anybody can write
        self.home = f"{settings.base_url}/"
        self.documents = ProviderDocuments(settings.oidc_issuer, self._note_outcome)
        self._away_until = 0.0

    def begin(
        self, door: str | None, next_path: str | None, login_hint: str | None, *, is_again: bool = False
    ) -> Beginning:
        attempt = SignInAttempt(
            state=secrets.token_urlsafe(32) + (AGAIN if is_again else ""),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            door=door,
            next_path=next_path,
        )
        try:
            discovery = self.documents.discovery()
        except (requests.RequestException, UnusableAnswer) as error:
            raise SignInRefused(SignInCause.PROVIDER_UNAVAILABLE, _describe(error)) from error
        hint = {"login_hint": login_hint} if login_hint else {}
        with self._client(discovery) as client:
            location, _ = client.create_authorization_url(
                discovery.authorization_endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.code_verifier,
                **hint,
            )
        return Beginning(location, attempt)

    def complete(self, attempt: SignInAttempt, answer: Mapping[str, str]) -> IdentityClaims:
        if answer.get("iss", self.settings.oidc_issuer) != self.settings.oidc_issuer:  # RFC 9207
            raise SignInRefused(SignInCause.NOT_VERIFIABLE, "answer of another issuer")
        if "error" in answer:
            raise SignInRefused(_cause_of(answer), f"error {answer['error'][:40]}")
        if not answer.get("code"):
            raise SignInRefused(SignInCause.MALFORMED, "neither code nor error")
        try:
            tokens = self._exchange(answer["code"], attempt.code_verifier)
            return self._read(tokens.get("id_token"), attempt.nonce)
        except AuthlibBaseError as error:
            raise SignInRefused(_cause_of_refused_exchange(error.error), f"exchange: {error.error}") from error
        except requests.JSONDecodeError as error:
            raise SignInRefused(SignInCause.NOT_VERIFIABLE, _describe(error)) from error
        except requests.RequestException as error:
            self._note_outcome(False)
            raise SignInRefused(SignInCause.PROVIDER_UNAVAILABLE, _describe(error)) from error
        except (JoseError, UnusableAnswer, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            # Whatever a hostile or broken answer can make Authlib and joserfc raise, and nothing of ours: these lines
            # only exchange a code and read a token. Each of these was seen.
            raise SignInRefused(SignInCause.NOT_VERIFIABLE, _describe(error)) from error

    def sign_out_address(self) -> str | None:
        try:
            endpoint = self.documents.discovery().end_session_endpoint
        except (requests.RequestException, UnusableAnswer):
            endpoint = None
        client = {"client_id": self.settings.oidc_client_id}
        if endpoint:  # without id_token_hint, which would put a token into addresses and logs
            separator = "&" if "?" in endpoint else "?"
            return f"{endpoint}{separator}{urlencode({**client, 'post_logout_redirect_uri': self.home})}"
        if self.settings.auth0_domain:
            return f"{self.settings.oidc_issuer}v2/logout?{urlencode({**client, 'returnTo': self.home})}"
        return None

    def is_known_to_be_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _exchange(self, code: str, code_verifier: str) -> dict[str, Any]:
        discovery = self.documents.discovery()
        with self._client(discovery) as client:
            tokens: dict[str, Any] = client.fetch_token(
                discovery.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
                allow_redirects=False,  # a 307 would carry the code and our secret to another origin
            )
        self._note_outcome(True)
        return tokens

    def _read(self, id_token: object, nonce: str) -> IdentityClaims:
        try:
            return self._read_with(self.documents.keys(), id_token, nonce)
        except (JoseError, ValueError):
            # The provider may have changed its keys since we last looked.
            if not self.documents.has_new_keys():
                raise
            return self._read_with(self.documents.keys(), id_token, nonce)

    def _read_with(self, keys: KeySet, id_token: object, nonce: str) -> IdentityClaims:
        return read_id_token(
            id_token, keys, issuer=self.settings.oidc_issuer, client_id=self.settings.oidc_client_id, nonce=nonce
        )

    def _client(self, discovery: Discovery) -> Any:
        client = OAuth2Session(
            self.settings.oidc_client_id,
            self.settings.oidc_client_secret,
            scope=SCOPE,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            # Auth0's own default is to post the secret; everybody else's is the Authorization header.
            token_endpoint_auth_method="client_secret_post" if discovery.posts_secret else "client_secret_basic",
        )
        bound(client)
        return client

    def _note_outcome(self, was_reached: bool) -> None:
        self._away_until = 0.0 if was_reached else time.monotonic() + AWAY_SECONDS


def _cause_of(answer: Mapping[str, str]) -> SignInCause:
    """Why the provider sent somebody back without a code. Its description is compared, never shown."""
    error = answer["error"]
    if error == "access_denied" and answer.get("error_description", "").strip(" .").lower() in _CANCELLED:
        return SignInCause.CANCELLED
    if error in ("access_denied", "unauthorized"):
        return SignInCause.DENIED
    return SignInCause.PROVIDER_UNAVAILABLE if error in _PROVIDER_TROUBLE else SignInCause.NOT_VERIFIABLE


def _cause_of_refused_exchange(error: str) -> SignInCause:
    """A spent code is routine: Back, a reload, or a second tab. Anything else is our own client id or secret."""
    return SignInCause.LOST_ATTEMPT if error in _CODE_IS_SPENT else SignInCause.OUR_FAULT


def _describe(error: Exception) -> str:
    """For the log: the kind of failure, and its text only where the text is ours."""
    return str(error) if isinstance(error, UnusableAnswer) else type(error).__name__
