"""What other limits would have meant, estimated from what each minute of the last days came to.

The estimate rests on three assumptions, and is no more than them:

- What was refused counts as asked for. Somebody who is let in does not try again, so where programs repeat what was
  refused, fewer requests would have come under higher limits than are counted here.
- A burst is any 60 seconds, and is held here against the minutes of the clock: half of it at the end of one minute and
  half at the beginning of the next passes here and might not have passed then.
- Minutes are let in up to the burst, hours up to the hourly limit by what their minutes let in: no request is counted
  as refused twice.
"""

from dataclasses import dataclass

DAYS = 7


@dataclass(frozen=True)
class TriedLimits:
    """Limits that somebody asks about."""

    hour: int
    burst: int


@dataclass(frozen=True)
class WhatIf:
    """What would have become of what was asked for in the last days, and what did."""

    tried: TriedLimits
    asked_for: int
    would_be_refused: int
    were_refused: int
    busiest_hour: int
    busiest_minute: int

    @property
    def sentence(self) -> str:
        """The answer."""
        if self.asked_for == 0:
            return f"Nothing was asked for in the last {DAYS} days, so no limit would have refused anything."
        if self.would_be_refused == 0:
            return f"With these limits, no request of the last {DAYS} days would have been refused."
        requests = "1 request" if self.would_be_refused == 1 else f"about {self.would_be_refused:,} requests"
        return f"With these limits, in the last {DAYS} days {requests} of {self.asked_for:,} would have been refused."

    @property
    def beside_it(self) -> str | None:
        """What to hold the answer against."""
        if self.asked_for == 0:
            return None
        refused = {0: "None was", 1: "1 was"}.get(self.were_refused, f"{self.were_refused:,} were")
        return (
            f"{refused} refused in fact. The busiest hour had {self.busiest_hour:,} requests and the busiest minute"
            f" {self.busiest_minute:,}."
        )
