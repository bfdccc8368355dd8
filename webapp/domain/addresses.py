"""Network addresses as they come in: one spelling each, or none at all."""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")


def parse_address(text: str | None) -> Address | None:
    """The address in a text, None when it is none.

    A port is left out, which some proxies add, and so is the zone of an IPv6 address, which may be any text at all.
    An IPv4 address that is written as an IPv6 one (`::ffff:203.0.113.9`) is an IPv4 address.
    """
    address = (text or "").strip()
    if with_port := _WITH_PORT.fullmatch(address):
        address = with_port["six"] or with_port["four"] or ""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return parsed.ipv4_mapped or ipaddress.IPv6Address(int(parsed))
    return parsed


def customer_of(address: Address) -> str:
    """What is counted as one: an IPv4 address, and of IPv6 the /64 that one customer gets to choose addresses from."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)
