"""A change of an industry's base figures, before it is made: what becomes of each plan, and whom it affects."""

from dataclasses import dataclass

from webapp.domain.limit_policy import BaseFigures
from webapp.domain.paging import Count
from webapp.domain.plans import PLANS


@dataclass(frozen=True)
class PlanChange:
    """The limits of one plan, before and after."""

    plan: str
    multiplier: int
    before: BaseFigures
    after: BaseFigures


def plan_changes(before: BaseFigures, after: BaseFigures) -> list[PlanChange]:
    """What every plan gets of the industry's figures, in the order of the catalogue."""
    return [
        PlanChange(entry.name, entry.multiplier, _times(before, entry.multiplier), _times(after, entry.multiplier))
        for entry in PLANS.values()
    ]


def affected_sentence(industry: str, inheriting: Count, keeping: int | None) -> str:
    """`industry` is its name. `keeping` is None where nobody could look at each organisation."""
    if inheriting.number == 0 and not keeping:
        return f"There are no organisations in {industry} yet."
    if inheriting.number == 0:
        return f"This changes nothing today: {_organisations(Count(keeping or 0))} in {industry} {_keep(keeping)}."
    have = "has no limits of its own" if inheriting.number == 1 else "have no limits of their own"
    said = f"This changes the limits of {_organisations(inheriting)} in {industry} that {have}"
    if keeping is None:
        return f"{said}. Others keep what is set for them."
    return f"{said}; {keeping:,} {_keep(keeping)}." if keeping else f"{said}."


def _organisations(count: Count) -> str:
    return f"{count.in_words} organisation{'' if count.number == 1 else 's'}"


def _keep(keeping: int | None) -> str:
    return "keeps what is set for it" if keeping == 1 else "keep what is set for them"


def _times(figures: BaseFigures, multiplier: int) -> BaseFigures:
    return BaseFigures(figures.requests_per_hour * multiplier, figures.burst * multiplier)
