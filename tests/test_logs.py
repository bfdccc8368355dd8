"""One event is one line, whatever strangers put into its fields."""

import logging

import pytest

from webapp.logs import EventFormatter


def line_with(text: str) -> str:
    record = logging.makeLogRecord({"msg": "request refused", "levelname": "INFO", "name": "webapp.x", "path": text})
    return EventFormatter().format(record).partition("path=")[2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/help", "/help"),
        ("/caf\u00e9 株", "/caf\u00e9 株"),
        ("/a\r\n2026-01-01 ERROR forged", "/a\\r\\n2026-01-01 ERROR forged"),
        ("/a\\n", "/a\\\\n"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x00\x7f\x85\x9b", "\\x00\\x7f\\x85\\x9b"),
        ("\u2028\u202egpj.exe", "\\u2028\\u202egpj.exe"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_hidden_is_made_visible(text: str, shown: str):
    assert line_with(text) == shown
