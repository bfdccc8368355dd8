"""What a change to an organisation means, in sentences for the person who made it."""

from collections.abc import Mapping

from webapp.domain.industries import find_industry, words_for
from webapp.domain.limit_policy import LimitPolicy
from webapp.domain.stored_labels import UnknownLabel

Changes = Mapping[str, tuple[object, object]]
"""Before and after by column name, for the columns that really changed."""


def describe_changes(changes: Changes, before: LimitPolicy, after: LimitPolicy) -> list[str]:
    """One sentence for each change, the industry's with what it does to the limits."""
    sentences = []
    if "name" in changes:
        sentences.append(f"Name changed to {changes['name'][1]}.")
    if "industry_type" in changes:
        sentences.append(_industry_sentence(changes["industry_type"], before, after))
    if "sic_code" in changes:
        code = changes["sic_code"][1]
        sentences.append(f"SIC code changed to {code}." if code else "SIC code removed.")
    if "industry" in changes:
        trade = changes["industry"][1]
        sentences.append(f"Trade changed to {trade}." if trade else "Trade removed.")
    return sentences


def _industry_sentence(change: tuple[object, object], before: LimitPolicy, after: LimitPolicy) -> str:
    old, new = (_industry_name(str(label)) for label in change)
    sentence = f"Industry changed from {old} to {new}."
    if after.hour.amount == before.hour.amount and after.burst.amount == before.burst.amount:
        return f"{sentence} Your limits stay as they are."
    return (
        f"{sentence} From the next request your limits are {after.hour.amount:,} an hour and"
        f" {after.burst.amount:,} in any 60 seconds."
    )


def _industry_name(label: str) -> str:
    return words_for(find_industry(label) or UnknownLabel(label)).name
