"""What an organisation has used, from the very counters that refuse requests, and forgetting it."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from webapp.config import LimitsMode, Settings
from webapp.domain.limit_policy import LimitPolicy
from webapp.limiting.counts import LimitStore
from webapp.limiting.extension import STORE, moment, organisation_key
from webapp.limiting.guarded import PROBE
from webapp.limiting.local import LocalStore
from webapp.limiting.postgres import PostgresStore


@dataclass(frozen=True)
class Usage:
    """What was used of one policy at this moment."""

    used_this_hour: int
    left: int
    resets_at: datetime
    used_in_burst: int


def read_usage(organisation_id: uuid.UUID, policy: LimitPolicy) -> Usage:
    """Counts nothing by itself. Raises StoreUnusable."""
    counts = _store().read(organisation_key(organisation_id), policy.hour.amount, policy.burst.amount)
    return Usage(
        used_this_hour=counts.hour_used,
        left=max(0, policy.hour.amount - counts.hour_used),
        resets_at=moment(counts.hour_ends_at),
        used_in_burst=counts.burst_used,
    )


def forget_usage(organisation_id: uuid.UUID) -> None:
    """The hour and the burst begin at nothing. Raises StoreUnusable."""
    _store().forget(organisation_key(organisation_id))


def is_history_late() -> bool:
    """Whether what is counted reaches usage_by_minute only every few seconds: by every store but PostgreSQL's own."""
    return _store().name != PostgresStore.name


def are_counts_in_the_database() -> bool:
    """Whether a query can read what is being counted."""
    return not is_history_late()


def is_counted_together() -> bool:
    """Whether all processes share their counts. Where they do not, a command sees none of what is being served."""
    return _store().name != LocalStore.name


def is_on_trial(limits_shadow: bool) -> bool:
    """Whether nothing is refused because limits are being tried, here or in the whole deployment."""
    settings: Settings = current_app.config["SETTINGS"]
    return limits_shadow or settings.limits_mode is LimitsMode.SHADOW


def _store() -> LimitStore:
    store: LimitStore = current_app.extensions[STORE]
    return store


@dataclass(frozen=True)
class StoreStanding:
    """Where this process counts, whether it has to count for itself at the moment, and how often the store failed."""

    name: str
    is_degraded: bool
    failures: int


def store_standing() -> StoreStanding:
    """As this process sees it. Asks nobody."""
    store: LimitStore = current_app.extensions[STORE]
    return StoreStanding(store.name, getattr(store, "is_degraded", False), getattr(store, "failures", 0))


def probe_store() -> float:
    """How many seconds it takes to read a count there. Counts nothing. Raises StoreUnusable."""
    began = time.monotonic()
    _store().read(PROBE, 1, 1)
    return time.monotonic() - began
