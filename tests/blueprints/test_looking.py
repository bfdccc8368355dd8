"""Looking as somebody else sees it: nothing but reading, said on every page, and each of them written down first."""

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask, request

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.blueprints.looked_at import BANNER, WHY, Scene, is_said, look, scene
from tests.pages import Browse
from tests.provider import RunningProvider
from tests.statements import counted
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.errors import StoreUnavailable
from webapp.domain.limit_policy import address_policy
from webapp.limiting.subject import ADDRESS_POLICY
from webapp.models import Activity, AuditEvent, LoginSession, Organisation, User
from webapp.services import limits
from webapp.web import looking

__all__ = ["look", "scene"]

DONE_ALL_THE_SAME = {"looking.stop", "auth.logout", "landing.theme"}
WORKSPACE = ("/dashboard", "/usage", "/settings/organisation", "/settings/sessions")
PUBLIC = ("/", "/help", "/privacy", "/accessibility", "/status")


def test_the_banner_is_on_every_page(look: Scene):
    for path in (*WORKSPACE, *PUBLIC):
        assert is_said(look.admin.get(path)), path
    for path, status in (("/nowhere", 404), ("/logout", 405), ("/settings/sessions/", 404), ("/admin", 403)):
        assert is_said(look.admin.get(path, status)), path


def test_the_banner_is_on_the_pages_for_what_goes_wrong(look: Scene, monkeypatch: pytest.MonkeyPatch):
    def fail() -> str:
        raise {"500": RuntimeError("broken on purpose"), "503": StoreUnavailable()}[request.args["as"]]

    monkeypatch.setitem(look.app.view_functions, "landing.help", fail)
    monkeypatch.setitem(look.app.config, "PROPAGATE_EXCEPTIONS", False)
    for status in (500, 503):
        assert is_said(look.admin.get(f"/help?as={status}", status))
    assert is_said(look.admin.post("/settings/organisation", {}, 403))
    monkeypatch.setitem(look.app.config, ADDRESS_POLICY, address_policy(9, 1))
    for _ in range(2):  # made once, and again for the next
        assert is_said(look.admin.get("/dashboard", 429))


def test_nothing_but_three_things_can_be_sent(look: Scene, monkeypatch: pytest.MonkeyPatch):
    """Every way to change something that there is, whatever it is given."""
    token, reached = look.token(), []
    unsafe = [
        (rule, method)
        for rule in look.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
        if rule.endpoint not in DONE_ALL_THE_SAME
    ]
    assert len(unsafe) > 15
    for rule, _ in unsafe:
        monkeypatch.setitem(look.app.view_functions, rule.endpoint, lambda **_: reached.append(request.path) or "done")
    for rule, method in unsafe:
        ids = {name: "cinema" if name == "industry" else uuid.uuid4() for name in rule.arguments}
        with look.app.test_request_context():
            path = look.app.url_map.bind("127.0.0.1").build(rule.endpoint, ids, method=method)
        page = look.admin.request(method, path, 403, data={"csrf_token": token, "reason": WHY})
        assert page.text("h1") == "You are only looking", path
        assert "Nothing was changed." in page.text("main")
        assert is_said(page)
    assert reached == []
    told = look.admin.post("/settings/organisation", {}, 403, headers={"Accept": "application/json"})
    assert told.response.get_json()["title"] == "You are only looking"


def test_their_settings_are_as_they_were(look: Scene):
    page = look.admin.get("/settings/organisation")
    look.admin.submit(page, 403, name="Mine now")
    with look.app.app_context():
        assert db.session.get_one(Organisation, look.odeon).name == "Odeon Cinemas"
        changed = sa.select(AuditEvent).where(AuditEvent.actor_user_id == look.priya_id)
        assert not db.session.scalars(changed).all(), "nothing is ever said to have been done by them"


def test_the_theme_can_still_be_chosen(look: Scene):
    look.admin.post("/theme", {"csrf_token": look.token(), "theme": "dark", "next": "/help"})
    assert look.admin.get("/help").one("html")["data-theme"] == "dark"


def test_every_page_is_written_down_as_both_people_with_its_path(look: Scene):
    for path in ("/usage?day=1", "/settings/organisation", "/usage.json", "/admin/people"):
        look.admin.get(path, 403 if path.startswith("/admin") else 200)
    look.admin.request("HEAD", "/dashboard", 200)

    assert look.paths() == ["/usage", "/settings/organisation", "/usage.json", "/admin/people", "/dashboard"]
    for event in look.events():
        assert (event.actor, event.actor_user_id) == ("user", look.admin_id)
        assert (event.subject, event.organisation_id) == (f"user:{look.priya_id}", look.odeon)
        assert event.reference is not None


