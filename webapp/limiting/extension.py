"""The limiter: what is counted for a request, under which policy, and what is never limited.

The callables only read what the visitor hook left on `g`. They make no query, cannot raise and never return an empty
text, which Flask-Limiter would take for "no limit".
"""

from datetime import UTC, datetime

from flask import Flask, Response, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter

from webapp.config import LimitsMode, Settings
from webapp.domain.addresses import customer_of, parse_address
from webapp.domain.limit_policy import BURST_SECONDS, HOUR_SECONDS, LimitPolicy, address_policy
from webapp.domain.visitor import CurrentOrganisation
from webapp.limiting.counts import Counts, Decision, LimitStore, decide
from webapp.limiting.local import LocalStore
from webapp.limiting.tenant_limit import SCHEME, STRATEGY, HourAndBurstStrategy, StoreHolder, limit_text

STORE = "foyer_limit_store"
ORGANISATION = "organisation"
ADDRESS = "address"

NEVER_LIMITED = frozenset({"static", "status.healthz", "status.readyz"})
NOT_COUNTED_AGAINST_THE_ORGANISATION = frozenset({"dashboard.usage", "dashboard.usage_json", "auth.logout"})
"""They have to work for somebody who is over the limit. They are counted by address, like a stranger's requests."""


def init_limiter(app: Flask) -> None:
    """Gives the application one limit that counts each request once. Call it after the visitor hook is registered."""
    settings: Settings = app.config["SETTINGS"]
    limiter = Limiter(
        key_func=limit_key,
        application_limits=[ApplicationLimit(limit_provider=limit_in_force, key_function=limit_key)],
        storage_uri=f"{SCHEME}://",
        strategy=STRATEGY,
        # Unknown addresses have no endpoint; without a name Flask-Limiter would not count them.
        request_identifier=lambda: request.endpoint or "unmatched",
        headers_enabled=False,  # its own send Retry-After on every answer, and only one limit
        swallow_errors=True,  # a fault in counting must not stop a request; it is logged as an error
    )
    limiter.request_filter(is_never_limited)
    limiter.init_app(app)
    app.config["FOYER_ADDRESS_POLICY"] = address_policy(settings.address_limit_per_hour, settings.address_burst_limit)
    app.extensions[STORE] = attach_store(limiter, LocalStore())
    app.after_request(add_limit_headers)


def attach_store(limiter: Limiter, store: LimitStore) -> LimitStore:
    """Puts a store behind the limiter's strategy."""
    strategy, holder = limiter.limiter, limiter.storage
    assert isinstance(strategy, HourAndBurstStrategy)
    assert isinstance(holder, StoreHolder)
    holder.store = store
    strategy.is_enforced = is_enforced
    strategy.on_counts = note_decision
    return store


def limit_key() -> str:
    """What is counted: the organisation somebody acts in, else the address the request comes from."""
    organisation = counted_organisation()
    return organisation_key(organisation.id) if organisation else address_key(request.remote_addr)


def limit_in_force() -> str:
    """The policy as the text that Flask-Limiter parses."""
    return limit_text(policy_in_force())


def policy_in_force() -> LimitPolicy:
    """The organisation's policy, else that of an address."""
    organisation = counted_organisation()
    if organisation is not None:
        return organisation.policy
    policy: LimitPolicy = current_app.config["FOYER_ADDRESS_POLICY"]
    return policy


def counted_organisation() -> CurrentOrganisation | None:
    """The organisation a request counts against. None for strangers, for somebody in no organisation, and for the
    pages that work over the limit."""
    visitor = g.get("visitor")
    if visitor is None or request.endpoint in NOT_COUNTED_AGAINST_THE_ORGANISATION:
        return None
    organisation: CurrentOrganisation | None = visitor.organisation
    return organisation


def is_enforced() -> bool:
    """False when requests are counted and never refused: for this organisation, or everywhere in shadow mode."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.limits_mode is LimitsMode.ENFORCE and policy_in_force().enforced


def note_decision(counts: Counts) -> bool:
    """Leaves the decision on `g` for the page and the headers, and says whether the request goes on."""
    scope = ORGANISATION if counted_organisation() else ADDRESS
    decision: Decision = decide(counts, policy_in_force(), scope, is_enforced=is_enforced())
    g.limit_decision = decision
    return decision.is_admitted


def is_never_limited() -> bool:
    """Static files, health checks, and the question which methods are allowed."""
    return request.method == "OPTIONS" or request.endpoint in NEVER_LIMITED


def organisation_key(organisation_id: object) -> str:
    return f"organisation:{organisation_id}"


def address_key(address: str | None) -> str:
    """An address in its one spelling. IPv6 is counted by /64, which is what one customer gets; what is no address at
    all (a proxy's garbage) shares one key."""
    parsed = parse_address(address)
    return f"address:{customer_of(parsed)}" if parsed else "address:unreadable"


def add_limit_headers(response: Response) -> Response:
    """`RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers on every counted answer, and
    Retry-After on a refusal only: on other answers it misleads clients into waiting."""
    decision: Decision | None = g.get("limit_decision")
    if decision is None:
        return response
    policy, counts = decision.policy, decision.counts
    response.headers["RateLimit-Policy"] = (
        f'"hour";q={policy.hour.amount};w={HOUR_SECONDS}, "burst";q={policy.burst.amount};w={BURST_SECONDS}'
    )
    response.headers["RateLimit"] = (
        f'"hour";r={max(0, policy.hour.amount - counts.hour_used)};t={decision.seconds_until(counts.hour_ends_at)}, '
        f'"burst";r={max(0, policy.burst.amount - counts.burst_used)};t={decision.seconds_until(counts.burst_frees_at)}'
    )
    if not decision.is_admitted:
        response.headers["Retry-After"] = str(decision.retry_after)
    return response


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
