"""Reading what an organisation has used, from the very counters that refuse requests."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from webapp.domain.limit_policy import LimitPolicy
from webapp.limiting.counts import LimitStore
from webapp.limiting.extension import STORE, moment, organisation_key


@dataclass(frozen=True)
class Usage:
    """What was used of one policy at this moment."""

    used_this_hour: int
    left: int
    resets_at: datetime
    used_in_burst: int


def read_usage(organisation_id: uuid.UUID, policy: LimitPolicy) -> Usage:
    """Counts nothing by itself."""
    store: LimitStore = current_app.extensions[STORE]
    counts = store.read(organisation_key(organisation_id), policy.hour.amount, policy.burst.amount)
    return Usage(
        used_this_hour=counts.hour_used,
        left=max(0, policy.hour.amount - counts.hour_used),
        resets_at=moment(counts.hour_ends_at),
        used_in_burst=counts.burst_used,
    )
