"""How each part of the system stands, and which worker processes there are."""

import uuid
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class HealthState(Base):
    """The state that a check last found, and since when it has found no other."""

    __tablename__ = "health_states"

    check_name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    since: Mapped[datetime] = mapped_column(server_default=func.now())


class WorkerSign(Base):
    """The sign of life that a worker process leaves every minute. Unlogged: each leaves it again."""

    __tablename__ = "worker_signs"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    host: Mapped[str]
    process_id: Mapped[int]
    release: Mapped[str]
    store: Mapped[str]  # where this process counts requests
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
