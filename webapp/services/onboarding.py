"""The one page between a first sign-in and the dashboard: finish it or skip it, once."""

import uuid

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.activity import Happening
from webapp.domain.actor import Actor
from webapp.domain.errors import AlreadyOnboarded
from webapp.domain.industries import Industry, words_for
from webapp.domain.organisation_details import checked_name
from webapp.domain.stored_labels import UnknownLabel
from webapp.models import Organisation
from webapp.services.activity import add_activity
from webapp.services.audit import add_audit_event
from webapp.services.transactions import retried, transaction


@retried
def finish(organisation_id: uuid.UUID, *, industry: Industry, name: str, sic_code: str | None, by: Actor) -> bool:
    """Sets an organisation up and returns True, or returns False because this very answer was given before.

    The row is written only where it was not onboarded yet, so two tabs, a double click and a resubmitted form have one
    effect between them. Raises AlreadyOnboarded when other answers came first, InvalidValue for an unusable name.
    """
    answers: dict[str, object] = {"industry_type": industry, "name": checked_name(name), "sic_code": sic_code}
    with transaction() as session:
        before = _read(session, organisation_id)
        if not _set_once(session, organisation_id, {**answers, "industry_chosen_at": func.now()}):
            return _tell_same_from_changed(_read(session, organisation_id), answers)
        changes = {column: (getattr(before, column), value) for column, value in answers.items()}
        add_audit_event(session, "onboarding.finished", by, organisation_id=organisation_id, changes=changes)
        session.flush()  # so that the count, which others wait for, comes last
        add_activity(session, Happening.ONBOARDING_FINISHED, industry=industry)
    return True


@retried
def skip(organisation_id: uuid.UUID, *, by: Actor) -> bool:
    """Lets somebody in without answers, in the industry as it is stored, or returns False because that was done before.

    Raises AlreadyOnboarded when answers came first.
    """
    with transaction() as session:
        if not _set_once(session, organisation_id, {}):
            stored = _read(session, organisation_id)
            if stored.has_chosen:
                raise _already_set_up(stored)
            return False
        add_audit_event(session, "onboarding.skipped", by, organisation_id=organisation_id)
        session.flush()
        add_activity(session, Happening.ONBOARDING_SKIPPED)
    return True


def _set_once(session: Session, organisation_id: uuid.UUID, values: dict[str, object]) -> bool:
    written = session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id, Organisation.onboarded_at.is_(None))
        .values(
            onboarded_at=func.now(),
            updated_at=func.now(),
            version=Organisation.version + 1,
            limits_version=Organisation.limits_version + 1,  # the industry decides the limits
            **values,
        )
        .returning(Organisation.id)
        .execution_options(synchronize_session=False)
    )
    return written.scalar_one_or_none() is not None


def _read(session: Session, organisation_id: uuid.UUID) -> Row[Industry | UnknownLabel, str, str | None, bool]:
    return session.execute(
        select(
            Organisation.industry_type,
            Organisation.name,
            Organisation.sic_code,
            Organisation.industry_chosen_at.is_not(None).label("has_chosen"),
        ).where(Organisation.id == organisation_id)
    ).one()


def _tell_same_from_changed(
    stored: Row[Industry | UnknownLabel, str, str | None, bool], answers: dict[str, object]
) -> bool:
    if stored.has_chosen and all(getattr(stored, column) == value for column, value in answers.items()):
        return False
    if not stored.has_chosen:
        raise AlreadyOnboarded("You have already skipped this page")
    raise _already_set_up(stored)


def _already_set_up(stored: Row[Industry | UnknownLabel, str, str | None, bool]) -> AlreadyOnboarded:
    return AlreadyOnboarded(f"You are already set up as {words_for(stored.industry_type).with_article}")
