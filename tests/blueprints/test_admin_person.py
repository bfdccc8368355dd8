"""One person: what is known of them, and each thing done to them, which holds from their very next request."""

import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.blueprints.looked_after import said
from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, Page
from tests.provider import RunningProvider
from tests.statements import counted
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause
from webapp.domain.roles import MembershipRole
from webapp.models import AuditEvent, LoginSession, User
from webapp.services import accounts, people
from webapp.web.visitor import COOKIE

OWNER, MEMBER = MembershipRole.OWNER, MembershipRole.MEMBER
ASKED = ("block", "sign-out", "grant-admin")
WHY = "They left the company"


@dataclass
class Scene:
    """An admin at their browser, and Priya at hers."""

    app: Flask
    admin: Browse
    admin_id: uuid.UUID
    priya: Browse
    priya_id: uuid.UUID
    claims: IdentityClaims
    odeon: uuid.UUID

    @property
    def place(self) -> str:
        return f"/admin/people/{self.priya_id}"

    @property
    def there(self) -> str:
        """Her place in the organisation."""
        return f"{self.place}/organisations/{self.odeon}"

    def page(self) -> Page:
        return self.admin.get(self.place)

    def do(self, what: str, expect: int = 303, **typed: str) -> Page:
        """Asks for the page of what is to be done, and sends it."""
        return self.admin.submit(self.admin.get(what), expect, **typed)

    def newest(self, subject: uuid.UUID | None = None) -> AuditEvent:
        with self.app.app_context():
            events = sa.select(AuditEvent).where(AuditEvent.subject == f"user:{subject or self.priya_id}")
            return db.session.scalars(events.order_by(AuditEvent.at.desc()).limit(1)).one()

    def is_recorded(self, done: Page, action: str, reason: str | None = WHY) -> None:
        """The log has it, with both people, the reason, and the reference of the request that did it."""
        event = self.newest()
        assert (event.action, event.actor, event.actor_user_id) == (action, "user", self.admin_id)
        assert (event.reason, event.reference) == (reason, done.response.headers["X-Request-Reference"])


@pytest.fixture
def scene(app: Flask, browse: Browse, provider: RunningProvider) -> Scene:
    with app.app_context():
        odeon = make_organisation("Odeon Cinemas").id
        make_person(odeon, OWNER)
        claims = make_person(odeon, OWNER, name="Priya Shah", email="priya@odeon.example")
    theirs = Browse(app, provider)
    signed_in = theirs.arrive(claims)
    return Scene(app, browse, arrive_as_admin(browse, app), theirs, signed_in.user_id, claims, odeon)


def test_what_is_known_of_somebody(scene: Scene):
    page = scene.page()

    assert page.text("h1") == "Priya Shah"
    facts = dict(zip(page.texts(".facts-list dt"), page.texts(".facts-list dd"), strict=True))
    assert facts["Email"] == "Verified"
    assert f"{scene.claims.subject} at {scene.claims.issuer}" in page.text("[aria-labelledby=who]")
    assert "Odeon Cinemas" in page.text("[aria-labelledby=places]")
    assert page.one(f"main a[href='/admin/organisations/{scene.odeon}']")
    sign_ins = page.text("[aria-labelledby=sign-ins]")
    assert "Signed in" in sign_ins
    assert "this machine" in sign_ins.lower() or "127.0.0.1" in sign_ins
    assert page.one("[aria-labelledby=log] a")["href"] == f"/admin/audit?person={scene.priya_id}"


def test_a_person_costs_at_most_four_statements(scene: Scene):
    for path, most in (("", 4), *((f"/{what}", 2) for what in (*ASKED, "unblock", "revoke-admin", "look"))):
        with counted(scene.app) as sent:
            scene.admin.get(f"{scene.place}{path}")
        assert len(sent) <= most, (path, sent)
    for what in ("role", "remove"):
        with counted(scene.app) as sent:
            scene.admin.get(f"{scene.there}/{what}")
        assert len(sent) == 2, (what, sent)


def test_blocking_ends_their_next_request_and_every_sign_in_until_they_are_unblocked(scene: Scene):
    scene.priya.get("/dashboard")
    refused = scene.do(f"{scene.place}/block", 422)
    assert refused.texts(".errors a") == ["Enter a reason. It is kept in the audit log"]
    scene.priya.get("/dashboard")

    done = scene.do(f"{scene.place}/block", reason=WHY)
    assert scene.priya.get("/dashboard", 303).location == "/login?next=%2Fdashboard"
    scene.is_recorded(done, "user.blocked")
    page = scene.admin.follow(done)
    assert said(page) == "Blocked. Signed out of 1 browser."
    assert page.text(".page-head .tag") == "Blocked"
    assert "This person is blocked and sees nothing of Foyer." in page.text("[aria-labelledby=actions]")
    with scene.app.app_context(), pytest.raises(accounts.SignInRefused) as refusal:
        accounts.sign_in(scene.claims)
    assert refusal.value.cause is SignInCause.BLOCKED

    done = scene.do(f"{scene.place}/unblock")
    scene.is_recorded(done, "user.unblocked", reason=None)
    scene.priya.arrive(scene.claims)
    scene.priya.get("/dashboard")


