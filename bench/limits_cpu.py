"""What counting costs in CPU of the process that serves, always against something measured in the same minute.

Variants take turns in shuffled blocks. A ratio is that of the quickest tenths of them, which other work on the machine
disturbs least: it empties caches and interrupts, and a call that waits for a server pays more for that than a bare page
does. Beside it stands the ratio of the medians, of the machine as it was.
"""

import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bench.figures import Figure
from bench.limits_apps import (
    HTML,
    JSON,
    asking,
    bare_app,
    foyer_without_statement,
    limited_app,
    somebody,
    stay_within_the_hour,
    stock_app,
)
from webapp.config import Settings

ROUNDS = 80
CALLS = 40
WARM_UP_ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """CPU of one call, block by block."""

    blocks: list[float]

    def ratios(self, other: "Cost") -> tuple[float, float]:
        """(of the quickest tenths, of medians)"""
        tenths = [statistics.quantiles(one.blocks, n=10)[0] for one in (self, other)]
        medians = [statistics.median(one.blocks) for one in (self, other)]
        return tenths[0] / tenths[1], medians[0] / medians[1]


def in_turns(
    variants: Mapping[str, Callable[[], object]],
    clocks: Mapping[str, Callable[[], float]] | None = None,
) -> dict[str, Cost]:
    """The cost of each variant, all of them measured in every round in an order of its own. A clock of a variant's own
    counts the CPU of a server too."""
    blocks: dict[str, list[float]] = {name: [] for name in variants}
    names = list(variants)
    for number in range(ROUNDS + WARM_UP_ROUNDS):
        for name in random.sample(names, len(names)):
            call, clock = variants[name], (clocks or {}).get(name, time.process_time)
            began = clock()
            for _ in range(CALLS):
                call()
            if number >= WARM_UP_ROUNDS:
                blocks[name].append((clock() - began) / CALLS)
    return {name: Cost(found) for name, found in blocks.items()}


def added_to_a_bare_page(settings: Settings, redis_url: str, organisation_id: uuid.UUID) -> Iterator[Figure]:
    """What the limiter adds to a page that does nothing, in units of that page."""
    visitor = somebody(organisation_id=organisation_id)
    ours = {
        "in-process": ("memory://", 2.5, "stock on memory://"),
        "PostgreSQL": (None, 5.0, None),
        "Redis": (redis_url, 5.0, "stock on Redis"),
    }
    variants = {"bare": asking(bare_app())}
    for name, (storage, _, _) in ours.items():
        variants[name] = asking(limited_app(replace(settings, ratelimit_storage_uri=storage), lambda: visitor))
    variants["stock on memory://"] = asking(stock_app("memory://", visitor))
    variants["stock on Redis"] = asking(stock_app(redis_url, visitor))
    check(variants, 200)
    costs = in_turns(variants)
    added = {name: [ratio - 1 for ratio in cost.ratios(costs["bare"])] for name, cost in costs.items()}
    for name, (_, goal, stock) in ours.items():
        found = f"{added[name][0]:.2f}x (medians {added[name][1]:.2f}x)"
        yield Figure(f"CPU added to a bare page, {name}", found, f"<= {goal}x", added[name][0] <= goal)
        if stock:
            versus = f"{added[name][0]:.2f}x against {added[stock][0]:.2f}x"
            what = f"the same beside {stock}, two limits and headers"
            yield Figure(what, versus, "below", added[name][0] < added[stock][0])


def repeated_refusal(settings: Settings) -> Iterator[Figure]:
    """Foyer's own 429 to somebody signed in who was refused a moment ago, against the bare page."""
    stay_within_the_hour(60)
    visitor = somebody(hour=3, burst=3)
    with foyer_without_statement(replace(settings, ratelimit_storage_uri="memory://"), visitor) as app:
        variants = {
            "a program, in JSON": asking(app, "/dashboard", accept=JSON),
            "a browser, in HTML": asking(app, "/dashboard", accept=HTML),
        }
        for _ in range(5):
            variants["a program, in JSON"]()
        check(variants, 429)
        costs = in_turns({"bare": asking(bare_app()), **variants})
    for name in variants:
        ratio, median = costs[name].ratios(costs["bare"])
        found = f"{ratio:.2f}x (medians {median:.2f}x)"
        yield Figure(f"repeated 429 against a bare page, to {name}", found, "<= 3x", ratio <= 3)


def check(variants: Mapping[str, Callable[[], tuple[int, object, object]]], status: int) -> None:
    """Whoever is measured does what is asked: a refusal is cheap where a page was meant to be."""
    for name, ask in variants.items():
        found = ask()[0]
        if found != status:
            raise RuntimeError(f"{name} answered {found}, not {status}")
