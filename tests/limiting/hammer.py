"""Four processes of four threads that count at the same moment, as the workers of a deployment do."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.limiting.clocks import Clock
from tests.patience import PATIENCE_SECONDS
from webapp.config import Settings
from webapp.limiting import postgres
from webapp.limiting.counts import LimitStore
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.redis import RedisStore

PROCESSES, THREADS, HITS = 4, 4, 15
STORES: dict[str, Callable[..., LimitStore]] = {"postgres": PostgresStore, "redis": RedisStore}


@dataclass(frozen=True)
class Job:
    """Requests of one key. The hour's limit becomes another when a thread has had `raised_after` requests admitted."""

    store: str
    settings: Settings
    key: str
    hour: int
    burst: int
    at: float | None = None  # by a clock that stands still, else by the server's
    raised_to: int = 0
    raised_after: int = 0


_start: Any
_hour: Any
_kept: dict[tuple[str, str, float | None], LimitStore] = {}


def _begin(start: Any, hour: Any) -> None:
    global _start, _hour  # what a pool's processes share can be given to them in this way alone
    _start, _hour = start, hour
    postgres.CONNECT_SECONDS = PATIENCE_SECONDS  # a request that is counted and given up would be one too few


def _work(job: Job) -> int:
    """How many requests of this process were admitted."""
    place = (job.store, job.settings.database_url, job.at)
    clock = Clock(job.at) if job.at is not None else None
    store = _kept.setdefault(place, STORES[job.store](job.settings, clock, budget=PATIENCE_SECONDS))
    store.read(job.key, 1, 1)  # so that nobody has to connect first
    admitted: list[int] = []

    def hammer() -> None:
        count = 0
        _start.wait(PATIENCE_SECONDS)
        for _ in range(HITS):
            count += store.hit(job.key, _hour.value, job.burst, is_enforced=True).is_within
            if job.raised_to and count == job.raised_after:
                _hour.value = job.raised_to
        admitted.append(count)

    threads = [threading.Thread(target=hammer) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admitted) == THREADS, "a thread has failed"
    return sum(admitted)


@contextmanager
def hammering() -> Iterator[Callable[[Job], int]]:
    """A function that sends a job's requests from everywhere at once, and says how many were admitted."""
    context = multiprocessing.get_context("forkserver")  # which reads the modules once for all of them
    context.set_forkserver_preload([__name__])
    start, hour = context.Barrier(PROCESSES * THREADS), context.Value("i", 0)
    with context.Pool(PROCESSES, _begin, (start, hour)) as pool:

        def send(job: Job) -> int:
            hour.value = job.hour
            return sum(pool.map(_work, [job] * PROCESSES, chunksize=1))

        yield send
