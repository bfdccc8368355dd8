"""Signing in at an OpenID provider: authorisation code flow with PKCE, state and nonce, and signing out again.

The only file that imports Authlib. Its Flask client is not used: it keeps the state in the cookie session, where
abandoned attempts pile up and two tabs overwrite each other, and leaves out checks that Foyer needs
(`docs/decisions/0003-signing-in.md`).
"""

import contextlib
import functools
import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, current_app
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet
from requests.exceptions import ContentDecodingError

from webapp import database_deadline
from webapp.config import Settings
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.domain.sign_in_attempt import AGAIN, SignInAttempt
from webapp.gateways.bounded_http import TooLarge, bound, one_deadline
from webapp.gateways.discovery import Discovery, checked_discovery
from webapp.gateways.id_token import check_age, read_id_token
from webapp.gateways.provider_answers import BROKEN, ProviderAway, UnusableAnswer
from webapp.gateways.provider_documents import FAILURES, ProviderDocuments, ProviderLook
from webapp.gateways.token_answer import PROVIDER_TROUBLE, ExchangeRefused, checked_token_answer, known_code

log = logging.getLogger(__name__)

SCOPE = "openid profile email"
AWAY_SECONDS = 60.0
"""How long the landing page says that sign-in is not working after the provider was last found away."""

# What Auth0 and the local provider say when a person presses Cancel; any other reason is somebody's rule.
_CANCELLED = frozenset({"", "user did not authorize the request", "user cancelled"})
_EXTENSION = "foyer_identity_provider"


@dataclass(frozen=True)
class Beginning:
    """Where to send the browser, and what to remember until it comes back."""

    location: str
    attempt: SignInAttempt


def init_identity_provider(app: Flask) -> None:
    """Gives the application a provider of its own; nothing is asked of it until somebody signs in."""
    app.extensions[_EXTENSION] = IdentityProvider(app.config["SETTINGS"])


def warm_up(app: Flask) -> None:
    """Asks the provider for its documents beside everything else, so that people can sign in at a worker that was
    started before a part of the provider failed. One that is away is met again when somebody signs in."""
    provider: IdentityProvider = app.extensions[_EXTENSION]
    threading.Thread(target=provider.warm_up, daemon=True, name="provider-warm-up").start()


def begin(
    *,
    door: str | None = None,
    next_path: str | None = None,
    login_hint: str | None = None,
    is_again: bool = False,
    max_age: int | None = None,
) -> Beginning:
    """Starts a sign-in; `is_again` says that it takes the place of one that was lost. With `max_age` the person has to
    prove who they are anew, and no answer counts in which they did so longer ago than as many seconds.

    Raises SignInRefused when the provider cannot be reached, or says of itself what does not check out.
    """
    with _waiting():
        return _provider().begin(door, next_path, login_hint, is_again=is_again, max_age=max_age)


def complete(attempt: SignInAttempt, answer: Mapping[str, str]) -> IdentityClaims:
    """Finishes the sign-in that this attempt began, from the query of the callback. Raises SignInRefused."""
    with _waiting():
        return _provider().complete(attempt, answer)


def sign_out_address() -> str | None:
    """Where the provider's own session is ended, None when it offers no such place or cannot say."""
    with _waiting():
        return _provider().sign_out_address()


def is_known_to_be_away() -> bool:
    """Whether the provider was found away within the last minute. Asks nobody."""
    return _provider().is_known_to_be_away()


def look(seconds: float) -> ProviderLook:
    """Asks the provider for its documents at this moment. Raises SignInRefused, for what a sign-in would meet."""
    try:
        return _provider().documents.look(seconds)
    except FAILURES as error:
        raise SignInRefused(_cause_of_failure(error), _describe(error)) from error


@contextlib.contextmanager
def _waiting() -> Iterator[None]:
    """One budget for all calls of a request, and time left in the database for what comes of them."""
    with one_deadline(), database_deadline.waiting_for_others():
        yield


def _provider() -> "IdentityProvider":
    provider: IdentityProvider = current_app.extensions[_EXTENSION]
    return provider


