"""Counting what happens by the hour."""

import logging
import uuid

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.domain.activity import NEXT_AWAITED, Happening, is_awaited
from webapp.domain.errors import SignInCause, StoreUnavailable
from webapp.domain.industries import Industry
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import Activity, Organisation
from webapp.services.transactions import retried, transaction

log = logging.getLogger(__name__)


def add_activity(
    session: Session, *what: Happening, cause: str = "", industry: Industry | UnknownLabel | None = None
) -> None:
    """A step: one more of each of these in the current hour.

    Called last in a use case, and once: everyone who counts the same thing waits for its row until the transaction
    ends. Several are counted in one order, so that no two transactions wait for each other.
    """
    shared = {"cause": cause, "industry": industry.value if industry else "", "count": 1}
    rows = insert(Activity).values(
        [{"hour": func.date_trunc("hour", func.now()), "what": each, **shared} for each in sorted(what)]
    )
    session.execute(
        rows.on_conflict_do_update(
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


def count_step(organisation_id: uuid.UUID, step: Happening, awaited: str | None) -> None:
    """Counts how far an organisation's first visitor has come, once for each step. `awaited` is what the request found
    to be counted next, so that those who arrived long ago cost nothing. A failure must not take the page away."""
    if not is_awaited(step, awaited):
        return
    try:
        _count_step(organisation_id, step)
    except StoreUnavailable:
        log.warning("step of a first visit not counted", extra={"step": step.value})


@retried
def _count_step(organisation_id: uuid.UUID, step: Happening) -> None:
    with transaction() as session:
        industry = session.execute(
            update(Organisation)
            .where(
                Organisation.id == organisation_id,
                Organisation.awaited_step.in_([awaited for awaited in NEXT_AWAITED if is_awaited(step, awaited)]),
            )
            .values(awaited_step=NEXT_AWAITED[step])
            .returning(Organisation.industry_type)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if industry is not None:
            add_activity(session, step, industry=industry)
