"""What can be wrong between this build and the database it meets, in words for the person who has to mend it."""

import enum
from collections.abc import Iterable
from dataclasses import asdict, dataclass


class Severity(enum.StrEnum):
    """FATAL: a request of this build can fail. ERROR: must not be released. WARNING: good to know, harms nobody now."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"


_ORDER = list(Severity)


@dataclass(frozen=True)
class Finding:
    """One difference. `code` is for programs and stays the same between releases; `remedy` is a command or the SQL."""

    code: str
    severity: Severity
    message: str
    remedy: str
    type: str | None = None
    label: str | None = None
    table: str | None = None
    column: str | None = None
    expected: str | None = None
    actual: str | None = None

    def as_dict(self) -> dict[str, str]:
        """What is known, without the fields that say nothing."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}


def worst(severities: Iterable[Severity]) -> Severity | None:
    """The gravest of these, None when there are none."""
    return min(severities, key=_ORDER.index, default=None)


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by severity; findings of one severity keep their order."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.severity))


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
