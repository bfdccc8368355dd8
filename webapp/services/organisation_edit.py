"""What an admin changes about any organisation, in one go: what it is, what it has bought, and its limits."""

import uuid
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.orm import Session

from webapp.domain.actor import Actor
from webapp.domain.errors import ChangedMeanwhile
from webapp.domain.industries import Industry
from webapp.domain.limit_policy import inherited_policy
from webapp.domain.limit_values import checked_burst, checked_hour
from webapp.domain.organisation_changes import LIMIT_FIELDS, Changes, describe_changes_of_any
from webapp.domain.organisation_details import checked_name
from webapp.domain.plans import SubscriptionPlan
from webapp.models import Organisation
from webapp.services.industry_limits import Bases, list_bases
from webapp.services.organisations import differences, get_locked, policy_of, write_changes
from webapp.services.transactions import retried, transaction


@dataclass(frozen=True)
class OrganisationEdit:
    """All that an admin may change. An industry or plan of None keeps what is stored, which may be a label that this
    build cannot write; a limit of None inherits."""

    name: str
    industry: Industry | None
    plan: SubscriptionPlan | None
    sic_code: str | None
    hour: int | None
    burst: int | None
    is_limited: bool
    is_shadow: bool


@retried
def update_any_organisation(
    organisation_id: uuid.UUID, wanted: OrganisationEdit, *, version: int, by: Actor
) -> list[str]:
    """Returns a sentence for each thing that changed, none if nothing did. All of it is one entry of the audit log.

    `version` is that of the page it was changed on. Raises NotFound, ChangedMeanwhile when it is not the stored one any
    more, InvalidValue.
    """
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        if organisation.version != version:
            raise ChangedMeanwhile("Somebody else changed the organisation meanwhile")
        bases = list_bases()
        before = policy_of(organisation, bases)
        changes = differences(organisation, _values(organisation, wanted, bases))
        _save(session, organisation, changes, by)
        return describe_changes_of_any(changes, before, policy_of(organisation, bases))


def _save(session: Session, organisation: Organisation, changes: Changes, by: Actor) -> None:
    is_about_limits = LIMIT_FIELDS.issuperset(changes)
    write_changes(session, organisation, changes, "limits.set" if is_about_limits else "organisation.changed", by)
    if "industry_type" in changes and organisation.industry_chosen_at is None:
        organisation.industry_chosen_at = func.now()


def _values(organisation: Organisation, wanted: OrganisationEdit, bases: Bases) -> dict[str, object]:
    """By column. A burst is held against the hour that will be in force, the organisation's own or its new industry's
    and plan's."""
    industry = organisation.industry_type if wanted.industry is None else wanted.industry
    plan = organisation.subscription_plan if wanted.plan is None else wanted.plan
    hour = None if wanted.hour is None else checked_hour(wanted.hour)
    if wanted.burst is not None:
        checked_burst(wanted.burst, hour or inherited_policy(industry, plan, bases.get(industry)).hour.amount)
    return {
        "name": checked_name(wanted.name),
        "industry_type": industry,
        "subscription_plan": plan,
        "sic_code": wanted.sic_code,
        "rate_limit_per_hour": hour,
        "burst_limit": wanted.burst,
        "rate_limit_enabled": wanted.is_limited,
        "limits_shadow": wanted.is_shadow,
    }
