"""Which migration the database is at, held against the one this build needs."""

import functools
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import column, select, table
from sqlalchemy.exc import ProgrammingError

from webapp.database import db

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"
UNDEFINED_TABLE = "42P01"
_VERSION = table("alembic_version", column("version_num"))


@dataclass(frozen=True)
class Revisions:
    """`current` has one entry unless somebody stamped by hand; none means that no migration was ever run."""

    current: tuple[str, ...]
    head: str
    is_known: bool

    @property
    def is_at_head(self) -> bool:
        return self.current == (self.head,)


def ask_database() -> None:
    """Returns when the database answers. Raises a SQLAlchemyError when it is away or too slow."""
    with db.engine.connect() as connection:
        connection.execute(select(1))


def read_revisions() -> Revisions:
    """What the database says of itself. Raises a SQLAlchemyError when it is away or too slow."""
    try:
        with db.engine.connect() as connection:
            current = tuple(connection.scalars(select(_VERSION.c.version_num).order_by(_VERSION.c.version_num)))
    except ProgrammingError as error:
        if getattr(error.orig, "pgcode", None) != UNDEFINED_TABLE:
            raise
        current = ()  # no migration was ever run here
    known = _known_revisions()
    return Revisions(current, known[0], all(revision in known for revision in current))


@functools.cache
def _known_revisions() -> tuple[str, ...]:
    """Every revision of this build, head first. The files cannot change under a running process."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    return tuple(script.revision for script in scripts.walk_revisions())
