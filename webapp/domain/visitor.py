"""Who is asking, as one statement finds it: the person, the organisation they act in, and its limits."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.industries import Industry
from webapp.domain.limit_policy import BaseFigures, LimitPolicy, policy_for
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole, may_change_organisation
from webapp.domain.stored_labels import UnknownLabel


@dataclass(frozen=True)
class CurrentOrganisation:
    """The organisation a request acts in, with the person's role there. Labels may be those of a newer build."""

    id: uuid.UUID
    name: str
    industry: Industry | UnknownLabel
    plan: SubscriptionPlan | UnknownLabel
    role: MembershipRole | UnknownLabel
    is_active: bool
    trade: str | None
    sic_code: str | None
    hour_override: int | None
    burst_override: int | None
    rate_limit_enabled: bool
    limits_shadow: bool
    limits_version: int  # of its own limits and its industry's together, see `state_of_limits`
    base: BaseFigures | None  # of its industry, where an admin has changed them
    version: int
    onboarded_at: datetime | None
    industry_chosen_at: datetime | None
    created_at: datetime
    awaited_step: str | None = None  # of its first visit, which is counted next

    @property
    def is_onboarded(self) -> bool:
        return self.onboarded_at is not None

    @property
    def policy(self) -> LimitPolicy:
        """The limits in force for this organisation."""
        return policy_for(
            self.industry,
            self.plan,
            base=self.base,
            hour_override=self.hour_override,
            burst_override=self.burst_override,
            enforced=self.rate_limit_enabled,
        )


@dataclass(frozen=True)
class Looking:
    """The platform admin who looks at Foyer as the visitor sees it, and until when."""

    admin_id: uuid.UUID
    admin_name: str
    until: datetime


@dataclass(frozen=True)
class SignedInVisitor:
    """A person with a live login session. `organisation` is None for someone who belongs to none any more.

    With `looked_at_by` it is not they who ask: the login session is the admin's, and nothing may be changed with it.

    `is_touch_due` says that the last use of the session was noted too long ago, `has_fresh_sign_in` that the provider
    saw them prove who they are within the last quarter of an hour: both by the database's clock.
    """

    session_id: uuid.UUID
    user_id: uuid.UUID
    email: str | None
    display_name: str
    is_platform_admin: bool
    is_touch_due: bool
    organisation: CurrentOrganisation | None
    has_fresh_sign_in: bool = False
    looked_at_by: Looking | None = None

    @property
    def asking_id(self) -> uuid.UUID:
        """Who sits at the browser: the admin where one looks."""
        return self.looked_at_by.admin_id if self.looked_at_by is not None else self.user_id

    @property
    def has_workspace(self) -> bool:
        """Whether they have an organisation to work in: a platform admin may be signed in without one."""
        return self.organisation is not None and self.organisation.is_active

    @property
    def may_change_organisation(self) -> bool:
        return self.organisation is not None and may_change_organisation(self.organisation.role)
