"""What keeps changes to the schema apart from each other and out of people's way: for migrations and for repairs."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp.domain.errors import Refusal

LOCK_ID = 0x466F796572  # "Foyer" in ASCII; advisory locks are per database
LOCK_PATIENCE_SECONDS = 60.0
_SECONDS_BETWEEN_LOOKS = 0.2
MOST_ATTEMPTS = 10
_SECONDS_BETWEEN_ATTEMPTS = 1.0
_LOCK_NOT_AVAILABLE = "55P03"

Result = TypeVar("Result")


class AnotherRunning(Refusal):
    """Another migration or repair did not end in time, and nothing was changed."""


@contextlib.contextmanager
def only_run(connection: Connection, patience: float = LOCK_PATIENCE_SECONDS) -> Iterator[None]:
    """Holds a lock of this database session, so that of two release jobs one waits for the other.

    Raises AnotherRunning after `patience` seconds, when nothing has been changed yet.
    """
    give_up_at = time.monotonic() + patience
    while not _ask(connection, "SELECT pg_try_advisory_lock(:lock)"):
        if time.monotonic() >= give_up_at:
            raise AnotherRunning(
                f"Another migration has been running for {patience:g} seconds; nothing was changed. Try again when"
                " it has ended: its session is called foyer-migrations or foyer-repair in pg_stat_activity"
            )
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        if not connection.invalidated:
            with contextlib.suppress(DBAPIError):  # a lost connection has taken its lock with it
                connection.rollback()
                _ask(connection, "SELECT pg_advisory_unlock(:lock)")


def with_patience(change: Callable[[], Result], before_next_attempt: Callable[[int], object]) -> Result:
    """Makes a change. When a table is in use for too long, those who wait behind are let by and it is tried again.

    Raises what the database raises, a lock time-out only after the last attempt.
    """
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            return change()
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE or attempt == MOST_ATTEMPTS:
                raise
            before_next_attempt(attempt)
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)
    raise AssertionError("the last attempt returns or raises")


def _ask(connection: Connection, question: str) -> bool:
    answer = bool(connection.execute(text(question), {"lock": LOCK_ID}).scalar_one())
    connection.commit()
    return answer
