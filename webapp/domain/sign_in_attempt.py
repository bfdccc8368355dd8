"""One visit to the identity provider, from "Sign in" to the callback."""

from dataclasses import dataclass

AGAIN = ".again"
"""What the state of an attempt ends in that was begun because another was lost. The provider hands it back even where
the browser keeps no cookies. No other state ends so: a dot is not among the letters of `secrets.token_urlsafe`."""


FRESH_SECONDS = 900
"""How long ago somebody may have proved who they are for what is hard to undo (`max_age` of OpenID Connect Core)."""


@dataclass(frozen=True)
class SignInAttempt:
    """What ties a callback to the browser and the request that started it (RFC 9700, 2.1.1 and 4.7).

    `door` is the label of the industry somebody came in by, `next_path` the page they wanted; both were checked.
    `max_age` is set where the provider was asked to see the person prove who they are again, however it knows them.
    """

    state: str
    nonce: str
    code_verifier: str
    door: str | None = None
    next_path: str | None = None
    max_age: int | None = None


def is_of_second_attempt(state: str) -> bool:
    """Whether the attempt that carried this state was itself a second one, so that losing it has to be told."""
    return state.endswith(AGAIN)
