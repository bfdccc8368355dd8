"""What the pages draw, as geometry: numbers in, the values of SVG attributes out.

Colours and widths are the stylesheet's. Geometry in attributes needs no inline style, so it works under a strict
content security policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

DOORWAY = "M10 176V92a80 80 0 0 1 160 0v84"
"""Up the left post, over the arch, down the right post."""

ARCH_VIEW_BOX = "0 0 180 186"
PATH_LENGTH = 100
"""What `pathLength` declares the doorway to measure, so that a percentage is a length along it."""

BAR_LENGTH = 100


@dataclass(frozen=True)
class ArchGauge:
    """A doorway whose frame fills as a limit is used up. `dashes` is for `stroke-dasharray`."""

    path: str
    view_box: str
    path_length: int
    dashes: str
    is_empty: bool  # a round line cap would draw a dot for a length of nothing


def arch_gauge(used: int, limit: int) -> ArchGauge:
    """The gauge for this many requests used out of this many."""
    filled = percentage(used, limit)
    return ArchGauge(
        path=DOORWAY,
        view_box=ARCH_VIEW_BOX,
        path_length=PATH_LENGTH,
        dashes=f"{shortest(filled)} {2 * PATH_LENGTH}",
        is_empty=filled == 0,
    )


def bar_width(used: int, limit: int) -> str:
    """How much of a bar of `BAR_LENGTH` is filled."""
    return shortest(percentage(used, limit))


@dataclass(frozen=True)
class Column:
    """One column of a chart: what was let in, and on top of it what went beyond a limit. An empty height is no part."""

    x: str
    width: str
    let_in_y: str
    let_in_height: str
    beyond_y: str
    beyond_height: str


@dataclass(frozen=True)
class ColumnChart:
    """Columns side by side on a box that is stretched to its place. `top` is the number at its upper edge."""

    view_box: str
    columns: tuple[Column, ...]
    top: int


CHART_HEIGHT = 100.0
SLOT, GAP = 10.0, 2.0
LEAST_VISIBLE = 2.0
"""The height of a part that is small beside the others: something must not look like nothing."""


def column_chart(parts: Sequence[tuple[int, int]]) -> ColumnChart:
    """A column for each (let in, beyond a limit)."""
    top = round_figure(max((let_in + beyond for let_in, beyond in parts), default=0))
    columns = []
    for place, (let_in, beyond) in enumerate(parts):
        low, high = _height(let_in, top), _height(beyond, top)
        low = min(low, CHART_HEIGHT - high)
        columns.append(
            Column(
                x=shortest(place * SLOT + GAP / 2),
                width=shortest(SLOT - GAP),
                let_in_y=shortest(CHART_HEIGHT - low),
                let_in_height=shortest(low) if low else "",
                beyond_y=shortest(CHART_HEIGHT - low - high),
                beyond_height=shortest(high) if high else "",
            )
        )
    return ColumnChart(f"0 0 {shortest(len(parts) * SLOT)} {shortest(CHART_HEIGHT)}", tuple(columns), top)


def _height(requests: int, top: int) -> float:
    return max(LEAST_VISIBLE, CHART_HEIGHT * requests / top) if requests > 0 else 0.0


def round_figure(number: int) -> int:
    """The least of 1, 2, 3, 4, 5, 6, 8 and 10 times a power of ten that this fits under, at least 1."""
    power: int = 10 ** (len(str(max(1, number))) - 1)
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= number)


def percentage(used: int, limit: int) -> float:
    """From 0 to 100, and never outside: a limit may be lowered below what was used. A limit of nothing is used up."""
    if limit <= 0:
        return 100.0
    return min(100.0, max(0.0, 100.0 * used / limit))


def shortest(number: float) -> str:
    """A number for an attribute: two decimals at most, no trailing zeros, never in scientific notation."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
