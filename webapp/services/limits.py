"""The limits of an organisation: overrides, whether they are applied, and forgetting what was used.

Changing limits never touches what was used. Every change raises `limits_version`, by which remembered refusals go, so
it is felt on the next request in every process.
"""

import uuid

from sqlalchemy import func

from webapp.domain.actor import Actor
from webapp.domain.errors import CountsUnreachable
from webapp.domain.limit_policy import LimitPolicy, inherited_policy
from webapp.domain.limit_values import checked_burst, checked_hour
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.usage import Usage, forget_usage, read_usage
from webapp.models import Organisation
from webapp.services.audit import add_audit_event
from webapp.services.industry_limits import list_bases
from webapp.services.organisations import differences, get_locked, policy_of, write_changes
from webapp.services.transactions import retried, transaction


@retried
def set_override_of_any(
    organisation_id: uuid.UUID,
    *,
    hour: int | None = None,
    burst: int | None = None,
    is_enforced: bool | None = None,
    is_shadow: bool | None = None,
    by: Actor,
    reason: str | None = None,
) -> LimitPolicy:
    """Sets what is given and leaves the rest as it is. Returns the policy then in force.

    Not enforced means counted and never refused; in shadow the same, and its people are told what would have been
    refused. Raises InvalidValue("hour" or "burst", ...).
    """
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        wanted: dict[str, object] = {}
        if hour is not None:
            wanted["rate_limit_per_hour"] = checked_hour(hour)
        if burst is not None:
            wanted["burst_limit"] = burst
        if hour is not None or burst is not None:
            _check_burst(organisation, hour, burst)
        if is_enforced is not None:
            wanted["rate_limit_enabled"] = is_enforced
        if is_shadow is not None:
            wanted["limits_shadow"] = is_shadow
        write_changes(session, organisation, differences(organisation, wanted), "limits.set", by, reason)
        return policy_of(organisation)


@retried
def clear_override_of_any(organisation_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> LimitPolicy:
    """Takes both overrides away and returns the inherited policy that is in force from the next request."""
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        neither: dict[str, object] = {"rate_limit_per_hour": None, "burst_limit": None}
        write_changes(session, organisation, differences(organisation, neither), "limits.cleared", by, reason)
        return policy_of(organisation)


@retried
def reset_usage_of_any(organisation_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> Usage:
    """Forgets what was used of the hour and the burst, and returns what that was.

    Forgotten before the new version is seen: the other way round, a request in between would be refused by the old
    counts and remembered under the new version. Raises CountsUnreachable, and nothing was changed then.
    """
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        try:
            used = read_usage(organisation.id, policy_of(organisation))
            changes = {"used_this_hour": (used.used_this_hour, 0), "used_in_burst": (used.used_in_burst, 0)}
            _count_up(organisation)
            add_audit_event(
                session, "limits.reset", by, organisation_id=organisation.id, changes=changes, reason=reason
            )
            session.flush()  # what the database has against it comes before anything is forgotten
            forget_usage(organisation.id)
        except StoreUnusable as error:
            raise CountsUnreachable("The counts cannot be reached at the moment. Nothing was changed") from error
    return used


def _check_burst(organisation: Organisation, hour: int | None, burst: int | None) -> None:
    """Holds the burst override, new or kept, against the hour that will be in force, its own or inherited."""
    burst = organisation.burst_limit if burst is None else burst
    hour = organisation.rate_limit_per_hour if hour is None else hour
    if burst is None:
        return
    if hour is None:
        base = list_bases().get(organisation.industry_type)
        hour = inherited_policy(organisation.industry_type, organisation.subscription_plan, base).hour.amount
    checked_burst(burst, hour)


def _count_up(organisation: Organisation) -> None:
    organisation.limits_version += 1
    organisation.version += 1
    organisation.updated_at = func.now()