def test_it_is_written_down_before_anything_is_shown(look: Scene, monkeypatch: pytest.MonkeyPatch):
    noted: list[list[str]] = []
    monkeypatch.setitem(look.app.view_functions, "dashboard.usage", lambda: noted.append(look.paths()) or "shown")
    look.admin.client.get("/usage", base_url=look.admin.base_url)
    assert noted == [["/usage"]]

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(looking.looks, "note_looked", fail)
    look.admin.get("/dashboard", 503)
    look.admin.client.get("/usage", base_url=look.admin.base_url)
    assert noted == [["/usage"]], "what cannot be written down is not shown"


def test_pages_that_update_themselves_do_not(look: Scene):
    for path in ("/dashboard", "/usage"):
        assert not look.admin.get(path).all("[data-usage]")


def test_looking_costs_one_entry_more_than_the_page(look: Scene):
    with counted(look.app) as sent:
        look.admin.get("/usage")
    assert len([statement for statement in sent if statement.startswith("INSERT INTO audit_events")]) == 1
    assert len(sent) <= 4, sent


def test_requests_are_the_admins_and_never_the_organisations(look: Scene, monkeypatch: pytest.MonkeyPatch):
    with look.app.app_context():
        limits.set_override_of_any(look.odeon, hour=1, burst=1, by=OPERATOR)
    for _ in range(4):
        look.admin.get("/dashboard")
    assert "0 of 1" in look.admin.get("/usage").text("main")
    with look.app.app_context():
        assert not db.session.scalars(sa.text("SELECT 1 FROM usage_by_minute")).all()

    monkeypatch.setitem(look.app.config, ADDRESS_POLICY, address_policy(3, 2))
    look.app.extensions["foyer_limit_store"].clear()
    look.admin.get("/dashboard")
    look.admin.get("/dashboard")
    look.admin.get("/dashboard", 429)
    stranger = look.app.test_client().get("/", base_url=look.admin.base_url)
    assert stranger.status_code == 429, "it is the address that is used up"


def test_the_first_visit_of_theirs_is_still_theirs_to_be_counted(app: Flask, browse: Browse, provider: RunningProvider):
    newcomer = Browse(app, provider)
    newcomer.sign_in("newcomer-company")
    arrive_as_admin(browse, app)
    with app.app_context():
        user_id = db.session.scalars(sa.select(User.id).where(User.email.like("priya%"))).one()
    asked = browse.get(f"/admin/people/{user_id}/look")
    shown = browse.follow(browse.follow(browse.submit(asked, reason=WHY), 303))

    assert shown.text("h1") == "Set up your organisation"
    assert shown.text(BANNER).startswith("You are looking at Foyer as ")
    browse.submit(shown, 403, industry="hotel", name="Harbour")
    with app.app_context():
        assert not db.session.scalars(sa.select(Activity).where(Activity.what == "onboarding_seen")).all()


def test_admin_pages_are_not_reached(look: Scene):
    own = f"/admin/people/{look.admin_id}"
    for path in ("/admin", "/admin/people", own, "/admin/organisations.csv", "/admin/limits"):
        page = look.admin.get(path, 403)
        assert page.text("h1") == "You are only looking"
        assert "This page is not theirs to see. Stop looking to open it as yourself." in page.text("main")
    look.admin.get(f"/admin/people/{look.priya_id}/block", 403)


def test_their_browsers_are_shown_and_cannot_be_signed_out(app: Flask, look: Scene, provider: RunningProvider):
    with app.app_context():
        session = LoginSession(
            token_hash=uuid.uuid4().bytes * 2,
            user_id=look.priya_id,
            expires_at=sa.func.now() + sa.text("interval '1 hour'"),
        )
        db.session.add(session)
        db.session.commit()
        session_id = session.id
    page = look.admin.get("/settings/sessions")
    assert len(page.all("main li")) == 1
    assert not page.all("main form")
    assert "This browser" not in page.text("main")
    for path in (f"/settings/sessions/{session_id}/end", "/settings/sessions/end-others"):
        look.admin.post(path, {"csrf_token": look.token()}, 403)
    with app.app_context():
        assert db.session.get_one(LoginSession, session_id).ended_at is None
