"""What people notice of a store that is refused, hung or locked; and what is never limited."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import sqlalchemy as sa

from bench.figures import Figure
from bench.limits_apps import JSON, Answer, asking, foyer_without_statement, somebody, stay_within_the_hour
from bench.limits_wire import Relay
from tests.migrations.databases import MigrationDatabase
from webapp.config import Settings
from webapp.limiting.extension import STORE

HEALTHY_REQUESTS = 200
SECONDS_OF_TROUBLE = 2.7  # no multiple of the half second after which the store is tried again
MOST_ONCE = 0.060
MOST_AFTERWARDS = 0.002
MOST_UNTIL_HEALED = 2.0

Trouble = Callable[[], AbstractContextManager[None]]


@contextmanager
def refused(relay: Relay) -> Iterator[None]:
    relay.refuse()
    yield
    relay.heal()


@contextmanager
def hung(relay: Relay) -> Iterator[None]:
    relay.hang()
    yield
    relay.heal()


@contextmanager
def locked(database: MigrationDatabase) -> Iterator[None]:
    """Somebody holds the counter table, as a careless migration would."""
    with database.as_owner() as connection:
        connection.execute(sa.text("LOCK TABLE limit_counters IN ACCESS EXCLUSIVE MODE"))
        yield


def in_trouble(name: str, settings: Settings, trouble: Trouble) -> Iterator[Figure]:
    """One page of Foyer, asked for again and again: while the store is well, in trouble, and until it is well again."""
    with foyer_without_statement(settings, somebody()) as app:
        store, ask = app.extensions[STORE], asking(app, "/privacy")
        for _ in range(20):
            ask()
        healthy = statistics.median(timed(ask)[0] for _ in range(HEALTHY_REQUESTS))
        was_well, ends_at = not store.is_degraded, time.monotonic() + SECONDS_OF_TROUBLE
        found: list[tuple[float, int]] = []
        with trouble():
            while time.monotonic() < ends_at:
                found.append(timed(ask))
        healed_at = time.monotonic()
        while store.is_degraded and time.monotonic() < healed_at + 5:
            found.append(timed(ask))
        until_healed = time.monotonic() - healed_at
    added = [seconds - healthy for seconds, _ in found]
    failures = sum(status != 200 for _, status in found)
    is_in_trouble = was_well and store.failures > 0
    yield Figure(
        f"{name}: answers other than 200",
        f"{failures} of {len(found):,}" if is_in_trouble else "the store was never in trouble",
        "0",
        is_in_trouble and failures == 0,
    )
    slow = sorted((seconds for seconds in added[1:] if seconds > 0.010), reverse=True)
    yield Figure(
        f"{name}: added to the first request, then to the others",
        f"{added[0] * 1000:.1f} ms, then {statistics.median(added[1:]) * 1000:.2f} ms (median;"
        f" {len(slow)} of them more than 10 ms, {max(added[1:]) * 1000:.0f} ms at most)",
        "<= 60 ms once, then <= 2 ms",
        added[0] <= MOST_ONCE and statistics.median(added[1:]) <= MOST_AFTERWARDS,
    )
    yield Figure(
        f"{name}: counted together again after", f"{until_healed:.1f} s", "2 s", until_healed <= MOST_UNTIL_HEALED
    )


def timed(ask: Callable[[], Answer]) -> tuple[float, int]:
    """(seconds, status)"""
    began = time.monotonic()
    status = ask()[0]
    return time.monotonic() - began, status


def never_limited(settings: Settings) -> Iterator[Figure]:
    """Somebody far over the limit, and a stranger who tries addresses that do not exist."""
    stay_within_the_hour(30)
    settings = replace(settings, ratelimit_storage_uri="memory://")
    with foyer_without_statement(settings, somebody(hour=3, burst=3)) as app:
        asks = {
            "/healthz": asking(app, "/healthz"),
            "/readyz": asking(app, "/readyz"),
            "static": asking(app, "/static/css/foyer.css"),
            "OPTIONS": asking(app, "/dashboard", method="OPTIONS"),
            "/usage": asking(app, "/usage"),
            "/usage.json": asking(app, "/usage.json", accept=JSON),
        }
        dashboard = asking(app, "/dashboard")
        is_over = [dashboard()[0] for _ in range(5)][-1] == 429
        refused = {name: sum(ask()[0] == 429 for _ in range(20)) for name, ask in asks.items()}
        false_alarms = sum(refused.values())
        found = f"{false_alarms} of {20 * len(asks)}" if is_over else "nobody was over the limit"
        yield Figure(f"false 429 on {', '.join(asks)}", found, "0", is_over and false_alarms == 0)
    scan = settings.address_burst_limit
    with foyer_without_statement(settings, somebody()) as app:
        answers = [asking(app, f"/wp-{n}.php", signed_in=False)()[0] for n in range(scan + 30)]
    found = f"{answers.count(404)} answered 404, then {answers.count(429)} refused"
    what = f"a stranger's scan of {len(answers)} unknown paths"
    yield Figure(what, found, f"{scan}, then refused", answers == [404] * scan + [429] * 30)
