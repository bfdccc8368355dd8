"""Counts kept in the same PostgreSQL: exact among all processes and machines, with nothing more to run.

The deciding is done by the function `count_request`, which a migration made: one statement, on a connection that is
always ready and never in a transaction, is one round trip.
"""

import contextlib
import os
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import PoolProxiedConnection

from webapp import database_deadline
from webapp.config import Settings
from webapp.database import EXTRA_CONNECTIONS, NETWORK_OPTIONS, POOLED_CONNECTIONS
from webapp.database_deadline import deadline
from webapp.domain.limit_policy import HOUR_SECONDS
from webapp.limiting.counts import Counts, StoreUnusable, organisation_of
from webapp.limiting.usage_by_minute import MINUTE_SECONDS, MinuteUsage

BUDGET_SECONDS = 0.05
"""For one decision. Past it the request is counted locally instead of being kept waiting."""

CONNECT_SECONDS = 1.0
"""For a connection that has to be made first, as by the first requests of a process. Without a database the request
itself will not get far either."""

SERVERS_SHARE = 0.8
"""Of the budget, after which the server gives up by itself: the connection then stays good. Only a server that is
silent altogether costs it."""

MOST_TURNED_AT_ONCE = 200

_COUNT = "SELECT * FROM count_request(%s, %s, %s, %s, %s, %s)"
_READ = """
    SELECT hour, hour_used, second, slots, extract(epoch FROM clock_timestamp())
    FROM (SELECT 1) AS one LEFT JOIN limit_counters ON key = %s
"""
# The row stays, for what is on its way into usage_by_minute; last counted in 1970, it counts for nothing.
_FORGET = """
    UPDATE limit_counters SET hour = 0, hour_used = 0, second = 0, burst_used = 0, slots = array_fill(0, ARRAY[61])
    WHERE key = %s
"""
# The function writes a minute at the organisation's next request. This writes it for those of whom there was none.
_TURN_MINUTES = """
    WITH turned AS (
        SELECT key, organisation_id, minute, minute_used, minute_refused, minute_over
        FROM limit_counters WHERE key = ANY(%s) AND minute < %s AND minute_used + minute_refused > 0
        FOR UPDATE SKIP LOCKED
    ), written AS (
        INSERT INTO usage_by_minute AS u (organisation_id, minute, used, refused, over)
        SELECT organisation_id, to_timestamp(minute * 60), minute_used, minute_refused, minute_over
        FROM turned JOIN organisations ON organisations.id = organisation_id
        ON CONFLICT (organisation_id, minute) DO UPDATE SET
            used = u.used + EXCLUDED.used, refused = u.refused + EXCLUDED.refused, over = u.over + EXCLUDED.over
    )
    UPDATE limit_counters AS l SET minute_used = 0, minute_refused = 0, minute_over = 0
    FROM turned WHERE l.key = turned.key
"""
_SLOTS = 61
MOST_SECONDS_BACK = 60


