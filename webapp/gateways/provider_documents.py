"""What the provider publishes about itself: where it may be asked, and the keys it signs with.

Kept for a while, checked before it is kept, and still used when the provider cannot be asked again: one bad answer must
not keep anybody out until a restart.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from webapp.config import LOOPBACK_HOSTS
from webapp.gateways.bounded_http import bound, seconds_left

DISCOVERY_SECONDS = 3600.0
KEYS_SECONDS = 600.0
FORCED_FETCH_SECONDS = 30.0  # an unknown key id must not make us ask at every attempt
_REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class UnusableAnswer(Exception):
    """The provider answered, but not with what it should."""


@dataclass(frozen=True)
class Discovery:
    """The part of a discovery document that Foyer uses (OpenID Connect Discovery 1.0, 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    posts_secret: bool


class ProviderDocuments:
    """The documents of one issuer, shared by the threads of a process.

    Raises UnusableAnswer and requests.RequestException when nothing usable was ever fetched, and requests.Timeout when
    another thread waits for the provider for too long. `on_outcome` is told whether the provider could be reached.
    """

    def __init__(self, issuer: str, on_outcome: Callable[[bool], None]) -> None:
        self.issuer = issuer
        self._on_outcome = on_outcome
        self._lock = threading.Lock()
        self._discovery: Discovery | None = None
        self._discovery_fresh_until = 0.0
        self._keys: KeySet | None = None
        self._keys_fresh_until = 0.0
        self._next_forced_fetch = 0.0

    def discovery(self) -> Discovery:
        with self._alone():
            return self._read_discovery()

    def keys(self) -> KeySet:
        with self._alone():
            now = time.monotonic()
            if self._keys is None or now >= self._keys_fresh_until:
                self._refresh_keys()
            assert self._keys is not None
            return self._keys

    def has_new_keys(self) -> bool:
        """Asks for the keys again, at most twice a minute. For a token that none of the known keys has signed."""
        with self._alone():
            if time.monotonic() < self._next_forced_fetch:
                return False
            self._next_forced_fetch = time.monotonic() + FORCED_FETCH_SECONDS
            before = self._keys.as_dict() if self._keys else None
            self._refresh_keys()
            return self._keys is not None and self._keys.as_dict() != before

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread asks; the others wait for what it learns, but no longer than they would for the provider."""
        if not self._lock.acquire(timeout=seconds_left()):
            raise requests.Timeout("another thread is still waiting for the provider")
        try:
            yield
        finally:
            self._lock.release()

    def _read_discovery(self) -> Discovery:
        now = time.monotonic()
        if self._discovery is not None and now < self._discovery_fresh_until:
            return self._discovery
        try:
            self._discovery = checked_discovery(self._fetch(self._discovery_address()), self.issuer)
            self._discovery_fresh_until = now + DISCOVERY_SECONDS
        except (requests.RequestException, UnusableAnswer):
            if self._discovery is None:
                raise
            self._discovery_fresh_until = now + FORCED_FETCH_SECONDS
        return self._discovery

    def _refresh_keys(self) -> None:
        now = time.monotonic()
        try:
            self._keys = checked_keys(self._fetch(self._read_discovery().jwks_uri))
            self._keys_fresh_until = now + KEYS_SECONDS
        except (requests.RequestException, UnusableAnswer):
            if self._keys is None:
                raise
            self._keys_fresh_until = now + FORCED_FETCH_SECONDS

    def _discovery_address(self) -> str:
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def _fetch(self, address: str) -> Any:
        try:
            with requests.Session() as session:
                bound(session)
                response = session.get(address, allow_redirects=False)
        except requests.RequestException:
            self._on_outcome(False)
            raise
        if response.status_code != 200:
            self._on_outcome(False)
            raise UnusableAnswer(f"{response.status_code} from {urlsplit(address).path}")
        self._on_outcome(True)
        try:
            return response.json()
        except (ValueError, RecursionError) as error:  # a hundred thousand brackets are valid and bottomless
            raise UnusableAnswer(f"no JSON from {urlsplit(address).path}") from error


def checked_discovery(document: Any, issuer: str) -> Discovery:
    """The document, if it speaks for this very issuer and names places that are safe to send a secret to.

    Raises UnusableAnswer. The issuer is compared letter for letter (OpenID Connect Discovery 1.0, 4.3).
    """
    if not isinstance(document, Mapping) or document.get("issuer") != issuer:
        raise UnusableAnswer("the discovery document is for another issuer")
    if any(not _is_safe(document.get(name)) for name in _REQUIRED):
        raise UnusableAnswer("the discovery document names an endpoint that is missing or not https")
    methods = document.get("token_endpoint_auth_methods_supported")
    end_session = document.get("end_session_endpoint")
    return Discovery(
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        end_session_endpoint=end_session if _is_safe(end_session) else None,
        posts_secret=isinstance(methods, list) and "client_secret_post" in methods,
    )


def checked_keys(document: Any) -> KeySet:
    """The RSA signing keys of a key set. Raises UnusableAnswer when there is none."""
    keys = document.get("keys") if isinstance(document, Mapping) else None
    usable = [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, Mapping) and key.get("kty") == "RSA" and key.get("use", "sig") == "sig"
    ]
    try:
        if usable:
            return KeySet.import_key_set({"keys": usable})  # type: ignore[typeddict-item]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise UnusableAnswer("the key set cannot be read") from error
    raise UnusableAnswer("the key set has no RSA signing key")


def _is_safe(address: object) -> bool:
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
    )
