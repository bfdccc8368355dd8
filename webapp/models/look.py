"""A platform admin who looks at Foyer as somebody else sees it."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class Look(Base):
    """At most one for each login session, which is the admin's: whom they look as, where, and until when."""

    __tablename__ = "looks"

    login_session_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("login_sessions.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime]
