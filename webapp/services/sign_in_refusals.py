"""What is left of a refused sign-in: an entry of the audit log, so that the reference on somebody's page leads to who
they are and why. Rights that an earlier claim gave are over with it."""

import logging
from datetime import timedelta

from sqlalchemy import func, select

from webapp.domain.actor import Actor, ActorKind
from webapp.domain.audit_words import SIGN_IN_REFUSED, subject_of
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, StoreUnavailable
from webapp.models import AuditEvent
from webapp.services.accounts import find_user_id
from webapp.services.audit import add_audit_event
from webapp.services.claimed_rights import add_end_of_claimed_rights
from webapp.services.transactions import retried, transaction

log = logging.getLogger(__name__)

MOST_NOTED = 10
WITHIN = timedelta(hours=1)
"""Somebody who is refused can try again as often as they like, and entries stay for a year."""


def note_sign_in_refused(claims: IdentityClaims, cause: SignInCause, reference: str) -> None:
    """Tells the audit log that a person whom we know was refused. Of strangers it keeps nothing, and a database that is
    away must not take the page away that tells them.

    Whoever is refused without the claim that made them a platform admin is none any more where they are still signed
    in: what the sign-in itself took was taken back with it.
    """
    try:
        _note(claims, cause, reference)
    except StoreUnavailable:
        log.warning("sign-in refusal not in the audit log", extra={"cause": cause.value})


@retried
def _note(claims: IdentityClaims, cause: SignInCause, reference: str) -> None:
    with transaction() as session:
        user_id = find_user_id(session, claims.issuer, claims.subject)
        if user_id is None:
            return
        by = Actor(ActorKind.SYSTEM, reference=reference)
        if not claims.makes_platform_admin:
            add_end_of_claimed_rights(session, user_id, by=by)
        subject = subject_of(user_id)
        noted = select(AuditEvent.id).where(
            AuditEvent.subject == subject,
            AuditEvent.action == SIGN_IN_REFUSED,
            AuditEvent.at > func.now() - WITHIN,
        )
        if len(session.execute(noted.limit(MOST_NOTED)).all()) < MOST_NOTED:
            add_audit_event(session, SIGN_IN_REFUSED, by, subject=subject, reason=cause.value)
