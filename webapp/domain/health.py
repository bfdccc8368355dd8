"""How each part of the system stands, in words and by how much it matters."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

CHECK_SECONDS = 2.0
"""How long one check may take. What takes longer is told as not having answered."""

SEEN_MINUTES = 3
"""A worker leaves a sign of life every minute; one that left none for so long is taken for gone."""

SLOW_SECONDS = 0.025
"""Half of what a store of counts is waited for, and ten times what one usually takes."""

NO_REMEDY = ""


class Grade(enum.StrEnum):
    """GOOD: nothing to do. WARNING: people notice nothing yet. PROBLEM: somebody has to do something now."""

    GOOD = "good"
    WARNING = "warning"
    PROBLEM = "bad"


class Part(enum.StrEnum):
    """What is checked, in the order of the page. Stored beside since when it has been as it is."""

    DATABASE = "database"
    MIGRATIONS = "migrations"
    INDUSTRIES = "industry"
    PLANS = "subscription_plan"
    ROLES = "membership_role"
    STORE = "limits"
    PROVIDER = "provider"
    WORKERS = "workers"
    RELEASE = "release"
    AUDIT_LOG = "audit_log"


PART_NAMES: dict[Part, str] = {
    Part.DATABASE: "Database",
    Part.MIGRATIONS: "Migrations",
    Part.INDUSTRIES: "Industry values",
    Part.PLANS: "Plan values",
    Part.ROLES: "Role values",
    Part.STORE: "Limiter store",
    Part.PROVIDER: "Sign-in provider",
    Part.WORKERS: "Workers seen",
    Part.RELEASE: "Version",
    Part.AUDIT_LOG: "Audit log",
}


@dataclass(frozen=True)
class Remark:
    """One thing that is wrong, and the command that mends it."""

    sentence: str
    remedy: str = NO_REMEDY


@dataclass(frozen=True)
class Check:
    """What was found of one part. `state` is the word in its tag, the sentence says the rest, remarks say what is
    wrong. `since` is when it began to be in this state, None where nobody can tell."""

    part: Part
    grade: Grade
    state: str
    sentence: str
    remarks: tuple[Remark, ...] = ()
    since: datetime | None = None

    @property
    def name(self) -> str:
        return PART_NAMES[self.part]

    def known_since(self, since: datetime | None) -> "Check":
        return replace(self, since=since)


def no_answer(part: Part) -> Check:
    """A check that did not end in its time."""
    return Check(part, Grade.PROBLEM, "No answer", f"No answer within {CHECK_SECONDS:g} seconds.")


def failed(part: Part, kind: str) -> Check:
    """A check that could not be made."""
    return Check(part, Grade.PROBLEM, "Not known", f"This could not be checked: {kind}. See the server’s log.")


def summary(checks: Iterable[Check]) -> tuple[str, str] | None:
    """1 problem and 1 warning, and which; None when all is well."""
    everything = list(checks)
    gravest_first = [(Grade.PROBLEM, "problem"), (Grade.WARNING, "warning")]
    found = [check for grade, _ in gravest_first for check in everything if check.grade is grade]
    counts = [(sum(check.grade is grade for check in found), word) for grade, word in gravest_first]
    numbers = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count]
    if not found:
        return None
    return " and ".join(numbers), ". ".join(f"{check.name}: {_in_a_sentence(check.state)}" for check in found) + "."


def _in_a_sentence(state: str) -> str:
    return state[:1].lower() + state[1:]
