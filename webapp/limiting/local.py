"""Counts kept in this process: exact among its threads, forgotten with it, and unknown to any other process.

Stock `memory://` will not do: it raises and admits too many under threads, and keeps a new count when a limit changes
(`docs/decisions/0002-counting-requests.md`).
"""

import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from webapp.domain.limit_policy import BURST_SECONDS, HOUR_SECONDS
from webapp.limiting.counts import HOUR, Counts, organisation_of, refusing_limit
from webapp.limiting.usage_by_minute import MINUTE_SECONDS, MinuteUsage

SLOTS = BURST_SECONDS + 1
"""The burst is counted by the second, as in every store. The second a request came in counts whole, so a request leaves
at most a second late and never early, and one key takes at most 61 pairs of numbers, whatever its limits are."""

MOST_ADDRESSES = 100_000
"""Past it the address that was silent for longest is forgotten. Organisations never are while their hour lasts: a flood
of addresses must not give anybody a second allowance."""

MOST_SECONDS_BACK = 60
"""How far a clock may be set back without giving anybody a second allowance; past it, the clock was wrong before, and
waiting for its hour would lock everybody out."""


@dataclass(slots=True)
class _Entry:
    hour: int  # the number of the hour since 1970; UTC hours begin when the UK's do, so "resets at 15:00" is true
    second: int  # the last one that was counted in, since 1970
    hour_used: int = 0
    burst_used: int = 0
    slots: deque[list[int]] = field(default_factory=deque)  # [second, requests], oldest first


class LocalStore:
    """A LimitStore in memory. `clock` gives seconds since 1970 and may be replaced by tests."""

    name = "this process alone"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        # least recently used first
        self._addresses: OrderedDict[str, _Entry] = OrderedDict()
        self._others: OrderedDict[str, _Entry] = OrderedDict()
        self._usage: dict[tuple[uuid.UUID, int], MinuteUsage] = {}

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        with self._lock:
            now = self.clock()
            self._make_room(now)
            entry = self._entry_to_count_in(key, now)
            is_within = entry.hour_used < hour and entry.burst_used < burst
            is_counted = is_within or not is_enforced
            if is_counted:
                _add(entry)
            counts = _counts(entry, now, hour, burst, is_within=is_within)
            self._note_usage(key, counts, entry.second, is_counted=is_counted)
            return counts

    def read(self, key: str, hour: int, burst: int) -> Counts:
        with self._lock:
            now = self.clock()
            kept = self._kept_for(key).get(key) or _new_entry(now)
            entry = _moved_to(replace(kept, slots=deque(kept.slots)), now)
            return _counts(entry, now, hour, burst, is_within=entry.hour_used < hour and entry.burst_used < burst)

    def forget(self, key: str) -> None:
        with self._lock:
            self._kept_for(key).pop(key, None)

    def clear(self) -> None:
        self.forget_all()
        self.collect()

    def forget_all(self) -> None:
        """Drops what was counted for every key. What is on its way into usage_by_minute stays."""
        with self._lock:
            self._addresses.clear()
            self._others.clear()

    def collect(self) -> list[MinuteUsage]:
        with self._lock:
            taken, self._usage = list(self._usage.values()), {}
        return taken

    def _note_usage(self, key: str, counts: Counts, second: int, *, is_counted: bool) -> None:
        organisation_id = organisation_of(key)
        if organisation_id is None:
            return
        place = (organisation_id, second // MINUTE_SECONDS)
        before = self._usage.get(place) or MinuteUsage(*place)
        breach = before.breach
        if not is_counted and breach is None:
            name = refusing_limit(counts)
            breach = (name, counts.hour_allowed if name == HOUR else counts.burst_allowed)
        self._usage[place] = replace(
            before,
            used=before.used + is_counted,
            refused=before.refused + (not is_counted),
            over=before.over + (is_counted and not counts.is_within),
            breach=breach,
        )

    def __len__(self) -> int:
        return len(self._addresses) + len(self._others)

    def _kept_for(self, key: str) -> OrderedDict[str, _Entry]:
        return self._addresses if key.startswith("address:") else self._others

    def _entry_to_count_in(self, key: str, now: float) -> _Entry:
        entries = self._kept_for(key)
        entry = entries[key] = _moved_to(entries.get(key) or _new_entry(now), now)
        entries.move_to_end(key)
        return entry

    def _make_room(self, now: float) -> None:
        """Drops up to two keys of each kind that hold nothing any more, so that memory follows the keys in use without
        a sweep."""
        for entries in (self._addresses, self._others):
            for _ in range(2):
                key = next(iter(entries), None)
                if key is None:
                    break
                is_one_too_many = entries is self._addresses and len(entries) >= MOST_ADDRESSES
                if not is_one_too_many and not _is_over(entries[key], now):
                    break
                del entries[key]


def _new_entry(now: float) -> _Entry:
    return _Entry(int(now) // HOUR_SECONDS, int(now))


def _moved_to(entry: _Entry, now: float) -> _Entry:
    """The entry as it stands now: a new hour begun, and what has left the last 60 seconds taken off."""
    if int(now) < entry.second - MOST_SECONDS_BACK:
        return _new_entry(now)
    entry.second = max(int(now), entry.second)
    if entry.second // HOUR_SECONDS > entry.hour:
        entry.hour, entry.hour_used = entry.second // HOUR_SECONDS, 0
    while entry.slots and entry.slots[0][0] <= entry.second - SLOTS:
        entry.burst_used -= entry.slots.popleft()[1]
    return entry


def _add(entry: _Entry) -> None:
    entry.hour_used += 1
    entry.burst_used += 1
    if entry.slots and entry.slots[-1][0] == entry.second:
        entry.slots[-1][1] += 1
    else:
        entry.slots.append([entry.second, 1])


def _counts(entry: _Entry, now: float, hour: int, burst: int, *, is_within: bool) -> Counts:
    return Counts(
        is_within=is_within,
        now=now,
        hour_used=entry.hour_used,
        hour_ends_at=float((entry.hour + 1) * HOUR_SECONDS),
        burst_used=entry.burst_used,
        burst_frees_at=_frees_at(entry, now, burst),
        hour_allowed=hour,
        burst_allowed=burst,
    )


def _frees_at(entry: _Entry, now: float, burst: int) -> float:
    """When as many requests have left the burst as must for one more to fit; at least one has to."""
    must_leave = max(1, entry.burst_used - burst + 1)
    for second, requests in entry.slots:
        must_leave -= requests
        if must_leave <= 0:
            return float(second + SLOTS)
    return now


def _is_over(entry: _Entry, now: float) -> bool:
    """Whether it counts for nothing any more."""
    return entry.second <= int(now) - SLOTS and entry.hour < int(now) // HOUR_SECONDS
