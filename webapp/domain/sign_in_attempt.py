"""One visit to the identity provider, from "Sign in" to the callback."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SignInAttempt:
    """What ties a callback to the browser and the request that started it (RFC 9700, 2.1.1 and 4.7).

    `door` is the label of the industry somebody came in by, `next_path` the page they wanted; both were checked.
    """

    state: str
    nonce: str
    code_verifier: str
    door: str | None = None
    next_path: str | None = None
