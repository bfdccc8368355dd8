"""What is hard to undo for an organisation, two admins at once, and an organisation that is gone."""

import uuid

import pytest
from flask import Flask

from tests.blueprints.looked_after import FORM, count_events, newest, odeon, said, stored
from tests.pages import Browse
from tests.statements import counted
from webapp.domain.actor import OPERATOR
from webapp.domain.plans import SubscriptionPlan
from webapp.limiting.counts import StoreUnusable
from webapp.services import limits, organisations

__all__ = ["odeon"]

ASKING = pytest.mark.parametrize("what", ["suspend", "resume", "reset-usage"])


def test_two_admins_at_once_see_both_versions(app: Flask, browse: Browse, odeon: uuid.UUID):
    mine = browse.get(f"/admin/organisations/{odeon}")
    theirs = browse.get(f"/admin/organisations/{odeon}")
    browse.submit(theirs, form=FORM, hour="700", plan="basic")
    shown = browse.submit(mine, 409, form=FORM, hour="600", name="Odeon Film")

    (link,) = shown.texts(".errors a")
    assert link.startswith("Marta Bell changed this organisation at ")
    assert link.endswith(", after you opened it. Your changes are below; check them and save again.")
    cells = [tuple(row.get_text("|", strip=True).split("|")) for row in shown.all("main .table tbody tr")]
    assert cells == [
        ("Name", "Odeon Cinemas", "Odeon Film"),
        ("Plan", "Basic", "Not changed"),
        ("Requests an hour", "700", "600"),
    ]
    assert stored(app, odeon).name == "Odeon Cinemas"

    browse.submit(shown, form=FORM)  # once more, as it stands
    after = stored(app, odeon)
    assert (after.name, after.rate_limit_per_hour) == ("Odeon Film", 600)
    assert after.subscription_plan is SubscriptionPlan.BASIC, "what only they changed stays changed"


@pytest.mark.parametrize("version", ["", "0", "-1", "nonsense", "9" * 50])
def test_a_version_that_was_never_stored_is_a_conflict(browse: Browse, odeon: uuid.UUID, version: str):
    page = browse.get(f"/admin/organisations/{odeon}")
    browse.submit(page, 409, form=FORM, version=version, opened="[nonsense", hour="600")


def test_an_organisation_that_is_gone(browse: Browse, odeon: uuid.UUID):
    nobody = uuid.uuid4()
    for path in ("", "/suspend", "/resume", "/reset-usage"):
        assert browse.get(f"/admin/organisations/{nobody}{path}", 404).text("h1") == "There is no such organisation"
    page = browse.get(f"/admin/organisations/{odeon}")
    typed = {**page.form_fields(FORM), "hour": "600"}
    gone = browse.post(f"/admin/organisations/{nobody}", typed, 404)

    assert "Nothing was saved." in gone.text("main")
    facts = dict(zip(gone.texts(".facts-list dt"), gone.texts(".facts-list dd"), strict=True))
    assert (facts["Name"], facts["Requests an hour"]) == ("Odeon Cinemas", "600")
    assert gone.one("main a.btn")["href"] == "/admin/organisations"


def test_counts_that_cannot_be_read_are_said_to_be_so(
    app: Flask, browse: Browse, odeon: uuid.UUID, monkeypatch: pytest.MonkeyPatch
):
    def fail(*arguments: object) -> None:
        raise StoreUnusable("away")

    store = app.extensions["foyer_limit_store"]
    monkeypatch.setattr(type(store), "read", fail)
    page = browse.get(f"/admin/organisations/{odeon}")
    assert "We cannot read the counts at the moment" in page.text("[aria-labelledby=now]")

    confirm = browse.get(f"/admin/organisations/{odeon}/reset-usage")
    shown = browse.submit(confirm, 422, reason="Their test ran wild")
    assert shown.texts(".errors a") == ["The counts cannot be reached at the moment. Nothing was changed"]
    assert shown.one("#reason")["value"] == "Their test ran wild"


def test_suspending_and_resuming(app: Flask, browse: Browse, odeon: uuid.UUID):
    page = browse.get(f"/admin/organisations/{odeon}/suspend")
    assert page.text("h1") == "Suspend Odeon Cinemas?"
    assert "2 people will not be able to sign in. Nothing is deleted and you can undo this." in page.text("main")
    assert browse.submit(page, 422).texts(".errors a") == ["Enter a reason. It is kept in the audit log"]

    suspended = browse.follow(browse.submit(page, reason="They asked us to"))
    assert said(suspended) == "Suspended. Nobody in it can sign in or carry on until it is resumed."
    assert suspended.text(".page-head .tag") == "Suspended"
    event = newest(app, odeon)
    assert (event.action, event.reason) == ("organisation.suspended", "They asked us to")
    assert "It is suspended already." in browse.get(f"/admin/organisations/{odeon}/suspend").text("main")

    resumed = browse.follow(browse.submit(browse.get(f"/admin/organisations/{odeon}/resume")))
    assert said(resumed) == "Resumed. Its people can sign in again."
    assert stored(app, odeon).is_active is True
    assert newest(app, odeon).action == "organisation.resumed"


@ASKING
def test_asking_once_more_costs_two_statements(app: Flask, browse: Browse, odeon: uuid.UUID, what: str):
    with counted(app) as sent:
        browse.get(f"/admin/organisations/{odeon}/{what}")
    assert len(sent) == 2, sent


@ASKING
def test_nothing_is_done_without_a_token(app: Flask, browse: Browse, odeon: uuid.UUID, what: str):
    if what == "resume":
        with app.app_context():
            organisations.suspend_any(odeon, by=OPERATOR)
    entries = count_events(app, odeon)
    shown = browse.post(f"/admin/organisations/{odeon}/{what}", {"reason": "Forged"}, 400)

    assert shown.one("#reason")["value"] == "Forged"
    assert count_events(app, odeon) == entries


def test_nobody_suspends_the_organisation_they_are_signed_in_to(app: Flask, browse: Browse, odeon: uuid.UUID):
    with app.app_context():
        own = organisations.get_any_organisation("Foyer").id
    page = browse.get(f"/admin/organisations/{own}/suspend")
    assert not page.all("main form")
    token = browse.get(f"/admin/organisations/{odeon}/suspend").form_fields("main form")["csrf_token"]
    shown = browse.post(f"/admin/organisations/{own}/suspend", {"csrf_token": token, "reason": "Oh"}, 422)
    assert shown.texts(".errors a") == ["You cannot suspend the organisation you are signed in to. Ask another admin"]
    assert stored(app, own).is_active is True


def test_forgetting_what_was_used(app: Flask, browse: Browse, odeon: uuid.UUID):
    page = browse.get(f"/admin/organisations/{odeon}/reset-usage")
    told = browse.follow(browse.submit(page, reason="Their test ran wild"))
    assert said(told) == "0 requests of this hour forgotten. It has its whole limit again."
    assert (newest(app, odeon).action, newest(app, odeon).reason) == ("limits.reset", "Their test ran wild")


def test_an_admin_over_the_limit_of_their_own_organisation_can_raise_it(app: Flask, browse: Browse, odeon: uuid.UUID):
    with app.app_context():
        own = organisations.get_any_organisation("Foyer").id
        limits.set_override_of_any(own, hour=2, burst=2, by=OPERATOR)
    browse.get("/admin/organisations")
    browse.get("/admin/organisations")
    browse.get("/dashboard", 429)

    page = browse.get(f"/admin/organisations/{own}")
    browse.submit(page, form=FORM, hour="600", burst="")
    browse.get("/dashboard")
