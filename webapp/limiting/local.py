"""Counts kept in this process: exact among its threads, forgotten with it, and unknown to any other process.

Stock `memory://` will not do: it raises and admits too many under threads, and keeps a new count when a limit changes
(`docs/decisions/0002-counting-requests.md`).
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from webapp.domain.limit_policy import BURST_SECONDS, HOUR_SECONDS
from webapp.limiting.counts import Counts

TICKS_PER_SECOND = 10
"""The burst is counted by the tenth of a second: a request leaves it at most a tenth late and never early, and one key
takes at most 601 pairs of numbers, whatever its limits are."""

MOST_ADDRESSES = 100_000
"""Past it the address that was silent for longest is forgotten. Organisations never are while their hour lasts: a flood
of addresses must not give anybody a second allowance."""

MOST_SECONDS_BACK = 60.0
"""How far a clock may be set back and still count into the hour it was set back from; past it, the clock was wrong
before, and waiting for its hour would lock everybody out."""
_TICKS_IN_BURST = BURST_SECONDS * TICKS_PER_SECOND + 1  # the tick a request came in counts whole


@dataclass(slots=True)
class _Entry:
    hour: int  # the number of the hour since 1970; UTC hours begin when the UK's do, so "resets at 15:00" is true
    hour_used: int = 0
    burst_used: int = 0
    ticks: deque[list[int]] = field(default_factory=deque)  # [tick, requests], oldest first


class LocalStore:
    """A LimitStore in memory. `clock` gives seconds since 1970 and may be replaced by tests."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        # least recently used first
        self._addresses: OrderedDict[str, _Entry] = OrderedDict()
        self._others: OrderedDict[str, _Entry] = OrderedDict()

    def hit(self, key: str, hour: int, burst: int, *, is_enforced: bool) -> Counts:
        with self._lock:
            now = self.clock()
            self._make_room(now)
            entry = self._current(key, now)
            is_within = entry.hour_used < hour and entry.burst_used < burst
            if is_within or not is_enforced:
                _add(entry, now)
            return _counts(entry, now, burst, is_within=is_within)

    def read(self, key: str, hour: int, burst: int) -> Counts:
        with self._lock:
            now = self.clock()
            known = key in self._kept_for(key)
            entry = self._current(key, now) if known else _Entry(_hour(now))
            return _counts(entry, now, burst, is_within=entry.hour_used < hour and entry.burst_used < burst)

    def forget(self, key: str) -> None:
        with self._lock:
            self._kept_for(key).pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._addresses.clear()
            self._others.clear()

    def __len__(self) -> int:
        return len(self._addresses) + len(self._others)

    def _kept_for(self, key: str) -> OrderedDict[str, _Entry]:
        return self._addresses if key.startswith("address:") else self._others

    def _current(self, key: str, now: float) -> _Entry:
        """The entry as it stands now: a new hour begun, and what has left the last 60 seconds taken off."""
        entries = self._kept_for(key)
        entry = entries.get(key)
        if entry is None:
            entry = entries[key] = _Entry(_hour(now))
        entries.move_to_end(key)
        if now + MOST_SECONDS_BACK < entry.hour * HOUR_SECONDS:
            entry = entries[key] = _Entry(_hour(now))
        elif _hour(now) > entry.hour:  # a clock that is set back a little must not give anybody a second hour
            entry.hour, entry.hour_used = _hour(now), 0
        while entry.ticks and entry.ticks[0][0] <= _tick(now) - _TICKS_IN_BURST:
            entry.burst_used -= entry.ticks.popleft()[1]
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


def _add(entry: _Entry, now: float) -> None:
    entry.hour_used += 1
    entry.burst_used += 1
    if entry.ticks and entry.ticks[-1][0] >= _tick(now):
        entry.ticks[-1][1] += 1
    else:
        entry.ticks.append([_tick(now), 1])


def _counts(entry: _Entry, now: float, burst: int, *, is_within: bool) -> Counts:
    return Counts(
        is_within=is_within,
        now=now,
        hour_used=entry.hour_used,
        hour_ends_at=float((entry.hour + 1) * HOUR_SECONDS),
        burst_used=entry.burst_used,
        burst_frees_at=_frees_at(entry, now, burst),
    )


def _frees_at(entry: _Entry, now: float, burst: int) -> float:
    """When as many requests have left the burst as must for one more to fit; at least one has to."""
    must_leave = max(1, entry.burst_used - burst + 1)
    for tick, requests in entry.ticks:
        must_leave -= requests
        if must_leave <= 0:
            return (tick + _TICKS_IN_BURST) / TICKS_PER_SECOND
    return now


def _is_over(entry: _Entry, now: float) -> bool:
    is_burst_over = not entry.ticks or entry.ticks[-1][0] <= _tick(now) - _TICKS_IN_BURST
    return is_burst_over and entry.hour < _hour(now)


def _hour(now: float) -> int:
    return int(now // HOUR_SECONDS)


def _tick(now: float) -> int:
    return int(now * TICKS_PER_SECOND)
