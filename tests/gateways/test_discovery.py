"""What a discovery document may say, letter by letter and member by member."""

import pytest

from webapp.gateways.discovery import checked_discovery
from webapp.gateways.provider_answers import UnusableAnswer

ISSUER = "https://id.example/"
GOOD = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://id.example/authorize?a=b",
    "token_endpoint": "https://id.example:443/token",
    "jwks_uri": "https://[2001:db8::1]/keys",
}
LOOPBACK = {**GOOD, "token_endpoint": "http://127.0.0.1:8001/token", "jwks_uri": "http://[::1]/keys"}
WRONG = [None, True, 7, 1.5, "", "\x00", [], [GOOD], {}, {"issuer": ISSUER}, "//id.example", "https:id.example"]


def test_a_good_document_is_read():
    read = checked_discovery(GOOD, ISSUER)

    assert (read.authorization_endpoint, read.token_endpoint, read.jwks_uri) == tuple(GOOD.values())[1:]
    assert (read.end_session_endpoint, read.posts_secret, read.names_issuer) == (None, False, False)


@pytest.mark.parametrize("name", GOOD)
def test_a_member_of_the_wrong_kind_is_refused(name: str):
    for value in WRONG:
        with pytest.raises(UnusableAnswer):
            checked_discovery({**GOOD, name: value}, ISSUER)


@pytest.mark.parametrize("name", ["end_session_endpoint", "token_endpoint_auth_methods_supported"])
def test_what_may_be_missing_may_be_wrong_too(name: str):
    for value in WRONG:
        assert checked_discovery({**GOOD, name: value}, ISSUER) == checked_discovery(GOOD, ISSUER)


@pytest.mark.parametrize("issuer", ["https://id.example", "https://ID.example/", "https://id.example//", ISSUER + " "])
def test_the_issuer_is_compared_letter_for_letter(issuer: str):
    with pytest.raises(UnusableAnswer):
        checked_discovery({**GOOD, "issuer": issuer}, ISSUER)


def test_plain_http_is_for_a_provider_on_this_machine():
    assert checked_discovery(LOOPBACK, ISSUER, allows_loopback=True).token_endpoint == LOOPBACK["token_endpoint"]
    with pytest.raises(UnusableAnswer):
        checked_discovery(LOOPBACK, ISSUER)
    with pytest.raises(UnusableAnswer):
        checked_discovery({**GOOD, "token_endpoint": "http://id.example/token"}, ISSUER, allows_loopback=True)


def test_a_tenant_has_its_places_on_its_own_host():
    own = {**GOOD, "jwks_uri": "https://id.example/keys", "end_session_endpoint": "https://elsewhere.example/"}
    assert checked_discovery(own, ISSUER, own_host_only=True).end_session_endpoint is None

    for place in ("https://elsewhere.example/keys", "https://id.example:8443/keys", "https://id.example.evil.example/"):
        with pytest.raises(UnusableAnswer):
            checked_discovery({**own, "jwks_uri": place}, ISSUER, own_host_only=True)
