"""A person who can sign in."""

from datetime import datetime

from sqlalchemy import Index, false, func, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base, CreatedAt, UUIDKey


class User(Base):
    """One person. The e-mail address is shown and searched, never what someone is recognised by."""

    __tablename__ = "users"

    id: Mapped[UUIDKey]
    email: Mapped[str | None]
    email_verified: Mapped[bool | None]  # None: the provider does not say
    display_name: Mapped[str]
    is_platform_admin: Mapped[bool] = mapped_column(server_default=false())
    is_active: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[CreatedAt]
    last_signed_in_at: Mapped[datetime | None]


Index("ix_users_email_lower", func.lower(User.email))
