"""What the pages draw, as geometry: numbers in, the values of SVG attributes out.

Colours and widths are the stylesheet's. Geometry in attributes needs no inline style, so it works under a strict
content security policy.
"""

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


def percentage(used: int, limit: int) -> float:
    """From 0 to 100, and never outside: a limit may be lowered below what was used. A limit of nothing is used up."""
    if limit <= 0:
        return 100.0
    return min(100.0, max(0.0, 100.0 * used / limit))


def shortest(number: float) -> str:
    """A number for an attribute: two decimals at most, no trailing zeros, never in scientific notation."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
