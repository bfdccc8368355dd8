"""The UK's standard industrial classification of 2007, loaded by a migration and never changed by the application."""

from sqlalchemy import CHAR
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base


class SicCode(Base):
    """One class of trade: five digits and its official description."""

    __tablename__ = "sic_codes"

    code: Mapped[str] = mapped_column(CHAR(5), primary_key=True)
    description: Mapped[str]
