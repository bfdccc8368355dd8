"""What is kept for a while and then deleted. Run daily by `flask housekeeping`; it may be stopped and run again."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, delete, func, select, text, tuple_

from webapp.models import LimitBreach, LoginSession, Organisation, UsageByMinute, WorkerSign
from webapp.services.transactions import retried, transaction

KEPT_USAGE = timedelta(days=8)
KEPT_BREACHES = timedelta(days=396)  # a year, and the month that is held against the same one a year ago
KEPT_SESSIONS = timedelta(days=30)  # since they were last used, for somebody who asks where they were signed in
KEPT_SIGNS = timedelta(days=1)
SILENT_COUNTER = timedelta(hours=2)  # its hour is over by any clock that is nearly right

BATCH = 10_000
BATCH_OF_COUNTERS = 1_000  # whoever is counted in one of them waits, for 50 ms at most
BATCH_OF_ORGANISATIONS = 100  # of which each has 1,440 minutes a day at most

# Page by page along the key, and held against the moment in the DELETE itself: one that is counted meanwhile stays.
_SWEEP_COUNTERS = text("""
    WITH page AS (
        SELECT key FROM limit_counters WHERE key > :last ORDER BY key LIMIT :batch
    ), gone AS (
        DELETE FROM limit_counters
        WHERE key IN (SELECT key FROM page) AND second < extract(epoch FROM now() - :silent)
        RETURNING key, minute, minute_used, minute_refused, minute_over
    ), written AS (
        INSERT INTO usage_by_minute AS u (organisation_id, minute, used, refused, over)
        SELECT id, to_timestamp(minute * 60), minute_used, minute_refused, minute_over
        FROM gone JOIN organisations ON key = 'organisation:' || id
        WHERE minute_used + minute_refused > 0
        ON CONFLICT (organisation_id, minute) DO UPDATE SET used = u.used + EXCLUDED.used,
            refused = u.refused + EXCLUDED.refused, over = u.over + EXCLUDED.over
    ) SELECT (SELECT count(*) FROM gone), (SELECT max(key) FROM page)
""")


@dataclass(frozen=True)
class Swept:
    """How many rows of each kind were deleted."""

    counters: int
    minutes: int
    breaches: int
    sessions: int
    signs: int


def sweep(*, batch: int = BATCH) -> Swept:
    """Deletes usage, breaches, login sessions, signs of workers and silent counters that are older than they are kept.

    In many small transactions rather than one, so that no request waits for a lock and what is done stays done.
    """
    return Swept(
        counters=sweep_counters(),
        minutes=sweep_usage(),
        breaches=sweep_breaches(batch=batch),
        sessions=sweep_login_sessions(batch=batch),
        signs=sweep_worker_signs(batch=batch),
    )


@retried
def sweep_counters(*, batch: int = BATCH_OF_COUNTERS) -> int:
    """Keys that were silent for two hours. What their last minute came to is written first: nobody else would."""
    total = 0
    last: str | None = ""
    while True:
        with transaction() as session:
            values = {"silent": SILENT_COUNTER, "batch": batch, "last": last}
            gone, last = session.execute(_SWEEP_COUNTERS, values).one()
        total += int(gone)
        if last is None:
            return total


@retried
def sweep_usage(*, batch: int = BATCH_OF_ORGANISATIONS) -> int:
    """Minutes of usage, organisation by organisation, because that is how the table is ordered."""
    total, last = 0, uuid.UUID(int=0)
    page = select(Organisation.id).order_by(Organisation.id).limit(batch)
    while True:
        with transaction() as session:
            ids = list(session.scalars(page.where(Organisation.id > last)))
            old = delete(UsageByMinute).where(
                UsageByMinute.organisation_id.in_(ids), UsageByMinute.minute < _ago(KEPT_USAGE)
            )
            total += _rows(session.execute(_unread(old)))
        if len(ids) < batch:
            return total
        last = ids[-1]


def sweep_breaches(*, batch: int = BATCH) -> int:
    """Refusals by organisation and minute."""
    key = (LimitBreach.organisation_id, LimitBreach.minute)
    old = select(*key).where(LimitBreach.minute < _ago(KEPT_BREACHES)).limit(batch)
    return _sweep_in_batches(delete(LimitBreach).where(tuple_(*key).in_(old)), batch)


def sweep_login_sessions(*, batch: int = BATCH) -> int:
    """Login sessions that nobody has used for so long that they ended long ago, whether somebody ended them or not."""
    old = select(LoginSession.id).where(LoginSession.last_seen_at < _ago(KEPT_SESSIONS)).limit(batch)
    return _sweep_in_batches(delete(LoginSession).where(LoginSession.id.in_(old)), batch)


def sweep_worker_signs(*, batch: int = BATCH) -> int:
    """Signs of worker processes that ended without taking theirs away."""
    old = select(WorkerSign.id).where(WorkerSign.seen_at < _ago(KEPT_SIGNS)).limit(batch)
    return _sweep_in_batches(delete(WorkerSign).where(WorkerSign.id.in_(old)), batch)


@retried
def _sweep_in_batches(statement: Delete, batch: int) -> int:
    total = 0
    while True:
        with transaction() as session:
            gone = _rows(session.execute(_unread(statement)))
        total += gone
        if gone < batch:
            return total


def _unread(statement: Delete) -> Delete:
    """Without looking for the rows among those that Python has read."""
    return statement.execution_options(synchronize_session=False)


def _rows(result: Any) -> int:
    deleted: CursorResult[Any] = result
    return deleted.rowcount


def _ago(time: timedelta) -> ColumnElement[Any]:
    """By the database's clock."""
    return func.now() - time
