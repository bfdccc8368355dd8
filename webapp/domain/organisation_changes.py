"""What a change to an organisation means, in sentences for the person who made it."""

from collections.abc import Mapping

from webapp.domain.industries import find_industry, words_for
from webapp.domain.limit_policy import SET_FOR_THIS_ORGANISATION, Figure, LimitPolicy
from webapp.domain.plans import find_plan, plan_words
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


LIMIT_FIELDS = frozenset({"rate_limit_per_hour", "burst_limit", "rate_limit_enabled", "limits_shadow"})
"""What an admin sets of an organisation's limits; its industry and its plan decide the rest."""


def describe_changes_of_any(changes: Changes, before: LimitPolicy, after: LimitPolicy) -> list[str]:
    """The same for an admin, who changes other people's organisations and their limits, and has to hear what became of
    the limits that were set for one alone when its industry changes."""
    sentences = describe_changes(
        {name: changes[name] for name in ("name", "sic_code") if name in changes}, before, after
    )
    for field, word, named in (
        ("industry_type", "Industry", _industry_name),
        ("subscription_plan", "Plan", _plan_name),
    ):
        if field in changes:
            old, new = (named(str(label)) for label in changes[field])
            sentences.append(f"{word} changed from {old} to {new}.")
    applied = [
        *_figure_sentence("Hourly limit", "rate_limit_per_hour" in changes, before.hour, after.hour),
        *_figure_sentence("Burst", "burst_limit" in changes, before.burst, after.burst),
        *(_ENFORCED[changes["rate_limit_enabled"][1] is True] if "rate_limit_enabled" in changes else ()),
        *(_ON_TRIAL[changes["limits_shadow"][1] is True] if "limits_shadow" in changes else ()),
    ]
    if applied:
        sentences += [*applied, f"{'It applies' if len(applied) == 1 else 'They apply'} from the next request."]
    kept = [figure for figure in (after.hour, after.burst) if figure.source == SET_FOR_THIS_ORGANISATION]
    if (
        kept
        and not changes.keys().isdisjoint({"industry_type", "subscription_plan"})
        and LIMIT_FIELDS.isdisjoint(changes)
    ):
        sentences.append(
            f"Its own limits stay: {after.hour.amount:,} an hour and {after.burst.amount:,} in any 60 seconds."
            " “Use the defaults” takes them away."
        )
    return sentences


_ENFORCED = {True: ("Its requests are limited again.",), False: ("Its requests are not limited any more.",)}
_ON_TRIAL = {
    True: ("Its limits are on trial: nothing is refused.",),
    False: ("The trial of its limits is over: what is past them is refused.",),
}


def _figure_sentence(word: str, was_set: bool, before: Figure, after: Figure) -> list[str]:
    """A limit is also changed by the industry, the plan or the hour that it may not exceed."""
    if before.amount != after.amount:
        return [f"{word} changed from {before.amount:,} to {after.amount:,}."]
    if not was_set:
        return []
    is_own = after.source == SET_FOR_THIS_ORGANISATION
    how = "stays, now set for this organisation alone" if is_own else "stays, now by default"
    return [f"{word} of {after.amount:,} {how}."]


def _plan_name(label: str) -> str:
    return plan_words(find_plan(label) or UnknownLabel(label)).name


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
