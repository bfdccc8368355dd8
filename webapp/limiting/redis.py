"""Counts kept in Redis or Valkey, for many machines: one script call decides hour and burst together.

The script runs whole before anything else does, and goes by that server's clock. A server of its own is assumed, not a
cluster: a script call touches the key's counts and the usage that is not yet in PostgreSQL.
"""

import uuid
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.config import Settings
from webapp.limiting.counts import Counts, StoreUnusable, organisation_of
from webapp.limiting.redis_scripts import COUNT, READ, TAKE_USAGE
from webapp.limiting.usage_by_minute import MinuteUsage

BUDGET_SECONDS = 0.05
PREFIX = "foyer:v1:"
USAGE = f"{PREFIX}usage"


class RedisStore:
    """A LimitStore over one Redis or Valkey. `clock` is the server's unless a test brings another."""

    name = "Redis"

    def __init__(
        self, settings: Settings, clock: Callable[[], float] | None = None, *, budget: float = BUDGET_SECONDS
    ) -> None:
        assert settings.ratelimit_storage_uri is not None, "the address is what chose this store"
        self.clock = clock
        self._redis = Redis.from_url(
            settings.ratelimit_storage_uri,
            socket_timeout=budget,
            socket_connect_timeout=budget,
            retry=Retry(NoBackoff(), 0),  # a second attempt would be a second count, and a second wait
            client_name="foyer-limits",
        )
        self._count = self._redis.register_script(COUNT)
        self._read = self._redis.register_script(READ)
        self._take_usage = self._redis.register_script(TAKE_USAGE)

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        organisation = str(organisation_of(key) or "")
        arguments: list[str | int] = [hour, burst, int(is_enforced), self._now(), organisation]
        return _counts(self._ask(lambda: self._count([_place(key), USAGE], arguments)), hour, burst)

    def read(self, key: str, hour: int, burst: int) -> Counts:
        return _counts(self._ask(lambda: self._read([_place(key)], [hour, burst, self._now()])), hour, burst)

    def forget(self, key: str) -> None:
        self._ask(lambda: self._redis.delete(_place(key)))

    def clear(self) -> None:
        keys = self._ask(lambda: list(self._redis.scan_iter(f"{PREFIX}*", count=1000)))
        if keys:
            self._ask(lambda: self._redis.delete(*keys))

    def collect(self) -> list[MinuteUsage]:
        """What all processes counted since one of them last took it: whoever comes first writes it for all."""
        fields = self._ask(lambda: self._take_usage([USAGE], []))
        texts = [field.decode() for field in fields]
        return _minutes(dict(zip(texts[::2], texts[1::2], strict=True)))

    def _now(self) -> str:
        return str(self.clock()) if self.clock else ""

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (RedisError, OSError) as error:
            raise StoreUnusable("the counts could not be reached") from error


def _place(key: str) -> str:
    return f"{PREFIX}count:{key}"


def _counts(answer: list[Any], hour: int, burst: int) -> Counts:
    is_within, now, hour_used, hour_ends_at, burst_used, frees_at = answer
    return Counts(
        is_within=bool(is_within),
        now=float(now),
        hour_used=int(hour_used),
        hour_ends_at=float(hour_ends_at),
        burst_used=int(burst_used),
        burst_frees_at=float(frees_at),
        hour_allowed=hour,
        burst_allowed=burst,
    )


def _minutes(fields: dict[str, str]) -> list[MinuteUsage]:
    """From the fields `<minute>:<organisation>:used` and so on; a breach reads `hour 600`."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in fields.items():
        minute, organisation, what = name.split(":")
        found.setdefault((minute, organisation), {})[what] = value
    return [_minute(minute, organisation, values) for (minute, organisation), values in found.items()]


def _minute(minute: str, organisation: str, values: dict[str, str]) -> MinuteUsage:
    period, _, allowed = values.get("breach", "").partition(" ")
    return MinuteUsage(
        uuid.UUID(organisation),
        int(minute),
        used=int(values.get("used", 0)),
        refused=int(values.get("refused", 0)),
        over=int(values.get("over", 0)),
        breach=(period, int(allowed)) if period else None,
    )
