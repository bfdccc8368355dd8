"""Addresses as proxies write them, and what somebody who writes one himself would like them to be taken for."""

import pytest

from webapp.domain.addresses import customer_of, parse_address

SPELLINGS = {
    "203.0.113.9": "203.0.113.9",
    " 203.0.113.9 ": "203.0.113.9",
    "203.0.113.9:41234": "203.0.113.9",
    "2001:DB8::1": "2001:db8::1",
    "2001:0db8:0000::0001": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    "[2001:db8::1]:41234": "2001:db8::1",
    "fe80::1%eth0": "fe80::1",
    "fe80::1%'; DROP TABLE users": "fe80::1",
    "::ffff:203.0.113.9": "203.0.113.9",
    "::ffff:cb00:7109": "203.0.113.9",
    "[::ffff:203.0.113.9]:41234": "203.0.113.9",
}
NONE = {
    "nothing": None,
    "empty": "",
    "words": "unknown",
    "RFC 7239": "for=203.0.113.9",
    "hidden": "_hidden",
    "two": "203.0.113.9, 203.0.113.10",
    "short": "203.0.113",
    "number": "3405803785",
    "octal": "0313.0.0161.011",
    "hexadecimal": "0xcb007109",
    "Arabic digits": "٢٠٣.0.113.9",
    "full-width digits": "２０３.0.113.9",
    "network": "203.0.113.0/24",
    "port of six digits": "203.0.113.9:412345",
    "port alone": ":80",
    "empty brackets": "[]:80",
    "IPv4 in brackets is no address of a browser": "[garbage]",
    "line break": "203.0.113.9\n.1",
    "nul": "203.0.113.9\x00",
    "quoted": '"203.0.113.9"',
    "4,000 characters": "1" * 4_000,
}


@pytest.mark.parametrize(("text", "address"), SPELLINGS.items())
def test_an_address_has_one_spelling(text: str, address: str):
    assert str(parse_address(text)) == address


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_address_is_none(text: str | None):
    assert parse_address(text) is None


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:0:1:aaaa::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("::1", "::/64"),
    ],
)
def test_a_customer_is_an_address_or_a_64(text: str, customer: str):
    address = parse_address(text)
    assert address is not None
    assert customer_of(address) == customer
