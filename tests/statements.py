"""Counting SQL statements, the way the promises about speed are kept without a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from webapp.database import db
from webapp.services import paging


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent while the block runs, by any thread, in order."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(" ".join(statement.split()))

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def count_no_farther_than(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a list that is longer than this is one whose length is estimated."""
    monkeypatch.setattr(paging, "MOST_COUNTED", most)
    monkeypatch.setattr(paging, "rows_to_count", lambda page: most)