class PostgresStore:
    """A LimitStore over the table limit_counters. `clock` is the server's unless a test brings another."""

    name = "PostgreSQL"

    def __init__(
        self, settings: Settings, clock: Callable[[], float] | None = None, *, budget: float = BUDGET_SECONDS
    ) -> None:
        self.clock = clock
        self._budget = budget
        self._ahead = time.time() - time.monotonic()  # of the server's clock, until it first says so
        self._seen: dict[str, int] = {}  # the minute in which each organisation was last counted here
        self._engine = counting_engine(settings, budget)

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        organisation_id = organisation_of(key)
        parameters = (
            key,
            hour,
            burst,
            is_enforced,
            str(organisation_id) if organisation_id else None,
            self.clock() if self.clock else None,
        )
        with self._cursor() as cursor:
            cursor.execute(_COUNT, parameters)
            is_within, now, hour_used, hour_ends_at, burst_used, frees_at = cursor.fetchone()
        if organisation_id:
            self._ahead = now - time.monotonic()
            self._seen[key] = int(now // MINUTE_SECONDS)
        return Counts(is_within, now, hour_used, hour_ends_at, burst_used, frees_at, hour, burst)

    def read(self, key: str, hour: int, burst: int) -> Counts:
        with self._cursor() as cursor:
            cursor.execute(_READ, (key,))
            *row, server_now = cursor.fetchone()
        return _counts_of_row(row, self.clock() if self.clock else float(server_now), hour, burst)

    def forget(self, key: str) -> None:
        with self._cursor() as cursor:
            cursor.execute(_FORGET, (key,))

    def clear(self) -> None:
        with self._cursor() as cursor:
            cursor.execute("DELETE FROM limit_counters")

    def collect(self) -> list[MinuteUsage]:
        """Has the server write the minutes that are over. There is never anything left for others to write."""
        this_minute = int((self.clock() if self.clock else time.monotonic() + self._ahead) // MINUTE_SECONDS)
        over = [(key, minute) for key, minute in list(self._seen.items()) if minute < this_minute]
        for start in range(0, len(over), MOST_TURNED_AT_ONCE):
            some = over[start : start + MOST_TURNED_AT_ONCE]
            with self._cursor() as cursor:
                cursor.execute(_TURN_MINUTES, ([key for key, _ in some], this_minute))
            for key, minute in some:
                if self._seen.get(key) == minute:
                    del self._seen[key]
        return []

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[Any]:
        """Raises StoreUnusable for whatever goes wrong within the budget, or takes longer."""
        try:
            with deadline(CONNECT_SECONDS):
                connection = self._engine.raw_connection()
        except (exc.SQLAlchemyError, psycopg2.Error) as error:
            raise StoreUnusable("no connection for counting") from error
        try:
            with deadline(self._budget), contextlib.closing(connection.cursor()) as cursor:
                yield cursor
        except psycopg2.Error as error:
            self._give_up(connection)
            raise StoreUnusable("the counts could not be reached") from error
        finally:
            connection.close()

    def _give_up(self, connection: PoolProxiedConnection) -> None:
        """After an error that came from the server the connection is as good as before. One that is lost, or that the
        deadline has closed, means that the others in the pool have lost the same server."""
        if getattr(connection.dbapi_connection, "closed", True):
            connection.invalidate()
            self._engine.dispose()


def counting_engine(settings: Settings, budget: float = BUDGET_SECONDS) -> Engine:
    """Connections for counting alone: in no transaction, not asked whether they live, and cut off by the server too."""
    database_deadline.keep_to_deadlines()
    milliseconds = max(1, int(budget * SERVERS_SHARE * 1000))
    engine = create_engine(
        settings.database_url,
        pool_size=POOLED_CONNECTIONS,
        max_overflow=EXTRA_CONNECTIONS,
        pool_timeout=budget,
        pool_recycle=1800,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        hide_parameters=True,
        connect_args={
            "application_name": "foyer-limits",
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
            r" -c default_transaction_isolation=read\ committed",
            **NETWORK_OPTIONS,
        },
    )
    event.listen(engine, "connect", _leave_transactions)
    reference = weakref.ref(engine)

    def leave_to_the_parent() -> None:
        """Two processes that speak on one connection get each other's answers."""
        made = reference()
        if made is not None:
            made.dispose(close=False)

    os.register_at_fork(after_in_child=leave_to_the_parent)
    return engine


def _leave_transactions(connection: DBAPIConnection, _record: object) -> None:
    connection.autocommit = True


def _counts_of_row(row: list[Any], now: float, hour: int, burst: int) -> Counts:
    """The counts as they stand at `now`: what has left the hour or the last 60 seconds is taken off. A row that is
    missing, or ahead of a clock that was set back by more than a minute, counts for nothing."""
    number, used, second, slots = row
    if number is None or int(now) < second - MOST_SECONDS_BACK:
        number, used, second, slots = 0, 0, 0, [0] * _SLOTS
    this_second = max(int(now), second)
    this_hour = this_second // HOUR_SECONDS
    hour_used = used if number == this_hour else 0
    recent = {at: slots[at % _SLOTS] for at in range(this_second - _SLOTS + 1, second + 1) if slots[at % _SLOTS]}
    burst_used = sum(recent.values())
    must_leave, frees_at = max(1, burst_used - burst + 1), now
    for at, requests in sorted(recent.items()):
        must_leave -= requests
        if must_leave <= 0:
            frees_at = float(at + _SLOTS)
            break
    return Counts(
        is_within=hour_used < hour and burst_used < burst,
        now=now,
        hour_used=hour_used,
        hour_ends_at=float((this_hour + 1) * HOUR_SECONDS),
        burst_used=burst_used,
        burst_frees_at=frees_at,
        hour_allowed=hour,
        burst_allowed=burst,
    )
