"""A store that may fail, with counting in this process for as long as it does: no request is refused or kept waiting
because counting is impossible, and none goes uncounted."""

import logging
import math
import threading
from dataclasses import replace

from webapp.limiting.counts import Counts, LimitStore, StoreUnusable
from webapp.limiting.local import LocalStore
from webapp.limiting.usage_by_minute import MinuteUsage

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
PROBE = "probe"


class GuardedStore:
    """A LimitStore that asks `store`. After a failure this process counts for itself, and a thread tries the store
    again twice a second: requests wait for a store that hangs when it begins to, and never after.

    Meanwhile each process allows its share: the limits divided by the number of workers, rounded up, so that all of
    them together admit little more than one limit. `hit` never fails; `read` raises StoreUnusable at once while the
    store is away, because this process's own counts are not what was used.
    """

    def __init__(self, store: LimitStore, workers: int, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self.store = store
        self.name = store.name
        self.local = LocalStore()
        self.failures = 0
        self._workers = max(1, workers)
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._healer: threading.Thread | None = None

    @property
    def is_degraded(self) -> bool:
        """Whether requests are counted by each process for itself at the moment: as long as somebody is at work to end
        it, whom a forked process does not have."""
        healer = self._healer
        return healer is not None and healer.is_alive()

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        if not self.is_degraded:
            try:
                return self.store.hit(key, hour, burst, is_enforced=is_enforced)
            except StoreUnusable as error:
                self._note_failure(error)
        makeshift = self.local.hit(key, self._share(hour), self._share(burst), is_enforced=is_enforced)
        return replace(makeshift, is_makeshift=True)

    def read(self, key: str, hour: int, burst: int) -> Counts:
        if self.is_degraded:
            raise StoreUnusable("the counts cannot be read at the moment")
        try:
            return self.store.read(key, hour, burst)
        except StoreUnusable as error:
            self._note_failure(error)
            raise

    def forget(self, key: str) -> None:
        self.local.forget(key)
        self.store.forget(key)

    def clear(self) -> None:
        self.local.clear()
        self.store.clear()

    def collect(self) -> list[MinuteUsage]:
        makeshift = self.local.collect()
        try:
            return [*makeshift, *([] if self.is_degraded else self.store.collect())]
        except StoreUnusable:
            return makeshift  # the store still has its own

    def _share(self, amount: int) -> int:
        return math.ceil(amount / self._workers)

    def _note_failure(self, error: StoreUnusable) -> None:
        with self._lock:
            self.failures += 1
            if self.is_degraded:
                return
            healer = threading.Thread(target=self._heal, daemon=True, name="limit-store-healer")
            healer.start()
            self._healer = healer
        log.warning(
            "limits are counted in each process: the store is unusable",
            extra={"store": self.name, "kind": type(error.__cause__ or error).__name__},
        )

    def _heal(self) -> None:
        """Tries what requests need, which is to count, until it succeeds."""
        pause = threading.Event()
        while not pause.wait(self._retry_seconds):
            try:
                self.store.hit(PROBE, 1, 1, is_enforced=True)
            except StoreUnusable:
                continue
            break
        self.local.forget_all()
        log.warning("limits are counted together again", extra={"store": self.name})
