"""Refusals that this process remembers until the limit has room again, so that repeating one costs no round trip."""

import dataclasses
import math
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from webapp.limiting.counts import Decision, organisation_of
from webapp.limiting.usage_by_minute import MINUTE_SECONDS, MinuteUsage

MOST_REMEMBERED = 10_000


@dataclass
class _Refusal:
    decision: Decision  # as it stood in the second in which it was last recalled
    limits_version: int
    ahead: float  # how many seconds the store's clock is ahead of ours


class RememberedRefusals:
    """By key, the last refusal. It carries the version of the organisation's limits that it was made under: a limit
    that is raised, or a count that is reset, raises the version and is felt on the very next request.

    Time is measured from the refusal on by `clock`, which nobody sets back: else a clock that is put right could keep
    people out for as long as it was wrong.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._refusals: OrderedDict[str, _Refusal] = OrderedDict()
        self._repeated: Counter[tuple[str, int]] = Counter()

    def remember(self, key: str, limits_version: int, decision: Decision) -> None:
        """Keeps a refusal until the limit that refused has room; past ten thousand keys the oldest is forgotten."""
        with self._lock:
            self._refusals[key] = _Refusal(decision, limits_version, decision.counts.now - self.clock())
            self._refusals.move_to_end(key)
            while len(self._refusals) > MOST_REMEMBERED:
                self._refusals.popitem(last=False)

    def recall(self, key: str, limits_version: int) -> Decision | None:
        """The refusal as it stands now, or None when the request has to be decided anew. Counts it as refused."""
        refusal = self._refusals.get(key)
        if refusal is None:
            return None
        now = self.clock() + refusal.ahead
        if refusal.limits_version != limits_version or now >= refusal.decision.frees_at:
            with self._lock:
                if self._refusals.get(key) is refusal:  # another thread may have been refused anew meanwhile
                    del self._refusals[key]
            return None
        with self._lock:
            self._repeated[(key, int(now // MINUTE_SECONDS))] += 1
        if math.ceil(refusal.decision.frees_at - now) != refusal.decision.retry_after:
            counts = dataclasses.replace(refusal.decision.counts, now=now)
            refusal.decision = dataclasses.replace(refusal.decision, counts=counts)
        return refusal.decision

    def collect(self) -> list[MinuteUsage]:
        """The refusals that were repeated since this was last asked; those of addresses are nobody's usage."""
        with self._lock:
            taken, self._repeated = self._repeated, Counter()
        return [
            MinuteUsage(organisation_id, minute, refused=times)
            for (key, minute), times in taken.items()
            if (organisation_id := organisation_of(key)) is not None
        ]

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._refusals.clear()
            self._repeated.clear()
