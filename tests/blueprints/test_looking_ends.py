"""How looking as somebody else begins, and each way that it ends: the admin is themselves again."""

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.blueprints.looked_after import said
from tests.blueprints.looked_at import BANNER, WHY, Scene, is_said, look, scene
from tests.factories import make_person
from tests.pages import Browse, path_of
from tests.provider import RunningProvider
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.models import LoginSession, Look
from webapp.services import organisations, people
from webapp.web.visitor import COOKIE

__all__ = ["look", "scene"]


def test_it_begins_with_a_reason_and_says_what_it_is(scene: Scene):
    page = scene.admin.get(f"/admin/people/{scene.priya_id}")
    (way_in,) = [link["href"] for link in page.all("main a") if link.get_text() == "Look as they see it"]
    asked = scene.admin.get(str(way_in))
    assert scene.admin.submit(asked, 422).texts(".errors a") == ["Enter a reason. It is kept in the audit log"]
    assert scene.admin.get("/dashboard").text("h1") == "Foyer"

    shown = scene.admin.follow(scene.admin.submit(asked, reason=WHY))
    assert shown.text("h1") == "Odeon Cinemas"
    assert is_said(shown)
    assert shown.text(BANNER).endswith(". Nothing can be changed.")
    assert shown.one(".looking form")["action"] == "/stop-looking"
    (event,) = scene.events("user.look_began")
    assert (event.actor_user_id, event.subject) == (scene.admin_id, f"user:{scene.priya_id}")
    assert (event.organisation_id, event.reason) == (scene.odeon, WHY)


def test_whoever_may_not_be_looked_at_has_no_way_in_and_is_refused(scene: Scene):
    with scene.app.app_context():
        organisations.suspend_any(scene.odeon, by=OPERATOR)
    opened = scene.admin.get(f"/admin/people/{scene.admin_id}/block")  # for a token
    page = scene.admin.get(f"/admin/people/{scene.priya_id}")
    assert "This person is in no active organisation." in page.text("[aria-labelledby=actions]")
    assert "Look as they see it" not in page.texts("main a")
    token = opened.all("input[name=csrf_token]")[0]["value"]
    refused = scene.admin.post(f"/admin/people/{scene.priya_id}/look", {"csrf_token": token, "reason": WHY}, 422)
    assert refused.texts(".errors a") == ["This person is in no active organisation."]
    assert scene.events("user.look_began") == []


def test_only_admins_begin(app: Flask, scene: Scene, provider: RunningProvider):
    with app.app_context():
        claims = make_person(scene.odeon)
    theirs = Browse(app, provider)
    theirs.arrive(claims)
    token = theirs.get("/help").all("input[name=csrf_token]")[0]["value"]
    theirs.get(f"/admin/people/{scene.priya_id}/look", 403)
    theirs.post(f"/admin/people/{scene.priya_id}/look", {"csrf_token": token, "reason": WHY}, 403)
    assert scene.events("user.look_began") == []


def test_after_a_quarter_of_an_hour_the_admin_is_themselves(look: Scene):
    with look.app.app_context():
        db.session.execute(sa.update(Look).values(ends_at=sa.func.now()))
        db.session.commit()
    page = look.admin.get("/dashboard")

    assert page.text("h1") == "Foyer"
    assert not page.all(".looking")
    look.admin.get("/admin")
    token = page.all("input[name=csrf_token]")[0]["value"]
    stopped = look.admin.post("/stop-looking", {"csrf_token": token})  # from a page that is still open
    assert stopped.location == f"/admin/people/{look.priya_id}"
    assert look.events("user.look_ended") == []


def test_stopping_leads_back_to_the_person(look: Scene):
    page = look.admin.get("/dashboard")
    back = look.admin.submit(page, form=".looking form")
    shown = look.admin.follow(back)

    assert shown.text("h1") == "Priya Shah"
    assert said(shown) == "You see Foyer as yourself again."
    assert not shown.all(".looking")
    (event,) = look.events("user.look_ended")
    assert (event.actor_user_id, event.subject) == (look.admin_id, f"user:{look.priya_id}")
    look.admin.get("/stop-looking", 405)
    look.admin.post("/stop-looking", {}, 400)


def test_stopping_by_somebody_who_does_not_look(app: Flask, browse: Browse, look: Scene, provider: RunningProvider):
    nobody = Browse(app, provider)
    token = nobody.get("/help").all("input[name=csrf_token]")[0]["value"]
    assert nobody.post("/stop-looking", {"csrf_token": token}).location == "/login"
    page = look.admin.get("/dashboard")
    with app.app_context():
        people.set_platform_admin(look.admin_id, is_admin=False, by=OPERATOR)
    stopped = look.admin.submit(page, form=".looking form")
    assert stopped.location == "/dashboard", "not to a page that is closed to them now"
    assert look.admin.follow(stopped).text("h1") == "Foyer"


def test_signing_out_ends_the_admins_own_session(app: Flask, look: Scene):
    with app.app_context():
        assert db.session.scalars(sa.select(LoginSession.user_id)).all() == [look.admin_id]
    look.admin.post("/logout", {"csrf_token": look.token()})

    assert not look.admin.cookie(COOKIE)
    with app.app_context():
        assert db.session.scalars(sa.select(LoginSession.ended_at)).one() is not None


def test_signing_in_again_is_the_admins_and_ends_the_look(app: Flask, look: Scene):
    assert look.admin.get("/login", 303).location == "/dashboard"
    start = look.admin.get("/login?fresh=1", 303)
    arrived = look.admin.get(path_of(look.admin.provider.answer(start.location, "solo@example.com")), 303)

    shown = look.admin.follow(look.admin.follow(arrived, 303))
    assert shown.text("h1") == "Set up your organisation", "whoever signed in is at the browser now"
    assert not shown.all(".looking")
    with app.app_context():
        old = db.session.scalars(sa.select(LoginSession).where(LoginSession.user_id == look.admin_id)).one()
        assert old.ended_at is not None
        assert not db.session.scalars(sa.select(LoginSession).where(LoginSession.user_id == look.priya_id)).all()


@pytest.mark.parametrize("what", ["blocked", "admin", "suspended"])
def test_where_it_does_not_hold_any_more_the_admin_sees_their_own(look: Scene, what: str):
    with look.app.app_context():
        if what == "blocked":
            people.block(look.priya_id, by=OPERATOR)
        elif what == "admin":
            people.set_platform_admin(look.priya_id, is_admin=True, by=OPERATOR)
        else:
            organisations.suspend_any(look.odeon, by=OPERATOR)
    page = look.admin.get("/dashboard")
    assert page.text("h1") == "Foyer"
    assert not page.all(".looking")
