"""The limits of an organisation: what is in force, and an override set or cleared by an operator or admin."""

import uuid

from sqlalchemy import func
from sqlalchemy.orm import Session

from webapp.domain.actor import Actor
from webapp.domain.errors import InvalidValue
from webapp.domain.limit_policy import MOST_PER_HOUR, LimitPolicy, inherited_policy
from webapp.models import Organisation
from webapp.services.audit import add_audit_event
from webapp.services.organisations import get_locked, policy_of
from webapp.services.transactions import retried, transaction


@retried
def set_override_of_any(organisation_id: uuid.UUID, *, hour: int | None, burst: int | None, by: Actor) -> LimitPolicy:
    """Sets the figures that are given and leaves the others as they are. Returns the policy then in force.

    Applies from the next request; what was used stays counted. Raises InvalidValue("hour" or "burst", ...).
    """
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        new_hour = organisation.rate_limit_per_hour if hour is None else checked_hour(hour)
        new_burst = organisation.burst_limit if burst is None else burst
        in_force = new_hour or inherited_policy(organisation.industry_type, organisation.subscription_plan).hour.amount
        if new_burst is not None:
            checked_burst(new_burst, in_force)
        _write(session, organisation, new_hour, new_burst, "limits.set", by)
        return policy_of(organisation)


@retried
def clear_override_of_any(organisation_id: uuid.UUID, *, by: Actor) -> LimitPolicy:
    """Takes both overrides away and returns the inherited policy that is in force from the next request."""
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        _write(session, organisation, None, None, "limits.cleared", by)
        return policy_of(organisation)


def checked_hour(hour: int) -> int:
    """Raises InvalidValue("hour", ...) for a figure that would stop everybody or protect nobody."""
    if not 1 <= hour <= MOST_PER_HOUR:
        raise InvalidValue("hour", f"Requests an hour must be a whole number between 1 and {MOST_PER_HOUR:,}")
    return hour


def checked_burst(burst: int, hour: int) -> int:
    """Raises InvalidValue("burst", ...) unless the burst is at least 1 and fits in the hour it is part of."""
    if burst < 1:
        raise InvalidValue("burst", "Burst must be 1 or more")
    if burst > hour:
        raise InvalidValue("burst", f"Burst must be {hour:,} or less, the same as or lower than the hourly limit")
    return burst


def _write(
    session: Session, organisation: Organisation, hour: int | None, burst: int | None, action: str, by: Actor
) -> None:
    before = (organisation.rate_limit_per_hour, organisation.burst_limit)
    if before == (hour, burst):
        return
    organisation.rate_limit_per_hour, organisation.burst_limit = hour, burst
    organisation.limits_version += 1
    organisation.version += 1
    organisation.updated_at = func.now()
    changes = {"rate_limit_per_hour": (before[0], hour), "burst_limit": (before[1], burst)}
    add_audit_event(session, action, by, organisation_id=organisation.id, changes=changes)
