"""Whether this build can serve on the database it has: asked by every health check, worked out once in 5 seconds."""

import time
import weakref

from sqlalchemy import Engine, select, text

from webapp.config import Settings
from webapp.database import Base, db
from webapp.schema.drift import find_drift
from webapp.schema.findings import Finding
from webapp.schema.owner import owner_engine
from webapp.schema.revision import find_revision_drift

KEEP_SECONDS = 5.0
KEEP_SECONDS_IN_PASSING = 90.0
clock = time.monotonic

_kept: "weakref.WeakKeyDictionary[Engine, tuple[float, list[Finding]]]" = weakref.WeakKeyDictionary()


def ask_database() -> None:
    """Returns when the database answers. Raises a SQLAlchemyError when it is away or too slow."""
    with db.engine.connect() as connection:
        connection.execute(select(1))


def current_findings() -> list[Finding]:
    """What differs between this build and its database, not older than five seconds.

    Raises a SQLAlchemyError when the database is away or too slow, which is not kept.
    """
    return _findings(KEEP_SECONDS)


def recent_findings() -> list[Finding]:
    """The same, not older than a minute and a half: for a page that is about other things and only mentions it. A
    worker looks every minute anyway, so no page of its has to."""
    return _findings(KEEP_SECONDS_IN_PASSING)


def _findings(keep_seconds: float) -> list[Finding]:
    engine = db.engine
    kept = _kept.get(engine)
    if kept is not None and clock() < kept[0] + keep_seconds:
        return kept[1]
    with engine.connect() as connection:
        findings = find_drift(connection, Base.metadata)
    _kept[engine] = (clock(), findings)
    return findings


def look_now(*, rows: bool = False) -> list[Finding]:
    """The same, worked out at this moment and with all the time that reading whole tables takes. For commands.

    Asked as the application's own role: what it may see and find on its search path is what its requests will meet.
    """
    with db.engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '300s'"))
        return find_drift(connection, Base.metadata, rows=rows)


def revision_as_owner(settings: Settings) -> list[Finding]:
    """What keeps the database from this build's revision. Asked as the owner: while another release is making the
    tables, the application's role may not look at anything yet."""
    with owner_engine(settings, "foyer-release").connect() as connection:
        return find_revision_drift(connection)


def forget_findings() -> None:
    """Makes the next question look again. Called at once when a request meets what looks like drift."""
    _kept.clear()
