"""The audit log as a file, the same from the page and from the command."""

from datetime import UTC

from webapp.domain.audit_words import ACTORS, action_in_words, changes_in_words, subject_in_words
from webapp.services.audit_log import AuditLine

HEADINGS = (
    *("Id", "Time", "Who", "Who (id)", "Action", "Action in words", "Organisation", "Organisation (id)"),
    *("To", "To (id)", "Detail", "Reason", "Reference"),
)


def file_row(line: AuditLine) -> tuple[object, ...]:
    """One entry, under those headings: in words, and with what is stored beside them."""
    return (
        *(line.id, line.at.astimezone(UTC), who(line), line.actor_id),
        *(line.action, action_in_words(line.action), line.organisation_name, line.organisation_id),
        *(to_whom(line), line.subject),
        *("; ".join(one.sentence for one in changes_in_words(line.changes)), line.reason, line.reference),
    )


def who(line: AuditLine) -> str:
    """The person who acted, or what did where it was nobody with a name."""
    return line.actor_name or ACTORS.get(line.actor, line.actor)


def to_whom(line: AuditLine) -> str | None:
    """The person, or the thing, that something was done to, apart from the organisation."""
    return line.person_name or subject_in_words(line.subject)
