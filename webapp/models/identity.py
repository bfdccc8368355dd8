"""What a person is recognised by."""

import uuid

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Base, CreatedAt, UUIDKey
from webapp.models.user import User


class Identity(Base):
    """An issuer's permanent name for a user.

    Its reference to the user is checked at commit: of simultaneous first sign-ins, the one whose identity goes in is
    the one that makes the user.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUIDKey]
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"), index=True
    )
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[CreatedAt]

    user: Mapped[User] = relationship(lazy="raise")
