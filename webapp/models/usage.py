"""What has been used: the counters of this moment, and what each minute came to."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class LimitCounter(Base):
    """The running counts behind one key, such as `organisation:<id>`.

    Unlogged: quick to write and empty after a crash of the database, which at worst lets somebody use an hour's limit
    twice. The amounts are not stored here, so changing a limit keeps what was used.
    """

    __tablename__ = "limit_counters"
    __table_args__ = ({"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 40}},)

    key: Mapped[str] = mapped_column(primary_key=True)
    hour_used: Mapped[int]
    hour_ends_at: Mapped[datetime]
    burst_used: Mapped[int]
    burst_used_before: Mapped[int] = mapped_column(server_default=text("0"))  # in the window before this one
    burst_ends_at: Mapped[datetime]


class UsageByMinute(Base):
    """Requests of one organisation in one minute: those that were let in, and those that were refused."""

    __tablename__ = "usage_by_minute"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
