"""What an organisation has bought, and how far that stretches its industry's limits."""

import enum
from dataclasses import dataclass

from webapp.domain.stored_labels import stored_as


@stored_as("subscription_plan")
class SubscriptionPlan(enum.StrEnum):
    BASIC = "basic"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True)
class PlanEntry:
    """The words for a plan, and the whole number that both of an industry's base limits are multiplied by."""

    name: str
    multiplier: int


PLANS: dict[SubscriptionPlan, PlanEntry] = {
    SubscriptionPlan.BASIC: PlanEntry(name="Basic", multiplier=1),
    SubscriptionPlan.PROFESSIONAL: PlanEntry(name="Professional", multiplier=2),
    SubscriptionPlan.ENTERPRISE: PlanEntry(name="Enterprise", multiplier=5),
}


def find_plan(label: str) -> SubscriptionPlan | None:
    """The plan with exactly this stored label, or None. Upper case and padding are not forgiven: labels are exact."""
    return next((plan for plan in SubscriptionPlan if plan.value == label), None)
