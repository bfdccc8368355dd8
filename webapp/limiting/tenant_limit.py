"""Hour and burst as one limit of Flask-Limiter: decided together in one call of the store.

Two stock limits would be two round trips, would charge the burst for what the hour refuses, and would start a fresh
count whenever an amount changes, because the amount is part of the stock key. This item leaves it out.
"""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask_limiter import ApplicationLimit
from limits import RateLimitItem
from limits.limits import Granularity
from limits.storage import Storage
from limits.strategies import STRATEGIES, RateLimiter
from limits.util import WindowStats

from webapp.domain.limit_policy import HOUR_SECONDS, LimitPolicy
from webapp.limiting.counts import Counts, LimitStore, StoreUnusable

log = logging.getLogger(__name__)

STRATEGY = "hour-and-burst"
SCHEME = "foyer"
MOST_PARSED = 1_000


class HourAndBurst(RateLimitItem):
    """Written "18000 per 500 tenant": 18,000 an hour and 500 in any 60 seconds. `limits` registers it by its name."""

    GRANULARITY = Granularity(HOUR_SECONDS, "tenant")

    def key_for(self, *identifiers: bytes | str | int | float) -> str:
        """The key alone: neither the amounts nor Flask-Limiter's scope belong to what is counted."""
        return str(identifiers[0])


def limit_text(policy: LimitPolicy) -> str:
    """The text Flask-Limiter parses into an HourAndBurst. A figure below 1, which the database refuses to store, would
    not parse, and what does not parse is not limited."""
    return f"{max(1, policy.hour.amount)} per {max(1, policy.burst.amount)} tenant"


class ParsedOnce(ApplicationLimit):
    """An application limit whose texts are parsed once: few policies are in force, and each request asks for one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._parsed: dict[str, list[Any]] = {}

    def __iter__(self) -> Iterator[Any]:
        text = self.limit_provider() if callable(self.limit_provider) else self.limit_provider
        parsed = self._parsed.get(text)
        if parsed is None:
            if len(self._parsed) >= MOST_PARSED:
                self._parsed.clear()
            parsed = self._parsed[text] = list(super().__iter__())
        return iter(parsed)


class StoreHolder(Storage):
    """Brings a LimitStore to the strategy: Flask-Limiter makes a storage from an address, the store is set after."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012  # the shape that `limits` reads

    store: LimitStore

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self.store.clear()
        return None

    def clear(self, key: str) -> None:
        self.store.forget(key)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise NotImplementedError("counts are kept by HourAndBurstStrategy alone")

    def get(self, key: str) -> int:
        raise NotImplementedError("counts are kept by HourAndBurstStrategy alone")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("counts are kept by HourAndBurstStrategy alone")


class HourAndBurstStrategy(RateLimiter):
    """One call of the store for each request. `on_counts` is told the counts and says whether the request goes on."""

    storage: StoreHolder

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._quiet_until = 0.0
        self.is_enforced: Callable[[], bool] = lambda: True
        self.on_counts: Callable[[Counts], bool] = lambda counts: counts.is_within

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        try:
            counts = self.storage.store.hit(
                item.key_for(*identifiers), item.amount, item.multiples, is_enforced=self.is_enforced()
            )
        except StoreUnusable as error:
            self._say_so(error)
            return True
        return self.on_counts(counts)

    def _say_so(self, error: StoreUnusable) -> None:
        """Requests go on while nothing can be counted, and the log hears of it once a second and not once a request."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + 1.0
            log.warning(
                "requests are not counted: the store is unusable", extra={"kind": type(error.__cause__).__name__}
            )

    def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        return self.storage.store.read(item.key_for(*identifiers), item.amount, item.multiples).is_within

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        counts = self.storage.store.read(item.key_for(*identifiers), item.amount, item.multiples)
        return WindowStats(counts.hour_ends_at, max(0, item.amount - counts.hour_used))


STRATEGIES[STRATEGY] = HourAndBurstStrategy  # type: ignore[assignment]  # its type lists the stock ones only
