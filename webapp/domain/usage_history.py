"""What an organisation's last 24 hours came to, and the sentence that says so."""

from dataclasses import dataclass
from datetime import datetime

HOURS_SHOWN = 24


@dataclass(frozen=True)
class HourOfUsage:
    """One clock hour. `over` of those used were let in although a limit was reached, because it was not applied."""

    starts_at: datetime
    used: int = 0
    refused: int = 0
    over: int = 0

    @property
    def asked(self) -> int:
        return self.used + self.refused


@dataclass(frozen=True)
class UsageHistory:
    """The last 24 clock hours, the current one last. `is_late` says that the newest counts may still be missing."""

    hours: tuple[HourOfUsage, ...]
    is_late: bool = False

    @property
    def used(self) -> int:
        return sum(hour.used for hour in self.hours)

    @property
    def refused(self) -> int:
        return sum(hour.refused for hour in self.hours)

    @property
    def over(self) -> int:
        return sum(hour.over for hour in self.hours)

    @property
    def is_empty(self) -> bool:
        return self.used + self.refused == 0

    @property
    def busiest(self) -> HourOfUsage:
        """The hour in which most was asked for, the later of two alike."""
        return max(reversed(self.hours), key=lambda hour: hour.asked)


def history_sentence(history: UsageHistory, busiest_hour: str) -> str:
    """What the chart shows, for those who cannot see it and those who have no time to. `busiest_hour` is how people
    read it, such as "14:00 to 15:00"."""
    let_in = f"{history.used:,} {'request was' if history.used == 1 else 'requests were'} let in"
    refused = "none was refused" if not history.refused else f"{history.refused:,} refused"
    sentence = f"In the last 24 hours {let_in} and {refused}."
    most = history.busiest
    if history.used + history.refused > 1:
        sentence += f" The busiest hour was {busiest_hour}, with {most.asked:,}."
    return sentence


def trial_sentence(history: UsageHistory) -> str:
    """What limits on trial would have done."""
    if history.over == 0:
        return "None of the requests of the last 24 hours would have been refused."
    return (
        f"{history.over:,} of the {history.used:,} requests of the last 24 hours would have been refused."
        if history.over > 1
        else f"1 of the {history.used:,} requests of the last 24 hours would have been refused."
    )
