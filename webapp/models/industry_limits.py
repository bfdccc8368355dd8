"""An industry's base figures, where an admin has changed them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class IndustryLimits(Base):
    """Figures for the Basic plan that stand in for the built-in ones of `domain.industries`.

    A row without figures is one that was put back. `version` goes up with each change and never back.
    """

    __tablename__ = "industry_limits"
    __table_args__ = (
        CheckConstraint("requests_per_hour > 0", name="requests_per_hour_positive"),
        CheckConstraint("burst > 0", name="burst_positive"),
        CheckConstraint("burst <= requests_per_hour", name="burst_within_hour"),
        CheckConstraint("(requests_per_hour IS NULL) = (burst IS NULL)", name="both_or_neither"),
    )

    industry: Mapped[str] = mapped_column(primary_key=True)  # text, so that no request depends on it as a label
    requests_per_hour: Mapped[int | None]
    burst: Mapped[int | None]
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
