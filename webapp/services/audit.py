"""The audit log: appended inside the transaction of the change it tells about, so neither exists without the other."""

import enum
import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.actor import Actor
from webapp.models import AuditEvent


def add_audit_event(
    session: Session,
    action: str,
    by: Actor,
    *,
    organisation_id: uuid.UUID | None = None,
    subject: str | None = None,
    changes: Mapping[str, tuple[object, object]] | None = None,
    reason: str | None = None,
) -> None:
    """A step: records who did what to whom. `changes` holds before and after by column name."""
    session.add(
        AuditEvent(
            actor=by.kind.value,
            actor_user_id=by.user_id,
            action=action,
            organisation_id=organisation_id,
            subject=subject,
            changes={name: [_plain(before), _plain(after)] for name, (before, after) in (changes or {}).items()},
            reason=reason,
            reference=by.reference,
        )
    )


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
