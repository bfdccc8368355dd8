"""The token endpoint's answer, held against our rules before Authlib reads it."""

import json
import re
from collections.abc import Mapping

import requests

from webapp.domain.errors import SignInCause
from webapp.gateways.provider_answers import ProviderAway, UnusableAnswer, read_json

PROVIDER_TROUBLE = frozenset({"server_error", "temporarily_unavailable", "too_many_requests"})

# What a token endpoint says when our client id, our secret or our request are not as it knows them (RFC 6749, 5.2).
# The first is Auth0's word for a wrong secret.
_OUR_SETTINGS = frozenset(
    {
        "access_denied",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


class ExchangeRefused(Exception):
    """The token endpoint said no, to the code or to us. `code` is fit for a log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def sign_in_cause(self) -> SignInCause:
        if self.code == "invalid_grant":  # the code was used, which is routine: Back, a reload, or a second tab
            return SignInCause.LOST_ATTEMPT
        if self.code in PROVIDER_TROUBLE:
            return SignInCause.PROVIDER_UNAVAILABLE
        return SignInCause.OUR_FAULT if self.code in _OUR_SETTINGS else SignInCause.NOT_VERIFIABLE


def checked_token_answer(response: requests.Response) -> requests.Response:
    """The answer with nothing left in it but what is used: Authlib makes a number of `expires_in`, whatever that is.

    Raises ProviderAway, UnusableAnswer and ExchangeRefused.
    """
    status = response.status_code
    if status == 429 or status >= 500:
        raise ProviderAway(f"{status} from the token endpoint")
    document = read_json(response.content, "the token answer")
    if not isinstance(document, Mapping):
        raise UnusableAnswer("the token answer is not an object")
    if "error" in document:
        raise ExchangeRefused(known_code(document["error"]))
    if status != 200:
        raise UnusableAnswer(f"{status} from the token endpoint")
    used = {name: document[name] for name in ("id_token", "access_token") if name in document}
    response._content = json.dumps(used).encode()
    return response


def known_code(error: object) -> str:
    """An error code as the standards spell theirs, for comparing and for the log; of anything else only that it is."""
    return error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else "unreadable"
