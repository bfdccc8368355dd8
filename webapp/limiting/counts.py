"""What a store says about one key, and what is decided from it. Every store speaks in these."""

import math
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Protocol

from webapp.domain.limit_policy import LimitPolicy

if TYPE_CHECKING:
    from webapp.limiting.usage_by_minute import MinuteUsage

ORGANISATION = "organisation"
ADDRESS = "address"
HOUR = "hour"
BURST = "burst"


@dataclass(frozen=True)
class Counts:
    """The counts of one key after a decision. Moments are in seconds since 1970.

    `burst_frees_at` is when a refused request would fit into the burst again; for one that was admitted, when the
    oldest counted request leaves it. `hour_allowed` and `burst_allowed` are what the counts were held against: the
    policy's figures, or this process's share of them while the store is unusable.
    """

    is_within: bool
    now: float
    hour_used: int
    hour_ends_at: float
    burst_used: int
    burst_frees_at: float
    hour_allowed: int
    burst_allowed: int
    is_makeshift: bool = False  # counted by this process for itself, because the store is unusable


class StoreUnusable(Exception):
    """The counts cannot be read or written at the moment."""


class LimitStore(Protocol):
    """Where counts are kept. Its functions raise StoreUnusable and nothing else.

    One call of `hit` is one round trip, whatever it decides. A key is `organisation:<id>`, or names an address.
    Making a store asks nobody, so that a deployment starts while its store is away.
    """

    name: str
    """Where that is, in words for start-up and the health page."""

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        """Counts one request if both limits have room, and without asking when they are not enforced."""

    def read(self, key: str, hour: int, burst: int) -> Counts:
        """The counts of a key as they are. Changes nothing."""

    def forget(self, key: str) -> None:
        """Drops what was counted for a key. What is on its way into usage_by_minute stays."""

    def clear(self) -> None:
        """Drops everything."""

    def collect(self) -> "list[MinuteUsage]":
        """What is to be added to usage_by_minute and has not been given before."""


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

    @cached_property
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
    name = HOUR if counts.is_within else refusing_limit(counts)
    return Decision(counts.is_within or not is_enforced, name, scope, policy, counts)


def refusing_limit(counts: Counts) -> str:
    """The one that refuses, of limits of which at least one is used up."""
    is_hour_full = counts.hour_used >= counts.hour_allowed
    is_burst_full = counts.burst_used >= counts.burst_allowed
    return BURST if is_burst_full and not (is_hour_full and counts.hour_ends_at >= counts.burst_frees_at) else HOUR


@lru_cache(maxsize=10_000)
def organisation_of(key: str) -> uuid.UUID | None:
    """Whose usage a key counts; None for an address."""
    kind, _, name = key.partition(":")
    return uuid.UUID(name) if kind == ORGANISATION else None
