"""How an organisation stands with its limits, in a word and a sentence."""

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
    is_on_trial: bool = False,
    is_burst_used_up: bool = False,
    seconds_left: float = HOUR_SECONDS,
    counts_this_view: bool = False,
) -> UsageState:
    """`resets_at` is the time of day as people read it, such as 15:00; `seconds_left` is how far off that is.

    `counts_this_view` says that looking at the page is itself among what was used.
    """
    if not is_enforced:
        return UsageState("unlimited", "Not limited", "Your requests are counted and never refused.")
    if is_on_trial:
        return UsageState("trial", "On trial", "Your limits are on trial: nothing is refused.")
    if used <= 0:
        return UsageState("ready", "Ready", "You have not made any requests yet.")
    if used >= limit:
        return UsageState("reached", "Limit reached", f"New requests will work again at {resets_at}.")
    if is_burst_used_up:  # what counts in it leaves it within 61 seconds
        return UsageState("fast", "A little fast", "You are going a little fast. You can carry on within a minute.")
    if used >= RUNNING_LOW_AT * limit:
        return UsageState("low", "Running low", f"You have 20% or less left. It resets at {resets_at}.")
    if used == 1 and counts_this_view:
        return UsageState("ready", "Ready", "You have not made any requests yet, apart from opening this page.")
    seconds_gone = max(1.0, HOUR_SECONDS - seconds_left)
    if used * HOUR_SECONDS <= limit * seconds_gone:
        return UsageState("plenty", "Plenty left", f"At this pace you will stay inside your limit until {resets_at}.")
    return UsageState("plenty", "Plenty left", f"You have {limit - used:,} left until {resets_at}.")


UNREADABLE = UsageState("unknown", "Not known", "We cannot read your usage at the moment. Your limit still applies.")