def test_signing_out_everywhere_ends_their_next_request_in_each_browser(scene: Scene):
    elsewhere = Browse(scene.app, scene.priya.provider)
    elsewhere.arrive(scene.claims)
    done = scene.do(f"{scene.place}/sign-out", reason=WHY)

    for browser in (scene.priya, elsewhere):
        assert browser.get("/dashboard", 303).location.startswith("/login")
    scene.is_recorded(done, "user.signed_out")
    assert said(scene.admin.follow(done)) == "Signed out of 2 browsers."
    scene.priya.arrive(scene.claims)
    scene.priya.get("/dashboard")


def test_admin_rights_hold_and_end_on_their_next_request(scene: Scene):
    scene.priya.get("/admin", 403)
    done = scene.do(f"{scene.place}/grant-admin", reason=WHY)
    scene.priya.get("/admin")
    scene.is_recorded(done, "user.admin_granted")
    assert scene.page().texts(".page-head .tag") == ["Platform admin", "Active"]

    done = scene.do(f"{scene.place}/revoke-admin", reason=WHY)
    scene.priya.get("/admin", 403)
    scene.is_recorded(done, "user.admin_revoked")


def test_another_role_holds_on_their_next_request(scene: Scene):
    scene.priya.get("/settings/organisation")
    done = scene.do(f"{scene.there}/role", role="member", reason=WHY)

    scene.priya.get("/settings/organisation", 403)
    scene.is_recorded(done, "membership.role_changed")
    event = scene.newest()
    assert (event.organisation_id, event.changes) == (scene.odeon, {"role": ["owner", "member"]})
    assert said(scene.admin.follow(done)) == "Member from their next request on."
    for role in ("king", ""):
        assert scene.do(f"{scene.there}/role", 422, role=role).all(".errors a")


def test_who_is_taken_out_of_an_organisation_sees_nothing_of_it_on_their_next_request(scene: Scene):
    done = scene.do(f"{scene.there}/remove", reason=WHY)

    assert scene.priya.get("/dashboard", 403).text("h1") == "You are not in an organisation"
    scene.is_recorded(done, "membership.removed")
    page = scene.admin.follow(done)
    assert "They belong to none." in page.text("[aria-labelledby=places]")
    assert "This person is in no active organisation." in page.text("[aria-labelledby=actions]")


@pytest.mark.parametrize("what", ["role", "remove"])
def test_the_last_owner_is_refused_on_the_form_and_nothing_is_lost(scene: Scene, what: str):
    with scene.app.app_context():
        other = db.session.scalars(sa.select(User).where(User.id.notin_([scene.priya_id, scene.admin_id]))).one()
        people.block(other.id, by=OPERATOR)
    shown = scene.do(f"{scene.there}/{what}", 422, role="viewer", reason=WHY)

    sentence = "Odeon Cinemas needs at least one owner. Make somebody else an owner first"
    assert shown.texts(".errors a") == [sentence]
    assert shown.all(str(shown.one(".errors a")["href"])), "it leads to where it can be mended"
    assert shown.one("#reason")["value"] == WHY
    scene.priya.get("/settings/organisation")


def test_nobody_lowers_their_own_rights(scene: Scene):
    own = f"/admin/people/{scene.admin_id}"
    page = scene.admin.get(own)
    actions = page.text("[aria-labelledby=actions]")
    assert "You cannot remove your own admin access. Ask another admin." in actions
    assert page.texts("[aria-labelledby=actions] a") == ["Where you are signed in"]
    token = scene.admin.get(f"{scene.place}/block").form_fields()["csrf_token"]
    before = scene.newest(scene.admin_id).id
    for what, sentence in (
        ("block", "You cannot block yourself. Ask another admin."),
        ("revoke-admin", "You cannot remove your own admin access. Ask another admin."),
        ("sign-out", "This is you. Sign out other browsers on “Where you are signed in”."),
        ("look", "This is you: you see Foyer as you see it."),
    ):
        asked = scene.admin.get(f"{own}/{what}")
        assert sentence in asked.text("main")
        assert not asked.all("main form")
        refused = scene.admin.post(f"{own}/{what}", {"csrf_token": token, "reason": WHY}, 422)
        assert refused.texts(".errors a") == [sentence]
    assert scene.newest(scene.admin_id).id == before
    scene.admin.get("/admin")


