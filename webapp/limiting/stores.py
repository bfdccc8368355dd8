"""Which store a deployment counts in, from `RATELIMIT_STORAGE_URI`."""

import logging
import time
from collections.abc import Callable

from webapp.config import Settings
from webapp.limiting.counts import LimitStore
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.local import LocalStore
from webapp.limiting.postgres import PostgresStore

log = logging.getLogger(__name__)


def make_store(settings: Settings) -> LimitStore:
    """The store of a deployment: the same PostgreSQL unless another is named. Asks nobody yet."""
    if settings.counts_in_process:
        return LocalStore()
    if settings.ratelimit_storage_uri is None:
        return GuardedStore(PostgresStore(settings), settings.web_concurrency)
    from webapp.limiting.redis import RedisStore  # importing redis takes time, and memory in every worker

    return GuardedStore(RedisStore(settings), settings.web_concurrency)


def announce_store(store: LimitStore, settings: Settings) -> None:
    """Says where limits are counted, when a process begins to serve. Commands count nothing and stay silent."""
    log.info("limits are counted", extra={"store": store.name})
    if settings.counts_in_process and settings.web_concurrency > 1:
        warn_of_counting_apart(settings.web_concurrency)


def warn_of_counting_apart(workers: int | None = None) -> None:
    """Whoever asked for counts in the process may not have meant limits that hold for each process."""
    log.warning(
        "each process counts for itself: limits hold for each of them", extra={"workers": workers or "more than one"}
    )


def clock_of(store: LimitStore) -> Callable[[], float]:
    """What tells how much time has passed since a refusal: the clock that a test moves, else one nobody sets back."""
    inner = getattr(store, "store", store)
    clock: Callable[[], float] | None = getattr(inner, "clock", None)
    return time.monotonic if clock is None or clock is time.time else clock
