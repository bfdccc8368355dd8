"""What an organisation has bought, and how far that stretches its industry's limits."""

import enum
from dataclasses import dataclass, replace

from webapp.domain.stored_labels import UnknownLabel, stored_as


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


def known_plan(stored: SubscriptionPlan | UnknownLabel) -> SubscriptionPlan:
    """The plan whose limits apply: the basic one stands in for a label this build does not know."""
    return stored if isinstance(stored, SubscriptionPlan) else SubscriptionPlan.BASIC


def plan_words(stored: SubscriptionPlan | UnknownLabel) -> PlanEntry:
    """The entry of a stored plan. A label this build does not know is its own name, with the basic plan's limits."""
    entry = PLANS[known_plan(stored)]
    return entry if isinstance(stored, SubscriptionPlan) else replace(entry, name=stored.value)


def find_plan(label: str) -> SubscriptionPlan | None:
    """The plan with exactly this stored label, or None. Upper case and padding are not forgiven: labels are exact."""
    return next((plan for plan in SubscriptionPlan if plan.value == label), None)
