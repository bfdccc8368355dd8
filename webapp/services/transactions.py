"""The one way a use case reaches the database, and the one place where a database failure becomes a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.errors import StoreUnavailable

# PostgreSQL's codes for "the schema is not the one this build needs", by SQLSTATE and never by message text, which is
# translated: an unknown enum label, a missing table, column, type or function, a right that was not granted.
SCHEMA_DIFFERS = frozenset({"22P02", "42P01", "42703", "42704", "42883", "42501", "3F000", "42804"})


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back whatever is raised in it.

    Raises StoreUnavailable in place of a database error that no input of a person could have caused.
    """
    session = db.session()
    try:
        yield session
        session.commit()
    except exc.SQLAlchemyError as error:
        session.rollback()
        if is_store_failure(error):
            raise StoreUnavailable("The database could not be written") from error
        raise
    except BaseException:
        session.rollback()
        raise


def is_store_failure(error: BaseException) -> bool:
    """Whether this is the database being away, too slow, or shaped otherwise than this build needs."""
    if isinstance(error, exc.TimeoutError | exc.OperationalError | exc.InterfaceError):
        return True
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "pgcode", None) in SCHEMA_DIFFERS
