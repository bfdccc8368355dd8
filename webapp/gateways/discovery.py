"""The discovery document: held against the issuer it should speak for, before anything is sent to where it points."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from webapp.config import LOOPBACK_HOSTS
from webapp.gateways.provider_answers import UnusableAnswer

_REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ADDRESS = re.compile(r"https?://[\x21\x24-\x3b\x3d\x3f-\x5b\x5d-\x7e]{1,2000}")
r"""Printable ASCII without a space, a double quotation mark, #, <, > and \."""
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")


@dataclass(frozen=True)
class Discovery:
    """The part of a discovery document that Foyer uses (OpenID Connect Discovery 1.0, 3).

    `names_issuer` says that every answer at the callback carries `iss` (RFC 9207, 3).
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    posts_secret: bool
    names_issuer: bool


def checked_discovery(
    document: Any, issuer: str, *, own_host_only: bool = False, allows_loopback: bool = False
) -> Discovery:
    """The document, if it speaks for this very issuer and names places that are safe to send a secret to.

    `own_host_only`: no other host than the issuer's, as for an Auth0 tenant. `allows_loopback`: plain http on this
    machine, for a provider that runs here. Raises UnusableAnswer. The issuer is compared letter for letter (OpenID
    Connect Discovery 1.0, 4.3).
    """
    if not isinstance(document, Mapping) or document.get("issuer") != issuer:
        raise UnusableAnswer("the discovery document is for another issuer")
    own_place = _place(urlsplit(issuer)) if own_host_only else None

    def is_safe(address: object) -> bool:
        parts = _parts(address)
        if parts is None or own_place not in (None, _place(parts)):
            return False
        return parts.scheme == "https" or (allows_loopback and parts.hostname in LOOPBACK_HOSTS)

    if not all(is_safe(document.get(name)) for name in _REQUIRED):
        raise UnusableAnswer("the discovery document names an endpoint that is missing or not safe")
    methods = document.get("token_endpoint_auth_methods_supported")
    end_session = document.get("end_session_endpoint")
    return Discovery(
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        end_session_endpoint=end_session if is_safe(end_session) else None,
        posts_secret=isinstance(methods, list) and "client_secret_post" in methods,
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _parts(address: object) -> SplitResult | None:
    """The parts of what every reader takes for the same address, None for anything else."""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        has_odd_port = parts.port == 0
    except ValueError:  # an open bracket, or a port beyond 65,535
        return None
    # Somebody's name before an @ is there to be taken for the host.
    if has_odd_port or "@" in parts.netloc or not _HOST.fullmatch(parts.hostname or ""):
        return None
    return parts


def _place(parts: SplitResult) -> tuple[str | None, int]:
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
