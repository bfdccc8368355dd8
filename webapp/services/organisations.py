"""Organisations: the only place where one is made, and the use cases that change one.

Functions for owners take the organisation of the signed-in visitor. Those that accept any organisation say so in their
names; they are for platform admins and operators.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.activity import Happening
from webapp.domain.actor import Actor
from webapp.domain.errors import InvalidValue, NotFound, NotPermitted
from webapp.domain.industries import Industry
from webapp.domain.limit_policy import LimitPolicy, policy_for
from webapp.domain.organisation_changes import LIMIT_FIELDS, Changes, describe_changes
from webapp.domain.organisation_details import checked_name, checked_trade
from webapp.domain.plans import SubscriptionPlan
from webapp.models import Membership, Organisation, SicCode
from webapp.services.activity import add_activity
from webapp.services.audit import add_audit_event
from webapp.services.industry_limits import Bases, list_bases
from webapp.services.transactions import retried, transaction

MOST_LISTED = 1_000

DECIDES_LIMITS = frozenset({"industry_type", "subscription_plan"}) | LIMIT_FIELDS
"""A change of these is one of the limits too: what is remembered of the old ones must not be felt any more."""


@dataclass(frozen=True)
class OrganisationSummary:
    """One line of a list of organisations."""

    organisation: Organisation
    people: int


def new_organisation(
    name: str,
    *,
    industry: Industry,
    plan: SubscriptionPlan = SubscriptionPlan.BASIC,
    sic_code: str | None = None,
    trade: str | None = None,
) -> Organisation:
    """A step: the one place where an Organisation is made, so that every row is born complete."""
    return Organisation(
        id=uuid.uuid4(),
        name=name,
        industry=trade,
        industry_type=industry,
        subscription_plan=plan,
        sic_code=sic_code,
    )


@retried
def create_organisation(
    name: str,
    industry: Industry,
    plan: SubscriptionPlan,
    *,
    by: Actor,
    sic_code: str | None = None,
    trade: str | None = None,
) -> Organisation:
    """Makes an organisation that is already set up, as operators and seeds do. Raises InvalidValue."""
    with transaction() as session:
        return _create(session, name, industry, plan, by=by, sic_code=sic_code, trade=trade)


@retried
def ensure_organisation(
    name: str,
    industry: Industry,
    plan: SubscriptionPlan,
    *,
    by: Actor,
    sic_code: str | None = None,
    trade: str | None = None,
) -> tuple[Organisation, bool]:
    """The oldest organisation of this name, made if there is none, and whether it was made. For seeds, which may run
    twice and side by side: a lock on the name makes the second wait and then find what the first made."""
    with transaction() as session:
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"organisation:{name}", 0))))
        found = session.scalars(_by_name(name).limit(1)).one_or_none()
        if found is not None:
            return found, False
        return _create(session, name, industry, plan, by=by, sic_code=sic_code, trade=trade), True


@retried
def update_own_organisation(
    organisation_id: uuid.UUID,
    *,
    name: str,
    industry: Industry | None,
    sic_code: str | None,
    trade: str | None,
    by: Actor,
) -> list[str]:
    """What an owner changes in settings. Returns a sentence for each thing that changed, none if nothing did.

    An industry of None keeps what is stored, which may be a label that this build does not know and cannot write.
    Saving is also an answer to "what does your organisation do?", so it counts as having chosen the industry.
    Raises InvalidValue.
    """
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        before = policy_of(organisation)
        wanted: dict[str, object] = {
            "name": checked_name(name),
            "industry_type": organisation.industry_type if industry is None else industry,
            "sic_code": sic_code,
            "industry": checked_trade(trade),
        }
        changes = _change(session, organisation, wanted, "organisation.changed", by)
        if organisation.industry_chosen_at is None:
            organisation.industry_chosen_at = func.now()
        return describe_changes(changes, before, policy_of(organisation))


@retried
def set_industry_of_any(organisation_id: uuid.UUID, industry: Industry, *, by: Actor) -> bool:
    """Returns whether that changed anything. The limits follow by themselves: they are never copied into rows."""
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        changes = _change(session, organisation, {"industry_type": industry}, "organisation.industry_set", by)
        if organisation.industry_chosen_at is None:
            organisation.industry_chosen_at = func.now()
        return bool(changes)


@retried
def set_plan_of_any(organisation_id: uuid.UUID, plan: SubscriptionPlan, *, by: Actor) -> bool:
    """Returns whether that changed anything."""
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        return bool(_change(session, organisation, {"subscription_plan": plan}, "organisation.plan_set", by))


@retried
def suspend_any(
    organisation_id: uuid.UUID, *, by: Actor, reason: str | None = None, acting_in: uuid.UUID | None = None
) -> bool:
    """From the next request on its people see that it is not active. Nothing is deleted. False if it already was.

    `acting_in` is the organisation of whoever does it: they would lock themselves out. Raises NotPermitted for that.
    """
    if acting_in == organisation_id:
        raise NotPermitted("You cannot suspend the organisation you are signed in to. Ask another admin")
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        return bool(_change(session, organisation, {"is_active": False}, "organisation.suspended", by, reason))


@retried
def resume_any(organisation_id: uuid.UUID, *, by: Actor, reason: str | None = None) -> bool:
    """Undoes a suspension. False if there was none."""
    with transaction() as session:
        organisation = get_locked(session, organisation_id)
        return bool(_change(session, organisation, {"is_active": True}, "organisation.resumed", by, reason))


def get_any_organisation(reference: str) -> Organisation:
    """An organisation by its id or its exact name. Raises NotFound, also when several have that name."""
    try:
        found = [db.session.get(Organisation, uuid.UUID(reference))]
    except ValueError:
        found = list(db.session.scalars(_by_name(reference).limit(2)))
    if len(found) > 1:
        raise NotFound(f"Several organisations are called {reference}: give the id instead")
    if not found or found[0] is None:
        raise NotFound(f"There is no organisation {reference}")
    return found[0]


def list_any_organisations(
    *, industry: Industry | None = None, plan: SubscriptionPlan | None = None, is_active: bool | None = None
) -> Sequence[OrganisationSummary]:
    """Organisations with the number of their people, by name, at most a thousand."""
    people = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.organisation_id == Organisation.id)
        .scalar_subquery()
    )
    query = select(Organisation, people).order_by(Organisation.name, Organisation.id).limit(MOST_LISTED)
    if industry is not None:
        query = query.where(Organisation.industry_type == industry)
    if plan is not None:
        query = query.where(Organisation.subscription_plan == plan)
    if is_active is not None:
        query = query.where(Organisation.is_active == is_active)
    return [OrganisationSummary(organisation, count) for organisation, count in db.session.execute(query)]


def policy_of(organisation: Organisation, bases: Bases | None = None) -> LimitPolicy:
    """The limits in force for a row. `bases` spares a statement for each row of a list."""
    bases = list_bases() if bases is None else bases
    return policy_for(
        organisation.industry_type,
        organisation.subscription_plan,
        base=bases.get(organisation.industry_type),
        hour_override=organisation.rate_limit_per_hour,
        burst_override=organisation.burst_limit,
        enforced=organisation.rate_limit_enabled,
    )


def _create(
    session: Session,
    name: str,
    industry: Industry,
    plan: SubscriptionPlan,
    *,
    by: Actor,
    sic_code: str | None,
    trade: str | None,
) -> Organisation:
    if sic_code is not None and session.get(SicCode, sic_code) is None:
        raise InvalidValue("sic", f"There is no UK SIC code {sic_code}")
    organisation = new_organisation(
        checked_name(name), industry=industry, plan=plan, sic_code=sic_code, trade=checked_trade(trade)
    )
    organisation.onboarded_at = organisation.industry_chosen_at = func.now()
    session.add(organisation)
    session.flush()  # the audit event refers to it
    add_audit_event(
        session,
        "organisation.created",
        by,
        organisation_id=organisation.id,
        changes={
            "name": (None, organisation.name),
            "industry_type": (None, industry),
            "subscription_plan": (None, plan),
        },
    )
    add_activity(session, Happening.ORGANISATION_CREATED, industry=industry)
    return organisation


def get_locked(session: Session, organisation_id: uuid.UUID) -> Organisation:
    """The row, held until the transaction ends so that two changes never overwrite each other. Raises NotFound."""
    # Not FOR UPDATE: rows that refer to this one, such as those that counting writes, may still be written meanwhile.
    lock = {"key_share": True}
    organisation = session.get(Organisation, organisation_id, with_for_update=lock, populate_existing=True)
    if organisation is None:
        raise NotFound("There is no such organisation")
    return organisation


def differences(organisation: Organisation, wanted: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Before and after of the values that the row does not have already."""
    return {
        name: (getattr(organisation, name), value)
        for name, value in wanted.items()
        if getattr(organisation, name) != value
    }


def write_changes(
    session: Session, organisation: Organisation, changes: Changes, action: str, by: Actor, reason: str | None = None
) -> None:
    """A step: sets what differs, counts the version up and appends one audit event with before and after."""
    if not changes:
        return
    for name, (_, value) in changes.items():
        setattr(organisation, name, value)
    organisation.version += 1
    if not DECIDES_LIMITS.isdisjoint(changes):
        organisation.limits_version += 1
    organisation.updated_at = func.now()
    add_audit_event(session, action, by, organisation_id=organisation.id, changes=changes, reason=reason)


def _change(
    session: Session,
    organisation: Organisation,
    wanted: Mapping[str, object],
    action: str,
    by: Actor,
    reason: str | None = None,
) -> Changes:
    changes = differences(organisation, wanted)
    write_changes(session, organisation, changes, action, by, reason)
    return changes


def _by_name(name: str) -> Select[Organisation]:
    return select(Organisation).where(Organisation.name == name).order_by(Organisation.created_at, Organisation.id)
