"""Counting what happens by the hour."""

import logging

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.domain.activity import Happening
from webapp.domain.errors import SignInCause, StoreUnavailable
from webapp.domain.industries import Industry
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import Activity
from webapp.services.transactions import retried, transaction

log = logging.getLogger(__name__)


def add_activity(
    session: Session, what: Happening, *, cause: str = "", industry: Industry | UnknownLabel | None = None
) -> None:
    """A step: one more of this in the current hour.

    Called last in a use case: everyone who counts the same thing waits for this row until the transaction ends.
    """
    row = insert(Activity).values(
        hour=func.date_trunc("hour", func.now()),
        what=what.value,
        cause=cause,
        industry=industry.value if industry else "",
        count=1,
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Activity.hour, Activity.what, Activity.cause, Activity.industry],
            set_={"count": Activity.count + 1},
        )
    )


def count_sign_in_refused(cause: SignInCause) -> None:
    """Counts a refused sign-in. A database that is away must not take the page away that says so: it is logged."""
    try:
        _count_refused(cause)
    except StoreUnavailable:
        log.warning("sign-in refusal not counted", extra={"cause": cause.value})


@retried
def _count_refused(cause: SignInCause) -> None:
    with transaction() as session:
        add_activity(session, Happening.SIGN_IN_REFUSED, cause=cause.value)
