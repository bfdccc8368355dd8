"""The local provider with somebody in between who spoils its answers."""

import base64
import contextlib
import enum
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from tests.hostile.line import Line
from webapp.demo.identity_provider import Provider

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WORDS = "Pwned by <script>alert('evil.example')</script>"
"""What a hostile provider would like to see on one of our pages."""

EVIL_WORDS = ("Pwned", "alert(", "evil.example")
"""What must be looked for there."""

UNTIL_IT_BEHAVES = 1_000


class Place(enum.StrEnum):
    """Where a relying party calls."""

    DISCOVERY = "/.well-known/openid-configuration"
    KEYS = "/.well-known/jwks.json"
    TOKEN = "/oauth/token"  # a path
    TRAP = "/trap"  # where redirects lead to that nobody should follow


@dataclass(frozen=True)
class Honest:
    """What the provider would have answered."""

    document: dict[str, Any]
    provider: Provider
    first_id_token: str | None = None
    """Of the first sign-in since the provider last behaved."""

    @property
    def key(self) -> RSAKey:
        return self.provider.signer.key

    @property
    def claims(self) -> dict[str, Any]:
        """What the honest ID token says."""
        payload = self.document["id_token"].split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return claims

    def with_id_token(self, token: object) -> dict[str, Any]:
        return {**self.document, "id_token": token}

    def with_claims(
        self, claims: dict[str, Any] | bytes, key: RSAPrivateKey | None = None, **header: Any
    ) -> dict[str, Any]:
        """The answer with an ID token of these claims, signed by the provider's own key unless another is given."""
        signing = key or self.key.private_key
        assert signing is not None
        whole = {"alg": "RS256", "kid": self.key.kid, "typ": "JWT", **header}
        signed = f"{encoded(whole)}.{encoded(claims)}"
        signature = signing.sign(signed.encode(), PKCS1v15(), SHA256())
        return self.with_id_token(f"{signed}.{encoded(signature)}")


def encoded(part: bytes | dict[str, Any]) -> str:
    """A part of a token, as JSON unless it is bytes."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


Spoilt = Response | Line | dict[str, Any] | list[Any] | str | bytes | int | None
"""What comes back instead. Bytes are a body as it stands, everything else that is no answer yet becomes JSON."""


@dataclass(frozen=True)
class Fault:
    """A way to misbehave, in one of the provider's places."""

    place: Place
    spoil: Callable[[Honest], Spoilt]


class HostileProvider:
    """A WSGI application around the provider's. Faults are ordered by the tests of the same process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.provider: Provider = app.extensions["provider"]
        self.calls: list[str] = []
        """The paths that were asked for, in order."""
        self._ordered: dict[Place, tuple[Fault, int]] = {}
        self._first_key = self.provider.signer.key
        self._first_id_token: str | None = None
        self._is_over = threading.Event()

    def order(self, fault: Fault, times: int = UNTIL_IT_BEHAVES) -> None:
        """Orders a fault for so many calls of its place. What comes after them is honest."""
        self._is_over.clear()
        self._ordered[fault.place] = (fault, times)

    def behave(self) -> None:
        """Ends every fault, those included that are hanging at this moment, and signs with its first key again."""
        self._ordered.clear()
        self._is_over.set()
        self.provider.signer.key = self._first_key
        self._first_id_token = None
        self.calls.clear()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.calls.append(environ["PATH_INFO"])
        try:
            place = Place(environ["PATH_INFO"])
        except ValueError:
            return self.app(environ, start_response)
        fault = self._due(place)
        if fault is None and place is not Place.TOKEN:
            return self.app(environ, start_response)
        answer = self._honest_answer(environ)
        spoilt = fault.spoil(self._honest(answer)) if fault else answer
        if isinstance(spoilt, Line):
            spoilt.speak(environ["werkzeug.socket"], self._is_over)
            spoilt = Response(status=500)  # to a connection that is closed by now
        return _response(spoilt)(environ, start_response)

    def _due(self, place: Place) -> Fault | None:
        fault, times = self._ordered.get(place, (None, 0))
        if fault is None or times < 1:
            return None
        self._ordered[place] = (fault, times - 1)
        return fault

    def _honest_answer(self, environ: "WSGIEnvironment") -> Response:
        body, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        answer = Response(b"".join(body), status, headers)
        if self._first_id_token is None and answer.status_code == 200:
            self._first_id_token = (answer.get_json(silent=True) or {}).get("id_token")
        return answer

    def _honest(self, answer: Response) -> Honest:
        document: dict[str, Any] = {}
        with contextlib.suppress(ValueError):
            document = json.loads(answer.get_data())
        return Honest(document, self.provider, self._first_id_token)


def _response(spoilt: Spoilt) -> Response:
    if isinstance(spoilt, Response):
        return spoilt
    body = spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt)
    return Response(body, mimetype="application/json")
