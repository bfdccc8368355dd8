"""One browser in which somebody is signed in."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Base, CreatedAt, UUIDKey
from webapp.models.organisation import Organisation
from webapp.models.user import User


class LoginSession(Base):
    """Kept by the SHA-256 of the random id in the cookie, so that reading this table signs nobody in."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(
            "ix_login_sessions_user_id_created_at_live",
            "user_id",
            "created_at",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_login_sessions_user_id_created_at", "user_id", "created_at"),
    )

    id: Mapped[UUIDKey]
    token_hash: Mapped[bytes]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))  # the one in use
    auth_time: Mapped[datetime | None]  # when the provider last saw the person prove who they are
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str | None]
    address: Mapped[str | None]

    user: Mapped[User] = relationship(lazy="raise")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise")
