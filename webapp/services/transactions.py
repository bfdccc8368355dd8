"""The one way a use case reaches the database, and the one place where a database failure becomes a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.errors import StoreUnavailable
from webapp.schema.failures import store_failure


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back whatever is raised in it.

    Raises StoreUnavailable in place of a database error that no input of a person could have caused.
    """
    session = db.session()
    try:
        yield session
        session.commit()
    except (exc.SQLAlchemyError, LookupError) as error:  # a LookupError is how SQLAlchemy fails to read a label
        session.rollback()
        if store_failure(error) is not None:
            raise StoreUnavailable("The database could not be written") from error
        raise
    except BaseException:
        session.rollback()
        raise


@contextmanager
def rolled_back() -> Iterator[Session]:
    """A transaction that is never committed, for trying what a request would do."""
    session = db.session()
    try:
        yield session
        session.flush()
    finally:
        session.rollback()
