"""The shape of a log line, the reference of a request, and what is never logged.

A line is an event with fields: the text is constant, data rides beside it. Never logged: cookies, tokens, codes,
client secrets, e-mail addresses, names of people, and the text of somebody else's error.
"""

import logging
import secrets
import sys
from logging.config import dictConfig

from flask import Flask, g, has_request_context, request

from webapp.domain.text import has_hidden_characters

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that are mistaken for another when read out on the telephone
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]  # 1,024: every request is given a reference
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class EventFormatter(logging.Formatter):
    """`2026-01-31T09:30:00+0000 WARNING webapp.x event key=value reference=FY-7Q2K-04`, one line for each event."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if has_request_context():
            fields.setdefault("reference", g.get("reference", "-"))
            fields.setdefault("endpoint", request.endpoint or "-")
        line = super().formatMessage(record)
        return " ".join([_one_line(line), *(f"{name}={_one_line(str(value))}" for name, value in fields.items())])


def init_logs(app: Flask) -> None:
    """Sends every logger's events to standard error in the one shape, and gives each request its reference."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"event": {"()": EventFormatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "event"}},
            "root": {"level": app.config["SETTINGS"].log_level, "handlers": ["stderr"]},
            # At DEBUG these print code verifiers and tokens.
            "loggers": {name: {"level": "INFO"} for name in ("authlib", "urllib3", "joserfc")},
        }
    )
    app.before_request(_give_reference)


def new_reference() -> str:
    """A reference such as FY-7Q2K-04, short enough to read out and rare enough to find one request in a day's log."""
    number = int.from_bytes(secrets.token_bytes(5), "big")
    return f"FY-{_PAIRS[number & 1023]}{_PAIRS[number >> 10 & 1023]}-{(number >> 20) % 100:02}"


def _give_reference() -> None:
    g.reference = new_reference()


def _one_line(text: str) -> str:
    """What is hidden is made visible, line breaks and a terminal's commands among it, so that nothing a stranger sends
    can pass for a line of ours or colour one."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if character == "\\" or has_hidden_characters(character)
        else character
        for character in text
    )
