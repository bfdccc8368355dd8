"""Where somebody may be sent back to: a path of our own, and nothing a browser could take for another place."""

import pytest

from webapp.web.redirects import LONGEST, safe_path

GOOD = [
    "/",
    "/usage",
    "/usage?a=1&b=2",
    "/settings/organisation#sic",
    "/a%2F%2Fb",
    "/a//b",
    "/caf%C3%A9",
    "/a@b",
    "/a:b",
]

ELSEWHERE = {
    "nothing": None,
    "empty": "",
    "relative": "usage",
    "query alone": "?next=/usage",
    "web address": "https://evil.example/",
    "no slashes": "https:evil.example",
    "script": "javascript:alert(1)",
    "data": "data:text/html,x",
    "scheme in capitals": "HTTPS://evil.example/",
    "protocol-relative": "//evil.example/",
    "three slashes": "///evil.example/",
    "many slashes": "/////evil.example/",
    "slash alone twice": "//",
    "backslash": "\\evil.example",
    "slash and backslash": "/\\evil.example",
    "backslash and slash": "\\/evil.example",
    "two backslashes": "\\\\evil.example",
    "backslash later": "/usage\\..\\evil",
    "tab between the slashes": "/\t/evil.example",
    "line break between the slashes": "/\n/evil.example",
    "carriage return between the slashes": "/\r/evil.example",
    "tab first": "\t//evil.example",
    "space first": " //evil.example",
    "tab": "/usage\t",
    "carriage return and line feed": "/usage\r\nSet-Cookie: a=b",
    "line feed": "/usage\n",
    "nul": "/usage\x00",
    "escape": "/usage\x1b[0m",
    "delete": "/usage\x7f",
    "space": "/us age",
    "next line": "/usage\x85",
    "line separator": "/usage\u2028",
    "half a character": "/usage\ud800",
    "right-to-left override": "/usage\u202egpj",
    "userinfo": "//somebody@evil.example/",
    "userinfo with our host": "https://foyer.example@evil.example/",
    "bad bracket": "//[evil.example/",
    "1,001 characters": "/" + "x" * LONGEST,
}


@pytest.mark.parametrize("path", GOOD)
def test_a_path_of_our_own_is_kept_letter_for_letter(path: str):
    assert safe_path(path) == path


def test_a_path_may_have_a_thousand_characters():
    assert LONGEST == 1_000
    assert safe_path("/" + "x" * 999) is not None


@pytest.mark.parametrize("value", ELSEWHERE.values(), ids=ELSEWHERE)
def test_anything_else_is_nothing(value: str | None):
    assert safe_path(value) is None
