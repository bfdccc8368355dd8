"""The next steps on a dashboard, worked out from what is stored, never from stored progress."""

from dataclasses import dataclass

from webapp.domain.industries import words_for
from webapp.domain.visitor import CurrentOrganisation


@dataclass(frozen=True)
class NextStep:
    """One step in the industry's own words. `field` is the field of the settings page that does it."""

    id: str
    title: str
    hint: str
    field: str
    is_done: bool


def next_steps(organisation: CurrentOrganisation) -> list[NextStep]:
    """The three steps of this organisation's industry.

    The first is done once an industry was chosen, because the page that asks for it asks for the name as well; someone
    who skipped that page is asked for both by it.
    """
    entry = words_for(organisation.industry)
    has_chosen = organisation.industry_chosen_at is not None
    return [
        NextStep("naming", entry.naming.title, entry.naming.hint, "name" if has_chosen else "industry", has_chosen),
        NextStep(
            "classifying", entry.classifying.title, entry.classifying.hint, "sic", organisation.sic_code is not None
        ),
        NextStep("trade", entry.trade.title, entry.trade.hint, "trade", organisation.trade is not None),
    ]
