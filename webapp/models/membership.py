"""A user's place in an organisation."""

import uuid

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Base, CreatedAt, UUIDKey, enum_column
from webapp.domain.roles import MembershipRole
from webapp.domain.stored_labels import UnknownLabel
from webapp.models.organisation import Organisation
from webapp.models.user import User


class Membership(Base):
    """At most one place for a user in an organisation. The role is always stated."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "organisation_id"),
        Index("ix_memberships_role_user_id", "role", "user_id"),
    )

    id: Mapped[UUIDKey]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[MembershipRole | UnknownLabel] = enum_column(MembershipRole)
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")
