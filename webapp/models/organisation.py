"""The tenant: who owns data, has an industry and is limited."""

from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, false, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.database import Base, CreatedAt, UUIDKey, enum_column, words_of
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.stored_labels import UnknownLabel


class Organisation(Base):
    """One organisation. An empty override inherits; `limits_version` and `version` go up with each change."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="name_length"),
        CheckConstraint("rate_limit_per_hour > 0", name="rate_limit_per_hour_positive"),
        CheckConstraint("burst_limit > 0", name="burst_limit_positive"),
        CheckConstraint("burst_limit <= rate_limit_per_hour", name="burst_limit_within_hour"),
    )

    id: Mapped[UUIDKey]
    name: Mapped[str]
    industry: Mapped[str | None]  # what they call their trade, in their own words
    subscription_plan: Mapped[SubscriptionPlan | UnknownLabel] = enum_column(
        SubscriptionPlan, default=SubscriptionPlan.BASIC
    )
    is_active: Mapped[bool] = mapped_column(server_default=true())
    rate_limit_per_hour: Mapped[int | None]
    burst_limit: Mapped[int | None]
    rate_limit_enabled: Mapped[bool] = mapped_column(server_default=true())
    limits_shadow: Mapped[bool] = mapped_column(server_default=false())  # on trial: counted, told and never refused
    sic_code: Mapped[str | None] = mapped_column(CHAR(5), ForeignKey("sic_codes.code"))
    industry_type: Mapped[Industry | UnknownLabel] = enum_column(Industry, default=Industry.DEFAULT)
    onboarded_at: Mapped[datetime | None]
    industry_chosen_at: Mapped[datetime | None]
    awaited_step: Mapped[str | None]  # of its first visit, which is counted next
    limits_version: Mapped[int] = mapped_column(server_default=text("1"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


Index(
    "ix_organisations_name_trigrams",
    words_of(Organisation.name).label("words"),
    postgresql_using="gin",
    postgresql_ops={"words": "gin_trgm_ops"},
)
Index("ix_organisations_lower_name", func.lower(Organisation.name), Organisation.id, postgresql_include=["name"])
Index("ix_organisations_created_at", Organisation.created_at, Organisation.id)
Index("ix_organisations_industry_type_created_at", Organisation.industry_type, Organisation.created_at, Organisation.id)
Index(
    "ix_organisations_subscription_plan_created_at",
    Organisation.subscription_plan,
    Organisation.created_at,
    Organisation.id,
)
Index(
    "ix_organisations_industry_type_subscription_plan",
    Organisation.industry_type,
    Organisation.subscription_plan,
    Organisation.created_at,
    Organisation.id,
)
Index("ix_organisations_filters", Organisation.industry_type, Organisation.subscription_plan, Organisation.is_active)
Index(
    "ix_organisations_suspended",
    Organisation.created_at,
    Organisation.id,
    postgresql_include=["industry_type", "subscription_plan"],
    postgresql_where=~Organisation.is_active,
)
Index("ix_organisations_sic_code", Organisation.sic_code, Organisation.created_at, Organisation.id)
Index(
    "ix_organisations_own_limit",
    Organisation.id,
    Organisation.rate_limit_per_hour,
    postgresql_where=Organisation.rate_limit_per_hour.is_not(None),
)
