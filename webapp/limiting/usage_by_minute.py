"""What organisations used, minute by minute, on its way into the table usage_by_minute.

The function that counts in PostgreSQL writes it by itself when the minute turns. The other stores, refusals that a
process remembers, and makeshift counts are written every few seconds by a thread of each process. All of it is added to
what is there, so it does not matter who writes first.
"""

import atexit
import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import psycopg2
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from webapp.database_deadline import deadline

log = logging.getLogger(__name__)

WRITE_EVERY_SECONDS = 5.0
WRITE_SECONDS = 4.0  # for writing once; past it, the next round tries again
TIDY_AT, TIDY_EVERY = 12, 720  # rounds: after a minute, because workers may not grow old, and then once an hour
MOST_TAKEN_AT_ONCE = 1_000
MINUTE_SECONDS = 60

_ADD = text("""
    INSERT INTO usage_by_minute AS u (organisation_id, minute, used, refused, over)
    SELECT id, to_timestamp(:minute * 60), :used, :refused, :over FROM organisations WHERE id = :organisation_id
    ON CONFLICT (organisation_id, minute) DO UPDATE SET
        used = u.used + EXCLUDED.used, refused = u.refused + EXCLUDED.refused, over = u.over + EXCLUDED.over
""")
_BREACH = text("""
    INSERT INTO limit_breaches (organisation_id, minute, period, allowed)
    SELECT id, to_timestamp(:minute * 60), :period, :allowed FROM organisations WHERE id = :organisation_id
    ON CONFLICT DO NOTHING
""")
_DROP_OLD_USAGE = text("DELETE FROM usage_by_minute WHERE minute < now() - interval '8 days'")
_DROP_SILENT_COUNTERS = text("""
    DELETE FROM limit_counters WHERE key IN (
        SELECT key FROM limit_counters
        WHERE second < extract(epoch FROM now()) - 7200
        AND (minute_used + minute_refused = 0 OR organisation_id IS NULL)
        LIMIT :most FOR UPDATE SKIP LOCKED
    )
""")


@dataclass(frozen=True)
class MinuteUsage:
    """What one organisation used in one minute, numbered since 1970, and what is not yet written.

    `breach` is the period that refused and its limit, where one did.
    """

    organisation_id: uuid.UUID
    minute: int
    used: int = 0
    refused: int = 0
    over: int = 0
    breach: tuple[str, int] | None = None

    def __add__(self, other: "MinuteUsage") -> "MinuteUsage":
        """Both together, of the same organisation and minute."""
        return replace(
            self,
            used=self.used + other.used,
            refused=self.refused + other.refused,
            over=self.over + other.over,
            breach=self.breach or other.breach,
        )


class UsageRecorder:
    """Writes what `collect` gives, every few seconds once it is started. What cannot be written is kept, and nothing
    more is collected until it is: nothing a person waits for depends on it."""

    def __init__(self, engine: Callable[[], Engine], collect: Callable[[], list[MinuteUsage]]) -> None:
        self._engine = engine
        self._collect = collect
        self._unwritten: list[MinuteUsage] = []
        self._starting, self._writing = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()

    def start(self) -> None:
        """Starts the thread of this process, once. Called by the first request, because a process that serves may be
        forked from one that does not, and threads are left behind by a fork."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._is_over = threading.Event()  # a fork may have left the other one as nobody can use it
                self._thread = threading.Thread(
                    target=self._run, args=(self._is_over,), daemon=True, name="usage-recorder"
                )
                self._thread.start()
                atexit.register(self.stop)  # a worker that is told to end still writes its last seconds

    def stop(self) -> None:
        """Ends the thread, if this process has it, and writes what there is. The thread is waited for, because what it
        writes to, and complains to, is about to be gone."""
        if self._thread is not None and self._thread.is_alive():
            self._is_over.set()
            self._thread.join(WRITE_SECONDS)
        self.flush()

    def flush(self) -> None:
        """Writes what there is now."""
        with self._writing:
            if self._write():
                self._unwritten = self._collect()
                self._write()

    def tidy(self) -> None:
        """Takes away history past eight days, and the counters of those who have been silent for hours: few at a time,
        because somebody who comes back just then waits for the end of the transaction."""
        taken = MOST_TAKEN_AT_ONCE
        try:
            with deadline(WRITE_SECONDS), self._engine().connect() as connection:
                connection.execute(_DROP_OLD_USAGE)
                connection.commit()
                while taken == MOST_TAKEN_AT_ONCE:
                    taken = connection.execute(_DROP_SILENT_COUNTERS, {"most": MOST_TAKEN_AT_ONCE}).rowcount
                    connection.commit()
        except (SQLAlchemyError, psycopg2.Error) as error:
            log.warning("old usage not taken away yet", extra={"kind": type(error).__name__})

    def _write(self) -> bool:
        """Whether nothing is left to be written."""
        if not self._unwritten:
            return True
        try:
            with deadline(WRITE_SECONDS), self._engine().begin() as connection:
                write_usage(connection, self._unwritten)
        except (SQLAlchemyError, psycopg2.Error) as error:
            log.warning("usage not written yet", extra={"kind": type(error).__name__})
            return False
        self._unwritten = []
        return True

    def _run(self, is_over: threading.Event) -> None:
        rounds = 0
        while not is_over.wait(WRITE_EVERY_SECONDS):
            self.flush()
            rounds += 1
            if rounds % TIDY_EVERY == TIDY_AT:
                self.tidy()


def write_usage(connection: Connection, minutes: Iterable[MinuteUsage]) -> None:
    """Adds minutes to the tables, in one order, so that two processes that write the same ones cannot deadlock."""
    together: dict[tuple[uuid.UUID, int], MinuteUsage] = {}
    for usage in minutes:
        place = (usage.organisation_id, usage.minute)
        together[place] = together[place] + usage if place in together else usage
    for (organisation_id, minute), usage in sorted(together.items()):
        values = {"organisation_id": organisation_id, "minute": minute}
        connection.execute(_ADD, {**values, "used": usage.used, "refused": usage.refused, "over": usage.over})
        if usage.breach is not None:
            connection.execute(_BREACH, {**values, "period": usage.breach[0], "allowed": usage.breach[1]})
