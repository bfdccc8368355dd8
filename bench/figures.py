"""What a bench prints: each figure beside its goal."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measurement with the goal it is held against."""

    what: str
    found: str
    goal: str
    is_met: bool


def print_figures(title: str, figures: Iterable[Figure]) -> bool:
    """Prints each figure as soon as it is there. Returns whether every goal is met."""
    print(f"\n{title}", flush=True)
    is_met = True
    for figure in figures:
        is_met = is_met and figure.is_met
        verdict = "met   " if figure.is_met else "MISSED"
        print(f"{verdict}  {figure.what}: {figure.found} (goal: {figure.goal})", flush=True)
    return is_met
