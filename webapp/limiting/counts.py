"""What a store says about one key, and what is decided from it. Every store speaks in these."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from webapp.domain.limit_policy import LimitPolicy

HOUR = "hour"
BURST = "burst"


@dataclass(frozen=True)
class Counts:
    """The counts of one key after a decision. Moments are in seconds since 1970.

    `burst_frees_at` is when a refused request would fit into the burst again; for one that was admitted, when the
    oldest counted request leaves it.
    """

    is_within: bool
    now: float
    hour_used: int
    hour_ends_at: float
    burst_used: int
    burst_frees_at: float


class StoreUnusable(Exception):
    """The counts cannot be read or written at the moment."""


class LimitStore(Protocol):
    """Where counts are kept. Its functions raise StoreUnusable and nothing else.

    One call of `hit` is one round trip, whatever it decides.
    """

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        """Counts one request if both limits have room, and without asking when they are not enforced."""

    def read(self, key: str, hour: int, burst: int) -> Counts:
        """The counts of a key as they are. Changes nothing."""

    def forget(self, key: str) -> None:
        """Drops what was counted for a key."""

    def clear(self) -> None:
        """Drops everything."""


@dataclass(frozen=True)
class Decision:
    """One request held against a policy: which limit decided, and the figures for the page and the headers.

    `retry_after` is in whole seconds and at least 1 when the request was refused, else 0.
    """

    is_admitted: bool
    name: str
    scope: str
    policy: LimitPolicy
    counts: Counts

    @property
    def limit(self) -> int:
        return self.policy.burst.amount if self.name == BURST else self.policy.hour.amount

    @property
    def source(self) -> str:
        """Where the limit's figure comes from, in words."""
        return self.policy.burst.source if self.name == BURST else self.policy.hour.source

    @property
    def used(self) -> int:
        return self.counts.burst_used if self.name == BURST else self.counts.hour_used

    @property
    def retry_after(self) -> int:
        return 0 if self.is_admitted else self.seconds_until(self.frees_at)

    @property
    def resets_at(self) -> datetime:
        """When the deciding limit has room again."""
        return datetime.fromtimestamp(self.frees_at, UTC)

    @property
    def frees_at(self) -> float:
        """The same moment in seconds since 1970."""
        return self.counts.burst_frees_at if self.name == BURST else self.counts.hour_ends_at

    def seconds_until(self, moment: float) -> int:
        """Whole seconds from the decision, rounded up so that nobody comes back too early."""
        return max(1, math.ceil(moment - self.counts.now))


def decide(counts: Counts, policy: LimitPolicy, scope: str, *, is_enforced: bool) -> Decision:
    """Which limit a request meets: of two that are used up, the one that keeps it waiting for longer."""
    is_hour_full = counts.hour_used >= policy.hour.amount
    is_burst_full = counts.burst_used >= policy.burst.amount
    waits_for_burst = is_burst_full and not (is_hour_full and counts.hour_ends_at >= counts.burst_frees_at)
    name = BURST if not counts.is_within and waits_for_burst else HOUR
    return Decision(counts.is_within or not is_enforced, name, scope, policy, counts)
