"""A person who can sign in."""

from datetime import datetime

from sqlalchemy import Index, false, func, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base, CreatedAt, UUIDKey, words_of


class User(Base):
    """One person. The e-mail address is shown and searched, never what someone is recognised by."""

    __tablename__ = "users"

    id: Mapped[UUIDKey]
    email: Mapped[str | None]
    email_verified: Mapped[bool | None]  # None: the provider does not say
    display_name: Mapped[str]
    is_platform_admin: Mapped[bool] = mapped_column(server_default=false())
    is_admin_by_claim: Mapped[bool] = mapped_column(server_default=false())  # the provider says so, at each sign-in
    is_active: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[CreatedAt]
    last_signed_in_at: Mapped[datetime | None]


Index("ix_users_email_lower", func.lower(User.email))
Index(
    "ix_users_email_trigrams",
    func.lower(User.email),
    postgresql_using="gin",
    postgresql_ops={"lower_1": "gin_trgm_ops"},
)
Index(
    "ix_users_display_name_trigrams",
    words_of(User.display_name).label("words"),
    postgresql_using="gin",
    postgresql_ops={"words": "gin_trgm_ops"},
)
LAST_SIGNED_IN_FIRST = User.last_signed_in_at.desc().nulls_last()
Index("ix_users_last_signed_in_at", LAST_SIGNED_IN_FIRST, User.id)
Index("ix_users_lower_display_name", func.lower(User.display_name), User.id, postgresql_include=["display_name"])
Index("ix_users_platform_admins", LAST_SIGNED_IN_FIRST, User.id, postgresql_where=User.is_platform_admin)
Index("ix_users_blocked", LAST_SIGNED_IN_FIRST, User.id, postgresql_where=~User.is_active)
