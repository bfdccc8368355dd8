"""What has been used: the counters of this moment, and what each minute came to."""

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Computed, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base

_OF_KEY = """
    CASE WHEN key ~ '^organisation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text
    THEN split_part(key, ':'::text, 2)::uuid ELSE NULL::uuid END
"""
"""Whose counts they are, so that lists need not read it out of every key; NULL for an address. In PostgreSQL's own
words, so that it can be compared with what the migrations made."""


class LimitCounter(Base):
    """The running counts behind one key, such as `organisation:<id>`. Written by the function `count_request` alone.

    Unlogged: quick to write and empty after a crash of the database, which at worst lets somebody use an hour's limit
    twice. The amounts are not stored here, so changing a limit keeps what was used.
    """

    __tablename__ = "limit_counters"
    __table_args__ = ({"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 40}},)

    key: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(BigInteger)  # hours, seconds and minutes are numbered since 1970, UTC
    hour_used: Mapped[int]
    second: Mapped[int] = mapped_column(BigInteger)
    slots: Mapped[list[int]] = mapped_column(ARRAY(Integer))  # 61 seconds in a ring
    burst_used: Mapped[int]
    minute: Mapped[int] = mapped_column(BigInteger)
    minute_used: Mapped[int]
    minute_refused: Mapped[int]
    minute_over: Mapped[int]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(Computed(_OF_KEY, persisted=True))


class UsageByMinute(Base):
    """Requests of one organisation in one minute: those that were let in, and those that were refused."""

    __tablename__ = "usage_by_minute"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(server_default=text("0"))
    refused: Mapped[int] = mapped_column(server_default=text("0"))
    over: Mapped[int] = mapped_column(server_default=text("0"))  # let in although a limit not enforced was reached


class LimitBreach(Base):
    """That an organisation was refused in a minute, and by which limit."""

    __tablename__ = "limit_breaches"
    __table_args__ = (
        CheckConstraint("period IN ('hour', 'burst')", name="period_known"),
        Index("ix_limit_breaches_minute", "minute"),
    )

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    period: Mapped[str]
    allowed: Mapped[int]
