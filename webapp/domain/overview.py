"""What the admin's overview says: how long a time it is about, what that came to, and a sentence for each chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from webapp.domain.activity import Happening
from webapp.domain.errors import SignInCause
from webapp.domain.paging import Count

PERIODS = (7, 30, 90)
USUAL_PERIOD = 30
TARGET = 99.0
"""Per cent of sign-ins that are to succeed."""

_MOST_OF_ALL, _LEAST_OF_ANY = 99.9, 0.1


@dataclass(frozen=True)
class Period:
    """So many UK days, of which the last is today."""

    days: int
    last: date

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    @property
    def dates(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=number) for number in range(self.days))


def period_of(asked: str | None, today: date) -> Period:
    """The period that an address asks for, the usual one for any other text."""
    days = next((days for days in PERIODS if str(days) == asked), USUAL_PERIOD)
    return Period(days, today)


@dataclass(frozen=True)
class Counted:
    """How often something happened on one UK day."""

    day: date
    what: str
    cause: str
    count: int


@dataclass(frozen=True)
class Tally:
    """What was counted in a period, and how many sign-ins there were in as long a time before it."""

    period: Period
    rows: Sequence[Counted]
    sign_ins_before: int = 0

    def total(self, *what: Happening) -> int:
        return sum(row.count for row in self.rows if row.what in what)

    def each_day(self, *what: Happening) -> tuple[int, ...]:
        """One number for each day of the period."""
        found = dict.fromkeys(self.period.dates, 0)
        for row in self.rows:
            if row.what in what and row.day in found:
                found[row.day] += row.count
        return tuple(found.values())

    @property
    def causes(self) -> list[tuple[str, int]]:
        """Why sign-ins ended without anybody signed in, in words, the most frequent first.

        A cause this build does not know is its own name.
        """
        found: dict[str, int] = {}
        for row in self.rows:
            if row.what == Happening.SIGN_IN_REFUSED:
                found[row.cause] = found.get(row.cause, 0) + row.count
        words = {cause.value: said for cause, said in CAUSES.items()}
        return sorted(((words.get(cause, cause), count) for cause, count in found.items()), key=lambda pair: -pair[1])

    @property
    def failures_each_day(self) -> tuple[int, ...]:
        """Refused sign-ins, without those that the person stopped: they came to what was wanted."""
        stopped = [row for row in self.rows if row.cause == SignInCause.CANCELLED]
        pairs = zip(
            self.each_day(Happening.SIGN_IN_REFUSED),
            replace(self, rows=stopped).each_day(Happening.SIGN_IN_REFUSED),
            strict=True,
        )
        return tuple(refused - by_choice for refused, by_choice in pairs)

    @property
    def rates(self) -> tuple[float | None, ...]:
        """Per cent of each day's sign-ins that succeeded, None for a day on which nobody tried."""
        pairs = zip(self.each_day(Happening.SIGN_IN_SUCCEEDED), self.failures_each_day, strict=True)
        return tuple(share(good, good + bad) for good, bad in pairs)

    @property
    def rate(self) -> float | None:
        """The same of the whole period."""
        good = self.total(Happening.SIGN_IN_SUCCEEDED)
        return share(good, good + sum(self.failures_each_day))

    @property
    def failed_today(self) -> tuple[int, int]:
        """(how many failed, how many tried) today."""
        failed = self.failures_each_day[-1]
        return failed, failed + self.each_day(Happening.SIGN_IN_SUCCEEDED)[-1]

    @property
    def funnel(self) -> list[tuple[str, int]]:
        """The way from a first sign-in to the dashboard."""
        return [(words, self.total(step)) for step, words in FUNNEL.items()]


FUNNEL: dict[Happening, str] = {
    Happening.FIRST_SIGN_IN: "Signed in for the first time",
    Happening.ONBOARDING_SEEN: "Saw the two questions",
    Happening.ONBOARDING_FINISHED: "Finished them",
    Happening.ONBOARDING_SKIPPED: "Skipped them",
    Happening.DASHBOARD_REACHED: "Reached the dashboard",
}

CAUSES: dict[SignInCause, str] = {
    SignInCause.LOST_ATTEMPT: "Open for too long, or in two tabs",
    SignInCause.CANCELLED: "Stopped before finishing",
    SignInCause.DENIED: "Refused by the sign-in service",
    SignInCause.MALFORMED: "An answer that was none",
    SignInCause.NOT_VERIFIABLE: "An answer that did not check out",
    SignInCause.EMAIL_NOT_VERIFIED: "Address not verified",
    SignInCause.BLOCKED: "Blocked here",
    SignInCause.ORGANISATION_INACTIVE: "Organisation suspended",
    SignInCause.PROVIDER_UNAVAILABLE: "Sign-in service away",
    SignInCause.OUR_FAULT: "Our own fault",
}
"""Why a sign-in failed, in an admin's words."""


@dataclass(frozen=True)
class Breaches:
    """Minutes in which an organisation was refused, by UK day, and how many were refused at their hourly limit in the
    clock hour that runs."""

    each_day: Mapping[date, int] = field(default_factory=dict)
    at_limit_now: int = 0


@dataclass(frozen=True)
class IndustryCount:
    """How many active organisations of one industry there are, by its stored label."""

    industry: str
    count: int


