"""The audit log: who did what to whom, appended and never changed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Base, UUIDKey
from webapp.models.organisation import Organisation
from webapp.models.user import User


class AuditEvent(Base):
    """One change. `changes` holds before and after by column name; `reference` is that of the request, if any."""

    __tablename__ = "audit_events"
    __table_args__ = (
        CheckConstraint("actor IN ('user', 'cli', 'system')", name="actor_known"),
        CheckConstraint("(actor = 'user') = (actor_user_id IS NOT NULL)", name="actor_user_named"),
        Index("ix_audit_events_organisation_id_at", "organisation_id", "at"),
        Index("ix_audit_events_at", "at", "id"),
        Index("ix_audit_events_actor_user_id_at", "actor_user_id", "at"),
        Index("ix_audit_events_subject_at", "subject", "at"),
        Index("ix_audit_events_action_at", "action", "at", "id"),
        Index("ix_audit_events_reference", "reference"),
    )

    id: Mapped[UUIDKey]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    actor_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))
    subject: Mapped[str | None]  # whom or what it was done to, such as "user:<id>"
    changes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    reason: Mapped[str | None]
    reference: Mapped[str | None]

    actor_user: Mapped[User | None] = relationship(lazy="raise")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise")