@pytest.mark.parametrize("what", [*ASKED, "unblock", "revoke-admin", "look", "role", "remove"])
def test_nothing_is_done_without_a_token(scene: Scene, what: str):
    before = scene.newest().id
    place = scene.there if what in ("role", "remove") else scene.place
    shown = scene.admin.post(f"{place}/{what}", {"reason": "Forged", "role": "viewer"}, 400)

    assert scene.newest().id == before
    assert shown.all("#reason, [name=role]")


def test_what_is_hard_to_undo_asks_for_a_fresh_sign_in(scene: Scene):
    token = scene.admin.get(f"{scene.place}/block").form_fields()["csrf_token"]
    with scene.app.app_context():
        db.session.execute(sa.update(LoginSession).values(auth_time=sa.func.now() - sa.text("interval '1 hour'")))
        db.session.commit()
    for what in (f"{scene.place}/block", f"{scene.place}/grant-admin", f"{scene.there}/remove"):
        assert scene.admin.get(what, 303).location.startswith("/login?fresh=1&next=/admin/people/")
        scene.admin.post(what, {"csrf_token": token, "reason": WHY}, 403)
    scene.priya.get("/dashboard")
    scene.page()


def test_somebody_who_was_deleted_meanwhile_is_not_found(scene: Scene):
    asked = {what: scene.admin.get(f"{scene.place}/{what}") for what in (*ASKED, "look")}
    places = {what: scene.admin.get(f"{scene.there}/{what}") for what in ("role", "remove")}
    forget(scene)

    scene.admin.get(scene.place, 404)
    for page in asked.values():
        assert scene.admin.submit(page, 404, reason=WHY).text("h1") == "Page not found"
    for page in places.values():
        scene.admin.get(page.path, 404)
        told = scene.admin.submit(page, 303, role="viewer", reason=WHY)
        scene.admin.follow(told, 404)


def forget(scene: Scene) -> None:
    """Deletes Priya, which only the owner of the tables does."""
    engine = sa.create_engine(scene.app.config["SETTINGS"].owner_database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for table in ("looks", "login_sessions", "memberships", "identities"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE user_id = :id"), {"id": scene.priya_id})
        connection.execute(sa.text("DELETE FROM users WHERE id = :id"), {"id": scene.priya_id})


def test_two_admins_do_the_same_and_the_second_is_told_so(scene: Scene):
    opened = scene.admin.get(f"{scene.place}/block")
    scene.admin.submit(opened, reason=WHY)
    assert said(scene.admin.follow(scene.admin.submit(opened, reason="Once more"))) == "Blocked already."
    assert scene.newest().reason == WHY
    assert "They are blocked already." in scene.admin.get(f"{scene.place}/block").text("main")


def test_an_admin_by_the_claim_is_said_to_be_one_and_can_be_kept(scene: Scene):
    with scene.app.app_context():
        accounts.sign_in(make_claims(**{**vars(scene.claims), "says_platform_admin": True}))
    page = scene.page()
    assert "Admin by the provider’s claim" in page.text("[aria-labelledby=who]")
    assert "gives the rights again at their next sign-in" in scene.admin.get(f"{scene.place}/revoke-admin").text("main")
    assert page.one(f"main a[href='{scene.place}/grant-admin']")

    scene.do(f"{scene.place}/grant-admin", reason=WHY)
    assert "Given here" in scene.page().text("[aria-labelledby=who]")
    assert scene.newest().changes == {"is_admin_by_claim": [True, False]}


def test_a_person_with_nothing_is_shown_and_their_name_is_text(app: Flask, scene: Scene):
    with app.app_context():
        claims = make_claims(name="<b>Nobody</b>", email=None, email_verified=None)
        user_id = accounts.sign_in(claims).user_id
        db.session.execute(sa.text("DELETE FROM memberships WHERE user_id = :id"), {"id": user_id})
        db.session.execute(sa.text("DELETE FROM login_sessions WHERE user_id = :id"), {"id": user_id})
        db.session.execute(sa.update(User).where(User.id == user_id).values(display_name=""))
        db.session.commit()
    page = scene.admin.get(f"/admin/people/{user_id}")
    assert page.text("h1") == "Somebody without a name"
    assert "Nowhere within the last 30 days." in page.text("main")


def test_a_cookie_of_somebody_blocked_is_worth_nothing_in_any_browser(scene: Scene):
    copied = scene.priya.cookie(COOKIE)
    scene.do(f"{scene.place}/block", reason=WHY)
    scene.do(f"{scene.place}/unblock", reason=WHY)
    thief = Browse(scene.app, scene.priya.provider)
    thief.client.set_cookie(COOKIE, copied or "", domain="127.0.0.1")
    assert thief.get("/dashboard", 303).location.startswith("/login")
