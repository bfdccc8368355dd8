"""The charts of the admin's overview, as geometry, like those of `charts`: lines and bars on a grid with its numbers.

What stands on the axes is text of the page, so that it is as large on a phone as anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.web.charts import LEAST_VISIBLE, round_figure, shortest

WIDTH, HEIGHT = 600.0, 200.0
VIEW_BOX = f"0 0 {shortest(WIDTH)} {shortest(HEIGHT)}"
BAR_SHARE = 0.66  # of its place, the rest is gap
LOWEST_RATES = (98, 95, 90, 80, 50, 0)
"""Where the axis of a success rate may begin: as high as the lowest day allows, so that the days can be told apart."""


@dataclass(frozen=True)
class Axis:
    """The numbers at the left, the highest first, and the heights of the lines of the grid beside them."""

    low: float
    high: float
    labels: tuple[str, ...]

    @property
    def grid(self) -> tuple[str, ...]:
        return tuple(shortest(HEIGHT * number / (len(self.labels) - 1)) for number in range(len(self.labels)))

    def y(self, value: float) -> float:
        return HEIGHT - HEIGHT * (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class LineChart:
    """Lines, each with a filled area below unless there is none, and a dot at the newest value. `goal` is the height
    of the dashed line. A value that is not there leaves a gap; one between two gaps is a dot."""

    axis: Axis
    lines: tuple[str, ...]
    areas: tuple[str, ...]
    dots: tuple[str, ...]
    goal: str
    view_box: str = VIEW_BOX


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class BarChart:
    """Bars side by side; a value of nothing has none."""

    axis: Axis
    bars: tuple[Bar, ...]
    view_box: str = VIEW_BOX


def count_axis(values: Sequence[int]) -> Axis:
    """From nought to a round figure that every value fits under, with whole numbers between."""
    high = round_figure(max(values, default=0))
    rows = next(rows for rows in (4, 3, 2, 1) if high % rows == 0)
    return Axis(0, high, tuple(f"{high * row // rows:,}" for row in range(rows, -1, -1)))


def rate_axis(values: Sequence[float | None]) -> Axis:
    """Up to 100%."""
    lowest = min((value for value in values if value is not None), default=100.0)
    low = next(low for low in LOWEST_RATES if low <= lowest)
    return Axis(low, 100, ("100%", f"{(100 + low) / 2:g}%", f"{low}%"))


def line_chart(
    values: Sequence[float | None], axis: Axis, *, goal: float | None = None, is_filled: bool = False
) -> LineChart:
    """A line through one value for each day."""
    step = WIDTH / max(1, len(values) - 1)
    runs = _runs([None if value is None else (place * step, axis.y(value)) for place, value in enumerate(values)])
    lines = [" ".join(f"{shortest(x)},{shortest(y)}" for x, y in run) for run in runs if len(run) > 1]
    ends = [(run[0][0], run[-1][0]) for run in runs if len(run) > 1]
    areas = [
        f"{shortest(first)},{shortest(HEIGHT)} {line} {shortest(last)},{shortest(HEIGHT)}"
        for line, (first, last) in zip(lines, ends, strict=True)
    ]
    alone = [run[0] for run in runs if len(run) == 1 and run is not runs[-1]]
    newest = [runs[-1][-1]] if runs else []
    return LineChart(
        axis,
        lines=tuple(lines),
        areas=tuple(areas) if is_filled else (),
        dots=tuple(f"M{shortest(x)} {shortest(y)}h.01" for x, y in [*alone, *newest]),
        goal="" if goal is None or goal < axis.low else shortest(axis.y(goal)),
    )


def bar_chart(values: Sequence[int]) -> BarChart:
    """A bar for each day."""
    axis = count_axis(values)
    place = WIDTH / max(1, len(values))
    bars = []
    for number, value in enumerate(values):
        if value > 0:
            height = max(LEAST_VISIBLE, HEIGHT * value / axis.high)
            x = (number + (1 - BAR_SHARE) / 2) * place
            bars.append(Bar(shortest(x), shortest(HEIGHT - height), shortest(place * BAR_SHARE), shortest(height)))
    return BarChart(axis, tuple(bars))


def evenly(labels: Sequence[str], most: int = 5) -> tuple[str, ...]:
    """The labels to write below a chart: the first, the last and a few that stand as evenly between as can be."""
    if len(labels) <= most:
        return tuple(labels)
    gaps = next((gaps for gaps in (most - 1, most - 2) if (len(labels) - 1) % gaps == 0), most - 1)
    return tuple(labels[round((len(labels) - 1) * number / gaps)] for number in range(gaps + 1))


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The points between gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]
