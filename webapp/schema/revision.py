"""Which migration the database is at, held against the one this build needs."""

import functools
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, func, select, table

from webapp.schema.findings import Finding, Severity

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"
NOT_MIGRATED = "not_migrated"
UPGRADE = "flask --app wsgi db upgrade"
_VERSION = table("alembic_version", column("version_num"))


@dataclass(frozen=True)
class Revisions:
    """`current` has one entry unless somebody stamped by hand; none means that no migration was ever run.

    `known` are this build's revisions, the newest first.
    """

    current: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.known[0]

    @property
    def is_at_head(self) -> bool:
        return self.current == (self.head,)

    @property
    def is_ahead(self) -> bool:
        """Whether a newer build has migrated the database: its revision is unknown here and its number is higher.

        Only then may a release of this build, such as a rollback, leave the revision as it is.
        """
        return len(self.current) == 1 and self.current[0] not in self.known and self._number() > number_of(self.head)

    def _number(self) -> int:
        return number_of(self.current[0])


def read_revisions(connection: Connection) -> Revisions:
    """What the database says of itself. Raises a SQLAlchemyError when it is away or too slow."""
    if connection.execute(select(func.to_regclass(_VERSION.name))).scalar_one() is None:
        return Revisions((), known_revisions())  # no migration was ever run here
    current = tuple(connection.scalars(select(_VERSION.c.version_num).order_by(_VERSION.c.version_num)))
    return Revisions(current, known_revisions())


def find_revision_drift(connection: Connection) -> list[Finding]:
    """At most one finding: what keeps the database from being at this build's revision."""
    revisions = read_revisions(connection)
    if revisions.is_at_head:
        return []
    found = ", ".join(revisions.current)
    code, severity, message, remedy = _difference(revisions, found)
    return [Finding(code, severity, message, remedy, expected=revisions.head, actual=found or None)]


def _difference(revisions: Revisions, found: str) -> tuple[str, Severity, str, str]:
    """(code, severity, message, remedy)"""
    if not revisions.current:
        return NOT_MIGRATED, Severity.FATAL, "No migration was ever run on this database.", UPGRADE
    if len(revisions.current) > 1:
        message = f"The database says it is at {len(revisions.current)} revisions at once: {found}."
        remedy = "Find out which one it is at, and run: flask --app wsgi db stamp --purge REVISION"
        return "revision_doubled", Severity.FATAL, message, remedy
    if revisions.is_ahead:
        message = f"The database is at {found}, made by a newer build; this one needs {revisions.head}."
        remedy = "Nothing, while a release is going out or back: migrations only add. Else deploy the newer build"
        return "revision_ahead", Severity.WARNING, message, remedy
    if revisions.current[0] not in revisions.known:
        message = f"The database is at {found}, which is of another history than this build's {revisions.head}."
        return "revision_unknown", Severity.ERROR, message, "Deploy the build that made this database"
    message = f"The database is at {found}; this build needs {revisions.head}."
    return "revision_behind", Severity.FATAL, message, UPGRADE


def number_of(revision: str) -> int:
    """17 for `017_create_limit_counters`, -1 for a revision without a number."""
    digits = revision.partition("_")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else -1


@functools.cache
def known_revisions() -> tuple[str, ...]:
    """Every revision of this build, head first. The files cannot change under a running process."""
    return tuple(script.revision for script in script_directory().walk_revisions())


def script_directory() -> ScriptDirectory:
    """The migrations of this build, as Alembic reads them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)
