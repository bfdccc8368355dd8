"""The newest entries of the audit log about something, as a part of the statement that reads that something."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from webapp.models import AuditEvent, User

MOST_CHANGES = 5


@dataclass(frozen=True)
class RecentChange:
    """One entry of the audit log. `who` is None for what no person did."""

    at: datetime
    actor: str
    who: str | None
    action: str
    changes: Mapping[str, Sequence[object]]
    reason: str | None


def newest_changes(*about: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """One row with the newest five as one JSON value, `changes`, so that they are no statement of their own."""
    who = case((User.display_name != "", User.display_name), else_=User.email).label("who")
    newest = (
        select(AuditEvent.at, AuditEvent.actor, who, AuditEvent.action, AuditEvent.changes, AuditEvent.reason)
        .select_from(AuditEvent)
        .outerjoin(User, User.id == AuditEvent.actor_user_id)
        .where(*about)
        .order_by(AuditEvent.at.desc())
        .limit(MOST_CHANGES)
        .subquery("newest")
    )
    entry = func.json_build_object(
        *(part for name in ("at", "actor", "who", "action", "changes", "reason") for part in (name, newest.c[name]))
    )
    return select(func.json_agg(entry).label("changes")).select_from(newest)


def as_changes(stored: Iterable[Mapping[str, Any]] | None) -> tuple[RecentChange, ...]:
    """What `newest_changes` has found, None for nothing."""
    return tuple(RecentChange(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in stored or ())