@dataclass(frozen=True)
class Organisations:
    """How many active organisations there are, the largest industry first. An estimate is the database's own, for a
    table too long to be counted each time."""

    industries: Sequence[IndustryCount]
    is_estimate: bool = False

    @property
    def active(self) -> Count:
        return self.counted(sum(each.count for each in self.industries))

    def counted(self, number: int) -> Count:
        """A number of these, which is as exact as they are."""
        return Count(number, self.is_estimate)


def share(part: int, whole: int) -> float | None:
    """Per cent, None of nothing."""
    return None if whole <= 0 else min(100.0, 100.0 * part / whole)


def percent(number: float, digits: int = 0) -> str:
    """87% or 99.2%. Neither all nor nothing is said of what is only nearly so."""
    if 0 < number < 100 and not digits:
        return f"{min(99, max(1, round(number)))}%"
    if 0 < number < 100:
        number = min(_MOST_OF_ALL, max(_LEAST_OF_ANY, number))
    return f"{number:.{digits}f}".removesuffix(".0") + "%"


def sign_ins_sentence(tally: Tally) -> str:
    now, before, days = tally.total(Happening.SIGN_IN_SUCCEEDED), tally.sign_ins_before, tally.period.days
    if now == 0:
        return f"No sign-ins in these {days} days yet."
    said = f"{number_of(now, 'sign-in')} in these {days} days"
    if before == 0:
        return f"{said}, after none in the {days} days before."
    if now == before:
        return f"{said}, as many as in the {days} days before."
    way, change = ("up", now - before) if now > before else ("down", before - now)
    return f"{said}, {way} {max(1, round(100 * change / before)):,}% on the {days} days before."


def funnel_sentence(tally: Tally) -> str:
    new, reached = tally.total(Happening.FIRST_SIGN_IN), tally.total(Happening.DASHBOARD_REACHED)
    if new == 0:
        return f"Nobody signed in for the first time in these {tally.period.days} days."
    if new == 1:
        return f"The one new person {'reached their dashboard' if reached else 'has not reached their dashboard yet'}."
    if reached == 0:
        return f"None of the {new:,} new people reached their dashboard yet."
    if reached >= new:
        return f"All {new:,} new people reached their dashboard."
    return f"{percent(100 * reached / new)} of {new:,} new people reached their dashboard."


def success_sentence(tally: Tally) -> str:
    if tally.rate is None:
        return f"Nobody tried to sign in in these {tally.period.days} days yet."
    today = tally.rates[-1]
    if today is None:
        said = f"{percent(tally.rate, 1)} in these {tally.period.days} days; nobody has tried today."
    else:
        said = f"{percent(today, 1)} today."
    return f"{said} The dashed line is our {TARGET:g}% target."


def breaches_sentence(breaches: Breaches, period: Period, busiest_day: str) -> str:
    """`busiest_day` is how people read the day of the most, such as "12 August"."""
    total, today = sum(breaches.each_day.values()), breaches.each_day.get(period.last, 0)
    if total == 0:
        return f"No organisation was refused in these {period.days} days."
    if total == 1:
        return f"1 breach in these {period.days} days, {'today' if today else f'on {busiest_day}'}."
    said = f"{total:,} breaches in these {period.days} days, {f'{today:,} of them' if today else 'none'} today."
    return f"{said} The most on one day was {max(breaches.each_day.values()):,}, on {busiest_day}."


def industries_sentence(organisations: Organisations, largest: str) -> str:
    """`largest` is the name of the largest industry."""
    total = organisations.active
    if total.number == 0:
        return "No organisation is active yet."
    if total.number == 1:
        return f"1 active organisation, in {largest}."
    most = organisations.industries[0].count
    said = f"{total.in_words.capitalize()} active organisations."
    if most == total.number:
        return f"{said} All are in {largest}."
    in_words = organisations.counted(most).in_words
    if sum(each.count == most for each in organisations.industries) > 1:
        return f"{said} No industry has more than {largest}, with {in_words}."
    return f"{said} {largest} has the most, {in_words}."


@dataclass(frozen=True)
class Attention:
    """What an admin should see to first. `room` is where: health, limits, or "" for further down on the overview."""

    title: str
    detail: str
    room: str


def attention_of(
    drift: str | None, *, is_store_down: bool, tally: Tally | None, breaches: Breaches | None
) -> Attention | None:
    """The gravest of what is wrong, None if nothing is. `drift` says how the database differs from the build. What
    could not be read is not judged."""
    if drift:
        return Attention("The database is not as this release needs it", drift, "health")
    if is_store_down:
        return Attention(
            "Requests are counted by each process for itself",
            "The limit store cannot be used, so limits are not exact until it is back.",
            "health",
        )
    failed, tried = tally.failed_today if tally else (0, 0)
    if tried and 100 * (tried - failed) < TARGET * tried:
        good = percent(100 * (tried - failed) / tried, 1)
        detail = f"{failed:,} of {number_of(tried, 'sign-in')} failed, so {good} succeeded. Our target is {TARGET:g}%."
        return Attention("Sign-ins are failing today", detail, "")
    if breaches and breaches.at_limit_now:
        title = f"{number_of(breaches.at_limit_now, 'organisation')} reached the hourly limit"
        return Attention(title, "What was asked for past it was refused. It begins anew with the hour.", "limits")
    return None


def number_of(count: int, one: str, many: str = "") -> str:
    """1 sign-in, 1,204 sign-ins."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
