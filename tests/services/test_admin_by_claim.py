"""Platform admins by the provider's claim: given and taken at sign-in, and never more taken than was given."""

import pytest
from sqlalchemy import func, select

from tests.factories import make_claims, make_organisation, make_person
from webapp.database import db
from webapp.domain.actor import OPERATOR, person
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause, SignInRefused
from webapp.models import AuditEvent, Membership, Organisation, User
from webapp.services import organisations, people
from webapp.services.accounts import SignedIn, sign_in
from webapp.services.sign_in_refusals import note_sign_in_refused
from webapp.services.visitors import find_visitor

pytestmark = pytest.mark.usefixtures("database")


def with_claim(claims: IdentityClaims, **changed: object) -> IdentityClaims:
    return make_claims(**{**vars(claims), "says_platform_admin": True, **changed})


def rights(signed_in: SignedIn) -> tuple[bool, bool]:
    """(platform admin, by the claim), as they are stored."""
    user = db.session.get_one(User, signed_in.user_id, populate_existing=True)
    return user.is_platform_admin, user.is_admin_by_claim


def entries() -> list[tuple[str, str, str | None]]:
    found = select(AuditEvent).where(AuditEvent.action.like("user.admin%")).order_by(AuditEvent.at)
    return [(event.action, event.actor, event.reason) for event in db.session.scalars(found)]


GIVEN = ("user.admin_granted", "system", "The sign-in provider’s claim")
TAKEN = ("user.admin_revoked", "system", "The sign-in provider’s claim")


def test_the_claim_gives_and_a_sign_in_without_it_takes():
    claims = make_person(make_organisation().id)
    before = sign_in(claims)
    assert rights(before) == (False, False)

    during = sign_in(with_claim(claims))
    assert rights(during) == (True, True)
    assert sign_in(with_claim(claims)).has_workspace, "nothing is given twice"
    visitor = find_visitor(before.session_token)
    assert visitor is not None
    assert visitor.is_platform_admin, "in every browser of theirs"

    after = sign_in(claims)
    assert rights(after) == (False, False)
    visitor = find_visitor(during.session_token)
    assert visitor is not None
    assert not visitor.is_platform_admin
    assert entries() == [GIVEN, TAKEN]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "user.admin_granted")).one()
    assert (event.subject, event.changes) == (f"user:{after.user_id}", {"is_platform_admin": [False, True]})


def test_what_was_given_by_hand_is_not_taken():
    claims = make_person(make_organisation().id)
    people.set_platform_admin(sign_in(claims).user_id, is_admin=True, by=OPERATOR)

    assert rights(sign_in(with_claim(claims))) == (True, False)
    assert rights(sign_in(claims)) == (True, False)
    assert len(entries()) == 1


def test_what_the_claim_gave_can_be_made_their_own_by_hand():
    claims = make_person(make_organisation().id)
    signed_in = sign_in(with_claim(claims))
    assert people.set_platform_admin(signed_in.user_id, is_admin=True, by=OPERATOR)

    assert rights(sign_in(claims)) == (True, False)


def test_what_the_claim_gave_can_be_taken_by_hand_until_the_claim_gives_it_again():
    claims = make_person(make_organisation().id)
    signed_in = sign_in(with_claim(claims))
    assert people.set_platform_admin(signed_in.user_id, is_admin=False, by=OPERATOR)
    assert rights(signed_in) == (False, False)
    assert rights(sign_in(with_claim(claims))) == (True, True)


def test_without_an_address_that_was_verified_it_gives_nothing():
    claims = make_person(make_organisation().id)
    with pytest.raises(SignInRefused) as refusal:
        sign_in(with_claim(claims, email_verified=False))
    assert refusal.value.cause is SignInCause.EMAIL_NOT_VERIFIED
    assert rights(sign_in(with_claim(claims, email_verified=None))) == (False, False)

    assert rights(sign_in(with_claim(claims))) == (True, True)
    assert rights(sign_in(with_claim(claims, email_verified=None))) == (False, False)


def test_a_newcomer_with_it_has_rights_and_no_organisation_until_it_is_gone():
    claims = make_claims(name="Marta Bell")
    signed_in = sign_in(with_claim(claims))

    assert (signed_in.is_new, signed_in.has_workspace) == (True, False)
    assert rights(signed_in) == (True, True)
    visitor = find_visitor(signed_in.session_token)
    assert visitor is not None
    assert visitor.organisation is None
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0
    assert entries() == [GIVEN]

    assert sign_in(claims).has_workspace
    assert db.session.scalars(select(Organisation.name)).one() == "Marta’s organisation"


def test_an_admin_is_let_in_without_an_active_organisation_and_others_are_not():
    theirs, ours = make_organisation("Closed Inn").id, make_organisation("Foyer").id
    claims, colleague = make_person(theirs), make_person(theirs)
    admin = make_person(ours)
    people.set_platform_admin(sign_in(admin).user_id, is_admin=True, by=OPERATOR)
    for organisation_id in (theirs, ours):
        organisations.suspend_any(organisation_id, by=OPERATOR)

    for given in (admin, with_claim(claims)):
        assert not sign_in(given).has_workspace
    with pytest.raises(SignInRefused):
        sign_in(colleague)
    db.session.query(Membership).delete()
    db.session.commit()
    assert not sign_in(admin).has_workspace
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 2, "none is made for them"


@pytest.mark.parametrize("email_verified", [True, False])
def test_a_sign_in_that_is_refused_takes_what_the_claim_gave_as_well(email_verified: bool):
    organisation_id = make_organisation("Closed Inn").id
    claims = make_person(organisation_id)
    signed_in = sign_in(with_claim(claims))
    organisations.suspend_any(organisation_id, by=person(signed_in.user_id))
    last = make_claims(**{**vars(claims), "email_verified": email_verified})
    with pytest.raises(SignInRefused) as refusal:
        sign_in(last)
    note_sign_in_refused(last, refusal.value.cause, "FY-7Q2K-04")

    assert rights(signed_in) == (False, False)
    assert entries() == [GIVEN, TAKEN]


def test_the_claim_lets_nobody_in_who_is_blocked():
    claims = make_claims()
    people.block(sign_in(claims).user_id, by=OPERATOR)
    with pytest.raises(SignInRefused) as refusal:
        sign_in(with_claim(claims))
    assert refusal.value.cause is SignInCause.BLOCKED
