"""The one way a use case reaches the database, and the one place where a database failure becomes a refusal."""

import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ParamSpec, TypeVar

from sqlalchemy import exc
from sqlalchemy.orm import Session

from webapp.database import db
from webapp.domain.errors import StoreUnavailable
from webapp.schema.failures import is_collision, store_failure

log = logging.getLogger(__name__)

MOST_RETRIES = 2
LONGEST_PAUSE = 0.05  # seconds; of random length, so that two that collided do not meet again at once

Given = ParamSpec("Given")
Result = TypeVar("Result")


def retried(use_case: Callable[Given, Result]) -> Callable[Given, Result]:
    """Put on every function that uses `transaction`: it is run again, as a whole and at most twice, after its
    transaction was ended for another one's sake.

    A decorator, because a `with` block cannot run again what it encloses, and what was read before the collision is not
    true any more. Only a deadlock and a serialisation failure are reason enough: there the server says that it kept
    nothing. When a connection is lost, at commit above all, nobody can say what was kept, and trying again could do it
    twice. So a use case must do nothing before or beside its transaction that may not be done again.
    """

    @functools.wraps(use_case)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for _ in range(MOST_RETRIES):
            try:
                return use_case(*args, **kwargs)
            except StoreUnavailable as failure:
                if not is_collision(failure.__cause__):
                    raise
                log.warning("use case runs again after a collision", extra={"use_case": use_case.__qualname__})
            time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311  # not a secret
        return use_case(*args, **kwargs)

    return run


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
        _roll_back(session)
        if store_failure(error) is not None:
            raise StoreUnavailable("The database could not be written") from error
        raise
    except BaseException:
        _roll_back(session)
        raise


def _roll_back(session: Session) -> None:
    """When even this fails the connection is gone, and with it whatever was not committed; what people are told of is
    why the transaction ended."""
    with suppress(exc.DBAPIError):
        session.rollback()


@contextmanager
def rolled_back() -> Iterator[Session]:
    """A transaction that is never committed, for trying what a request would do."""
    session = db.session()
    try:
        yield session
        session.flush()
    finally:
        session.rollback()
