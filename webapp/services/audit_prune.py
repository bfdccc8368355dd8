"""Taking away audit entries that are older than they are kept: as the role that owns the tables, because the
application's own can append and read, and nothing else."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, text

from webapp.config import Settings
from webapp.domain.actor import ActorKind
from webapp.domain.audit_words import PRUNED
from webapp.models import AuditEvent
from webapp.schema.owner import owner_engine

KEPT_MONTHS = 13
"""What the page promises. Fewer would make it a lie."""

BATCH = 10_000


def count_prunable(settings: Settings, months: int) -> int:
    """How many entries are older than so many months."""
    with owner_engine(settings, "foyer-audit-prune").connect() as connection:
        old = select(func.count()).select_from(AuditEvent).where(AuditEvent.at < _cut_off(connection, months))
        return connection.scalar(old) or 0


def prune(settings: Settings, months: int, said: Callable[[int], object], *, batch: int = BATCH) -> int:
    """Deletes them, the oldest first, and returns how many that were. `said` is told after each batch.

    Each batch is a transaction that appends what it took away, so that one that is broken off leaves no gap that nobody
    can explain. Raises a SQLAlchemyError when the database goes away: what was done by then stays.
    """
    engine, total = owner_engine(settings, "foyer-audit-prune"), 0
    with engine.connect() as connection:
        before = _cut_off(connection, months)
        connection.rollback()
        while True:
            gone = _prune_batch(connection, before, batch)
            total += gone
            if gone:
                said(total)
            if gone < batch:
                return total


def _cut_off(connection: Connection, months: int) -> datetime:
    """By the database's clock."""
    moment: datetime = connection.execute(
        text("SELECT now() - make_interval(months => :n)"), {"n": months}
    ).scalar_one()
    return moment


def _prune_batch(connection: Connection, before: datetime, batch: int) -> int:
    with connection.begin():
        oldest = select(AuditEvent.id).where(AuditEvent.at < before).order_by(AuditEvent.at, AuditEvent.id).limit(batch)
        gone = connection.execute(delete(AuditEvent).where(AuditEvent.id.in_(oldest))).rowcount
        if gone:
            told = f"{gone:,} {'entry' if gone == 1 else 'entries'} from before {before:%-d %B %Y}"
            entry = insert(AuditEvent).values(
                id=func.gen_random_uuid(), actor=ActorKind.CLI.value, action=PRUNED, changes={}, reason=told
            )
            connection.execute(entry)
    return gone
