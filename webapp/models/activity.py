"""What happened, counted by the hour for the admin's charts."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class Activity(Base):
    """How often something happened in one hour. Cause and industry are empty where they do not apply.

    Industry is text, so that counting never depends on the labels of an enum type.
    """

    __tablename__ = "activity"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))
    industry: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))
    count: Mapped[int]
