"""What repairs moved, so that a wrong decision can be taken back by hand."""

import uuid
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class EnumRepair(Base):
    """One row that `flask enums repair` gave another label. `old_label` is empty where the row held NULL.

    Labels are text, because what was repaired is exactly what no enum type has. Written by repairs alone.
    """

    __tablename__ = "enum_repairs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())  # born in SQL
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    table_name: Mapped[str]
    column_name: Mapped[str]
    row_id: Mapped[str]  # the primary key as text, its parts separated by commas
    old_label: Mapped[str | None]
    new_label: Mapped[str]
