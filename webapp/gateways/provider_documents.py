"""What the provider publishes about itself: where it may be asked, and the keys it signs with.

Kept for a while, checked before it is kept, and still used when the provider cannot be asked again: one bad answer must
not keep anybody out until a restart.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import requests
from joserfc.jwk import KeySet

from webapp.gateways.bounded_http import bound, one_deadline, seconds_left
from webapp.gateways.discovery import Discovery
from webapp.gateways.provider_answers import BROKEN, ProviderAway, UnusableAnswer, read_json
from webapp.gateways.signing_keys import checked_keys

log = logging.getLogger(__name__)

DISCOVERY_SECONDS = 3600.0
KEYS_SECONDS = 600.0
AGAIN_SECONDS = 30.0
"""How long what is known goes on being used before the provider is asked again after it failed, and how long an unknown
key id cannot make us ask: neither may become a call at every attempt."""
REFRESH_SECONDS = 3.0
"""How long a sign-in waits for a document that is already known, so that time is left for the sign-in itself."""

FAILURES: tuple[type[Exception], ...] = (requests.RequestException, ProviderAway, UnusableAnswer)
"""Everything that fetching a document raises."""

Document = TypeVar("Document")


class Kept(Generic[Document]):
    """One document, shared by the threads of a process. `fetch` gives a checked one or raises one of FAILURES."""

    def __init__(self, fetch: Callable[[], Document], name: str, seconds: float) -> None:
        self._fetch = fetch
        self._name = name
        self._seconds = seconds
        self._lock = threading.Lock()
        self._known: Document | None = None
        self._fetched_at = 0.0
        self._fresh_until = 0.0
        self._next_asked_for = 0.0

    def get(self) -> Document:
        """The document. Raises one of FAILURES when it was never fetched, and requests.Timeout when another thread
        waits for it for too long."""
        known = self._known
        if known is not None and time.monotonic() < self._fresh_until:
            return known
        # While one thread asks again, what is known serves the others.
        with self._alone(0.0 if known is not None else seconds_left()) as is_ours:
            if is_ours and time.monotonic() >= self._fresh_until:
                self._refresh()
            if self._known is None:
                raise requests.Timeout("another thread is still waiting for the provider")
            return self._known

    def has_changed_since(self, failed: Document, moment: float) -> bool:
        """Whether there is another document than this one, which did not serve. Asks for it, but rarely, and not where
        it was fetched after this moment anyway."""
        with self._alone(seconds_left()) as is_ours:
            if is_ours and self._known is failed and self._fetched_at < moment and self._is_time_to_ask():
                self._refresh()
            return self._known is not None and self._known != failed

    def doubt(self) -> None:
        """It led to nothing, so whoever needs it next fetches it again: this, too, rarely."""
        if self._is_time_to_ask():
            self._fresh_until = 0.0

    def age(self) -> float | None:
        """How many seconds ago it was fetched, None if it never was."""
        return None if self._known is None else time.monotonic() - self._fetched_at

    def _is_time_to_ask(self) -> bool:
        now = time.monotonic()
        if now < self._next_asked_for:
            return False
        self._next_asked_for = now + AGAIN_SECONDS
        return True

    @contextlib.contextmanager
    def _alone(self, seconds: float) -> Iterator[bool]:
        """Whether this thread is the one that may ask, which it waits for this long to become."""
        is_ours = self._lock.acquire(timeout=seconds)
        try:
            yield is_ours
        finally:
            if is_ours:
                self._lock.release()

    def _refresh(self) -> None:
        try:
            with one_deadline(None if self._known is None else REFRESH_SECONDS):
                self._known = self._fetch()
            self._fetched_at = time.monotonic()
            self._fresh_until = self._fetched_at + self._seconds
        except FAILURES as error:
            if self._known is None:
                raise
            self._fresh_until = time.monotonic() + AGAIN_SECONDS
            log.warning("provider document not renewed", extra={"document": self._name, "kind": type(error).__name__})


@dataclass(frozen=True)
class ProviderLook:
    """What the provider published when it was asked a moment ago, and how old what this process goes by is: None where
    it has not needed it yet."""

    seconds: float
    keys: int
    age_of_keys: float | None


class ProviderDocuments:
    """The documents of one issuer. `check` holds a discovery document against our rules; `on_outcome` is told whether
    the provider could be reached and answered as it should."""

    def __init__(self, issuer: str, check: Callable[[Any], Discovery], on_outcome: Callable[[bool], None]) -> None:
        self._address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        self._on_outcome = on_outcome
        self._check = check
        self._discovery = Kept(self._fetch_discovery, "discovery", DISCOVERY_SECONDS)
        self._keys = Kept(self._fetch_keys, "keys", KEYS_SECONDS)

    def discovery(self) -> Discovery:
        return self._discovery.get()

    def keys(self) -> KeySet:
        return self._keys.get()

    def has_new_keys(self, failed: KeySet, moment: float) -> bool:
        """Whether there are other keys than these, of which none has signed a token that came at this moment."""
        return self._keys.has_changed_since(failed, moment)

    def doubt_discovery(self) -> None:
        """The places it names led to nothing; they may have moved, or the document may be a false one."""
        self._discovery.doubt()

    def look(self, seconds: float) -> ProviderLook:
        """Asks the provider anew, whatever is known, and keeps nothing of it. Raises one of FAILURES."""
        began = time.monotonic()
        with one_deadline(seconds):
            discovery = self._fetch_discovery()
            keys = self._fetch("the key set", discovery.jwks_uri, checked_keys)
        return ProviderLook(time.monotonic() - began, len(keys.keys), self._keys.age())

    def _fetch_discovery(self) -> Discovery:
        return self._fetch("the discovery document", self._address, self._check)

    def _fetch_keys(self) -> KeySet:
        return self._fetch("the key set", self.discovery().jwks_uri, checked_keys)

    def _fetch(self, name: str, address: str, check: Callable[[Any], Document]) -> Document:
        try:
            document = check(_fetch_json(name, address))
        except FAILURES:
            self._on_outcome(False)
            raise
        except BROKEN as error:
            self._on_outcome(False)
            raise UnusableAnswer(f"{name} cannot be read") from error
        self._on_outcome(True)
        return document


def _fetch_json(name: str, address: str) -> Any:
    with requests.Session() as session:
        bound(session)
        response = session.get(address, allow_redirects=False)
    if response.status_code >= 400:
        raise ProviderAway(f"{response.status_code} for {name}")
    if response.status_code != 200:  # also a redirect: what it leads to would not be what the issuer published
        raise UnusableAnswer(f"{response.status_code} for {name}")
    return read_json(response.content, name)
