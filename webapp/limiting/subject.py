"""What a request counts against, under which policy, and what is never counted.

Worked out from what the visitor hook left on `g`: without a query, and without anything that can fail.
"""

import functools
from dataclasses import dataclass

from flask import current_app, g, request

from webapp.config import LimitsMode, Settings
from webapp.domain.addresses import customer_of, parse_address
from webapp.domain.limit_policy import LimitPolicy, address_policy
from webapp.domain.visitor import CurrentOrganisation
from webapp.limiting.counts import ADDRESS, ORGANISATION

SIGN_IN = "sign-in"
ADDRESS_POLICY = "FOYER_ADDRESS_POLICY"
SIGN_IN_POLICY = "FOYER_SIGN_IN_POLICY"

NEVER_LIMITED = frozenset({"static", "status.healthz", "status.readyz", "status.metrics"})
NOT_COUNTED_AGAINST_THE_ORGANISATION = frozenset(
    {
        "admin.limits",
        "admin.organisation",
        "admin.organisation_save",
        "admin_changes.industry_limits",
        "admin_changes.industry_limits_save",
        "admin_changes.organisation_reset",
        "admin_changes.organisation_reset_save",
        "auth.logout",
        "dashboard.usage",
        "dashboard.usage_json",
    }
)
"""They have to work for somebody who is over the limit: it is on them that an admin raises it. They are counted by
address, like a stranger's requests."""

STARTS_A_SIGN_IN = "auth.login"
"""Counted by address under a limit of its own, so that nobody can make us send browsers to the provider by the
thousand. The callback is not: refusing it would strand somebody who has already proved who they are."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What one request counts against. `limits_version` says which state of the limits it is under; those of addresses
    change with a deployment only."""

    key: str
    scope: str
    policy: LimitPolicy
    limits_version: int
    is_enforced: bool


def policies_of_addresses(settings: Settings) -> dict[str, LimitPolicy]:
    """By the names they have in `app.config`."""
    hour = settings.address_limit_per_hour
    return {
        ADDRESS_POLICY: address_policy(hour, settings.address_burst_limit),
        SIGN_IN_POLICY: address_policy(hour, min(hour, settings.sign_in_starts_per_minute)),
    }


def subject_of_request() -> Subject | None:
    """The organisation somebody acts in, else the address the request comes from; None for what is never counted."""
    if is_never_limited():
        return None
    settings: Settings = current_app.config["SETTINGS"]
    is_enforced = settings.limits_mode is LimitsMode.ENFORCE
    organisation = counted_organisation()
    if organisation is not None:
        policy = organisation.policy
        is_enforced = is_enforced and policy.enforced and not organisation.limits_shadow
        key = organisation_key(organisation.id)
        return Subject(key, ORGANISATION, policy, organisation.limits_version, is_enforced)
    key, name = address_key(request.remote_addr), ADDRESS_POLICY
    if request.endpoint == STARTS_A_SIGN_IN:
        key, name = f"{SIGN_IN}:{key}", SIGN_IN_POLICY
    return Subject(key, ADDRESS, current_app.config[name], 0, is_enforced)


def is_never_limited() -> bool:
    """Static files, health checks, and the question which methods are allowed."""
    return request.method == "OPTIONS" or request.endpoint in NEVER_LIMITED


def counted_organisation() -> CurrentOrganisation | None:
    """The organisation a request counts against. None for strangers, for somebody in no organisation, for the pages
    that work over the limit, and for an admin who looks as somebody else: what they ask for is not that one's use."""
    visitor = g.get("visitor")
    is_counted_by_address = request.endpoint in NOT_COUNTED_AGAINST_THE_ORGANISATION
    if visitor is None or is_counted_by_address or request.endpoint == STARTS_A_SIGN_IN:
        return None
    organisation: CurrentOrganisation | None = visitor.organisation if visitor.looked_at_by is None else None
    return organisation


def organisation_key(organisation_id: object) -> str:
    return f"{ORGANISATION}:{organisation_id}"


@functools.lru_cache(maxsize=4096)
def address_key(address: str | None) -> str:
    """An address in its one spelling. IPv6 is counted by /64, which is what one customer gets; what is no address at
    all (a proxy's garbage) shares one key."""
    parsed = parse_address(address)
    return f"{ADDRESS}:{customer_of(parsed)}" if parsed else f"{ADDRESS}:unreadable"
