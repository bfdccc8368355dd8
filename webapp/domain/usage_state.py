"""How an organisation stands with its hourly limit, in a word and a sentence."""

from dataclasses import dataclass

from webapp.domain.limit_policy import HOUR_SECONDS

RUNNING_LOW_AT = 0.8


@dataclass(frozen=True)
class UsageState:
    """`tag` is the word on the page and `kind` the name its look goes by."""

    kind: str
    tag: str
    sentence: str


def usage_state(
    used: int,
    limit: int,
    resets_at: str,
    *,
    is_enforced: bool,
    seconds_left: float = HOUR_SECONDS,
    counts_this_view: bool = False,
) -> UsageState:
    """`resets_at` is the time of day as people read it, such as 15:00; `seconds_left` is how far off that is.

    `counts_this_view` says that looking at the page is itself among what was used.
    """
    if not is_enforced:
        return UsageState("unlimited", "Not limited", "Your requests are counted and never refused.")
    if used <= 0:
        return UsageState("ready", "Ready", "You have not made any requests yet.")
    if used >= limit:
        return UsageState("reached", "Limit reached", f"New requests will work again at {resets_at}.")
    if used >= RUNNING_LOW_AT * limit:
        return UsageState("low", "Running low", f"You have less than 20% left. It resets at {resets_at}.")
    if used == 1 and counts_this_view:
        return UsageState("ready", "Ready", "You have not made any requests yet, apart from opening this page.")
    seconds_gone = max(1.0, HOUR_SECONDS - seconds_left)
    if used * HOUR_SECONDS <= limit * seconds_gone:
        return UsageState("plenty", "Plenty left", f"At this pace you will stay inside your limit until {resets_at}.")
    return UsageState("plenty", "Plenty left", f"You have {limit - used:,} left until {resets_at}.")


UNREADABLE = UsageState("unknown", "Not known", "We cannot read your usage at the moment. Your limit still applies.")