class IdentityProvider:
    """One provider as one application sees it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redirect_uri = f"{settings.base_url}/callback"  # never from the Host header, which anybody can write
        self.home = f"{settings.base_url}/"
        check = functools.partial(
            checked_discovery,
            issuer=settings.oidc_issuer,
            own_host_only=settings.auth0_domain is not None,
            allows_loopback=settings.has_local_provider,
        )
        self.documents = ProviderDocuments(settings.oidc_issuer, check, self._note_outcome)
        self._away_until = 0.0

    def begin(
        self,
        door: str | None,
        next_path: str | None,
        login_hint: str | None,
        *,
        is_again: bool = False,
        max_age: int | None = None,
    ) -> Beginning:
        attempt = SignInAttempt(
            state=secrets.token_urlsafe(32) + (AGAIN if is_again else ""),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            door=door,
            next_path=next_path,
            max_age=max_age,
        )
        wishes: dict[str, object] = {"login_hint": login_hint} if login_hint else {}
        if max_age is not None:
            wishes |= {"max_age": max_age, "prompt": "login"}
        try:
            discovery = self.documents.discovery()
            with self._client(discovery) as client:
                location, _ = client.create_authorization_url(
                    discovery.authorization_endpoint,
                    state=attempt.state,
                    nonce=attempt.nonce,
                    code_verifier=attempt.code_verifier,
                    **wishes,
                )
        except (*FAILURES, *BROKEN) as error:
            raise SignInRefused(_cause_of_failure(error), _describe(error)) from error
        return Beginning(location, attempt)

    def complete(self, attempt: SignInAttempt, answer: Mapping[str, str]) -> IdentityClaims:
        if answer.get("iss", self.settings.oidc_issuer) != self.settings.oidc_issuer:  # RFC 9207
            raise SignInRefused(SignInCause.NOT_VERIFIABLE, "answer of another issuer")
        if "error" in answer:
            raise SignInRefused(_cause_of(answer), f"error {known_code(answer['error'])}")
        if not answer.get("code"):
            raise SignInRefused(SignInCause.MALFORMED, "neither code nor error")
        try:
            discovery = self.documents.discovery()
            if discovery.names_issuer and "iss" not in answer:  # before the code is shown to anybody
                raise UnusableAnswer("the answer does not say whose it is")
            tokens = self._exchange(discovery, answer["code"], attempt.code_verifier)
            claims = self._read(tokens, attempt.nonce)
            check_age(claims, attempt.max_age)
            return claims
        except ExchangeRefused as refused:
            raise SignInRefused(refused.sign_in_cause, f"exchange: {refused.code}") from refused
        except (AuthlibBaseError, *FAILURES, *BROKEN) as error:
            # Nothing of ours: these lines only exchange a code and read a token.
            self.documents.doubt_discovery()
            cause = _cause_of_failure(error)
            if cause is SignInCause.PROVIDER_UNAVAILABLE:
                self._note_outcome(False)
            raise SignInRefused(cause, _describe(error)) from error

    def warm_up(self) -> None:
        try:
            self.documents.keys()
        except FAILURES as error:
            log.warning("provider not reached at start", extra={"kind": type(error).__name__})

    def sign_out_address(self) -> str | None:
        try:
            endpoint = self.documents.discovery().end_session_endpoint
        except FAILURES:
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

    def _exchange(self, discovery: Discovery, code: str, code_verifier: str) -> Mapping[str, object]:
        with self._client(discovery) as client:
            client.register_compliance_hook("access_token_response", checked_token_answer)
            tokens: Mapping[str, object] = client.fetch_token(
                discovery.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
                allow_redirects=False,  # a 307 would carry the code and our secret to another origin
            )
        self._note_outcome(True)
        return tokens

    def _read(self, tokens: Mapping[str, object], nonce: str) -> IdentityClaims:
        came_at = time.monotonic()
        keys = self.documents.keys()
        try:
            return self._read_with(keys, tokens, nonce)
        except (InvalidKeyIdError, BadSignatureError):
            # The provider may have changed its keys since we last looked.
            if not self.documents.has_new_keys(keys, came_at):
                raise
            return self._read_with(self.documents.keys(), tokens, nonce)

    def _read_with(self, keys: KeySet, tokens: Mapping[str, object], nonce: str) -> IdentityClaims:
        return read_id_token(
            tokens,
            keys,
            issuer=self.settings.oidc_issuer,
            client_id=self.settings.oidc_client_id,
            nonce=nonce,
            admin_claim=self.settings.platform_admin_claim,
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
    return SignInCause.PROVIDER_UNAVAILABLE if error in PROVIDER_TROUBLE else SignInCause.NOT_VERIFIABLE


def _cause_of_failure(error: Exception) -> SignInCause:
    """Whether the provider did not answer, or not with what can be checked."""
    is_away = isinstance(error, (requests.RequestException, ProviderAway))
    is_rubbish = isinstance(error, (TooLarge, ContentDecodingError))
    return SignInCause.PROVIDER_UNAVAILABLE if is_away and not is_rubbish else SignInCause.NOT_VERIFIABLE


def _describe(error: Exception) -> str:
    """For the log: the kind of failure, and its text only where the text is ours."""
    return str(error) if isinstance(error, (UnusableAnswer, ProviderAway)) else type(error).__name__
