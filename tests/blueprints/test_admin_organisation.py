"""One organisation on one page: seen, and changed."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.blueprints.looked_after import FORM, count_events, newest, odeon, said, stored
from tests.factories import make_organisation
from tests.own_database import OwnDatabase
from tests.pages import Browse
from tests.statements import counted
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import Industry
from webapp.models import UsageByMinute
from webapp.services import limits

__all__ = ["odeon"]


def test_how_it_stands(app: Flask, browse: Browse, odeon: uuid.UUID):
    with counted(app) as sent:
        page = browse.get(f"/admin/organisations/{odeon}")

    assert len(sent) == 3, sent
    assert page.text("h1") == "Odeon Cinemas"
    assert page.text("#hour-hint") == "Cinema, Professional plan: 36,000. Leave empty to use it."
    assert page.text("#burst-hint") == "Cinema, Professional plan: 1,000. Leave empty to use it."
    assert page.text("#sic-hint") == "Motion picture projection activities"
    fields = page.form_fields(FORM)
    assert (fields["name"], fields["sic"], fields["industry"], fields["plan"]) == (
        *("Odeon Cinemas", "59140", "cinema", "professional"),
    )
    assert (fields["hour"], fields["burst"], fields["is_limited"]) == ("", "", "yes")
    assert "is_shadow" not in fields
    facts = dict(zip(page.texts(".facts-list dt"), page.texts(".facts-list dd"), strict=True))
    assert facts["Used this hour"] == "0 of 36,000"
    assert facts["Last refused"] == "Not in the last 13 months"
    assert facts["People"] == "2"
    assert page.texts(".people a") == ["Priya Shah", "Theo Grant"]
    assert page.one(f"a[href='/admin/audit?organisation={odeon}']")
    assert not page.all("[name=use_defaults]")


def test_raising_a_limit_is_one_field_and_one_click(app: Flask, browse: Browse, odeon: uuid.UUID):
    with app.app_context():
        limits.set_override_of_any(odeon, hour=500, by=OPERATOR)
    before = stored(app, odeon)
    page = browse.get(f"/admin/organisations/{odeon}?back=/admin/organisations?q%3Dode")
    answer = browse.submit(page, form=FORM, hour="600")
    told = browse.follow(answer)

    after, event = stored(app, odeon), newest(app, odeon)
    assert said(told) == (
        "Changes saved Hourly limit changed from 500 to 600. Burst changed from 500 to 600."
        " They apply from the next request."
    )
    assert (after.rate_limit_per_hour, after.burst_limit) == (600, None)
    assert (after.limits_version, after.version) == (before.limits_version + 1, before.version + 1)
    assert (event.action, event.changes) == ("limits.set", {"rate_limit_per_hour": [500, 600]})
    assert event.reference == answer.response.headers["X-Request-Reference"]
    assert told.one(".crumbs a")["href"] == "/admin/organisations?q=ode"
    assert "Set limits : Hourly limit: 500 became 600" in told.text("[aria-labelledby=log]").replace(
        "limits:", "limits :"
    )


def test_all_that_changes_is_one_entry_of_the_log(app: Flask, browse: Browse, odeon: uuid.UUID):
    entries = count_events(app, odeon)
    page = browse.get(f"/admin/organisations/{odeon}")
    told = browse.follow(
        browse.submit(
            page,
            form=FORM,
            name="  Odeon   Hotels ",
            sic="55100",
            industry="hotel",
            plan="enterprise",
            is_shadow="yes",
            hour="50,000",
            burst="1 500",
        )
    )

    event, after = newest(app, odeon), stored(app, odeon)
    assert count_events(app, odeon) == entries + 1
    assert event.action == "organisation.changed"
    assert event.changes == {
        "name": ["Odeon Cinemas", "Odeon Hotels"],
        "industry_type": ["cinema", "hotel"],
        "subscription_plan": ["professional", "enterprise"],
        "sic_code": ["59140", "55100"],
        "rate_limit_per_hour": [None, 50_000],
        "burst_limit": [None, 1_500],
        "limits_shadow": [False, True],
    }
    assert (after.industry_type, after.rate_limit_per_hour, after.limits_shadow) == (Industry.HOTEL, 50_000, True)
    assert said(told) == (
        "Changes saved Name changed to Odeon Hotels. SIC code changed to 55100. Industry changed from Cinema to Hotel."
        " Plan changed from Professional to Enterprise. Hourly limit changed from 36,000 to 50,000."
        " Burst changed from 1,000 to 1,500. Its limits are on trial: nothing is refused."
        " They apply from the next request."
    )


def test_nothing_changed_is_said_and_not_logged(app: Flask, browse: Browse, odeon: uuid.UUID):
    entries, before = count_events(app, odeon), stored(app, odeon).version
    page = browse.get(f"/admin/organisations/{odeon}")
    assert said(browse.follow(browse.submit(page, form=FORM))) == "No changes to save."
    assert (count_events(app, odeon), stored(app, odeon).version) == (entries, before)


def test_turning_limits_off(app: Flask, browse: Browse, odeon: uuid.UUID):
    page = browse.get(f"/admin/organisations/{odeon}")
    told = browse.follow(browse.submit(page, form=FORM, is_limited=None))

    assert said(told) == "Changes saved Its requests are not limited any more. It applies from the next request."
    assert stored(app, odeon).rate_limit_enabled is False


def test_a_new_industry_keeps_its_own_limits_until_somebody_takes_them_away(
    app: Flask, browse: Browse, odeon: uuid.UUID
):
    with app.app_context():
        limits.set_override_of_any(odeon, hour=800, burst=80, by=OPERATOR)
    page = browse.get(f"/admin/organisations/{odeon}")
    moved = browse.follow(browse.submit(page, form=FORM, industry="hotel"))

    assert said(moved) == (
        "Changes saved Industry changed from Cinema to Hotel. Its own limits stay: 800 an hour and 80 in any 60"
        " seconds. “Use the defaults” takes them away."
    )
    assert moved.text("[name=use_defaults]") == "Use the defaults (24,000 / 600)"
    reset = browse.follow(browse.submit(moved, form=FORM, press=("use_defaults", "1")))
    assert said(reset) == (
        "Changes saved Hourly limit changed from 800 to 24,000. Burst changed from 80 to 600."
        " They apply from the next request."
    )
    assert (stored(app, odeon).rate_limit_per_hour, stored(app, odeon).burst_limit) == (None, None)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (
            {"hour": "600", "burst": "6000"},
            "burst",
            "Burst must be 600 or less, the same as or lower than the hourly limit",
        ),
        ({"burst": "36001"}, "burst", "Burst must be 36,000 or less, the same as or lower than the hourly limit"),
        ({"hour": "0"}, "hour", "Requests an hour must be a whole number between 1 and 1,000,000"),
        ({"hour": "1000001"}, "hour", "Requests an hour must be a whole number between 1 and 1,000,000"),
        ({"hour": "6.5"}, "hour", "Requests an hour must be a whole number between 1 and 1,000,000"),
        ({"hour": "9" * 5_000}, "hour", "Requests an hour must be a whole number between 1 and 1,000,000"),
        ({"hour": "٦٠٠"}, "hour", "Requests an hour must be a whole number between 1 and 1,000,000"),
        ({"burst": "-1"}, "burst", "Burst must be a whole number between 1 and 1,000,000"),
        ({"name": "\u200b"}, "name", "Enter the name of the organisation"),
        ({"name": "x" * 121}, "name", "Name must be 120 characters or fewer"),
        ({"sic": "00000"}, "sic", "We could not find “00000”. Check the code or leave it empty"),
        ({"industry": "spaceship"}, "industry-cinema", "Select your industry"),
        ({"plan": "gold"}, "plan-basic", "Select a plan"),
    ],
)
def test_what_cannot_be_saved_is_kept_and_named(
    app: Flask, browse: Browse, odeon: uuid.UUID, typed: dict[str, str], field: str, sentence: str
):
    page = browse.get(f"/admin/organisations/{odeon}")
    shown = browse.submit(page, 422, form=FORM, **{"name": "Odeon Film", **typed})

    assert [(link["href"], link.get_text()) for link in shown.all(".errors a")] == [(f"#{field}", sentence)]
    assert shown.one(f"#{field}")["aria-invalid"] == "true"
    for name, text in typed.items():
        if name not in ("industry", "plan"):
            assert shown.one(f"#{name}")["value"] == text
    assert stored(app, odeon).name == "Odeon Cinemas"


def test_a_stale_token_loses_nothing(app: Flask, browse: Browse, odeon: uuid.UUID):
    page = browse.get(f"/admin/organisations/{odeon}")
    shown = browse.submit(page, 400, form=FORM, csrf_token="stale", hour="600")

    assert shown.one("#hour")["value"] == "600"
    assert stored(app, odeon).rate_limit_per_hour is None


def test_a_word_for_a_sic_code_is_answered_with_a_choice(app: Flask, browse: Browse, odeon: uuid.UUID):
    page = browse.get(f"/admin/organisations/{odeon}")
    asked = browse.submit(page, form=FORM, expect=200, sic="hotel")
    browse.submit(asked, form=FORM, sic_choice="55100")

    assert stored(app, odeon).sic_code == "55100"


def test_labels_of_a_newer_build_are_shown_and_kept(ahead: OwnDatabase):
    arrive_as_admin(ahead.browse, ahead.app)
    with ahead.app.app_context():
        odeon = make_organisation("Odeon Cinemas", Industry.CINEMA).id
    ahead.change("UPDATE organisations SET industry_type = 'spa', subscription_plan = 'gold'")

    page = ahead.browse.get(f"/admin/organisations/{odeon}")
    assert page.text(".page-head p").startswith("spa, gold plan, created ")
    assert page.form_fields(FORM)["industry"] == page.form_fields(FORM)["plan"] == "keep"
    ahead.browse.submit(page, form=FORM, hour="600")
    after = stored(ahead.app, odeon)
    assert (after.industry_type, after.subscription_plan, after.rate_limit_per_hour) == ("spa", "gold", 600)
    assert ahead.browse.get("/admin/organisations").texts("td[data-label=Industry]") == ["spa", "spa"]
    assert ahead.browse.get("/admin/organisations.csv").html.count("spa,gold") == 2


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        ("/admin/organisations?q=ode&page=2", "/admin/organisations?q=ode&page=2"),
        ("/admin/limits", "/admin/limits"),
        ("//evil.example/admin/organisations", "/admin/organisations"),
        ("https://evil.example", "/admin/organisations"),
        ("/logout", "/admin/organisations"),
    ],
)
def test_cancel_leads_back_to_the_list_and_nowhere_else(browse: Browse, odeon: uuid.UUID, back: str, leads: str):
    page = browse.get(f"/admin/organisations/{odeon}", query_string={"back": back})
    assert page.one(".savebar a")["href"] == leads


def test_what_if(app: Flask, browse: Browse, odeon: uuid.UUID):
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    with app.app_context():
        for minute, used, refused in ((0, 100, 0), (1, 250, 50), (2, 10, 0)):
            at = hour + timedelta(minutes=minute)
            db.session.add(UsageByMinute(organisation_id=odeon, minute=at, used=used, refused=refused))
        db.session.commit()
    with counted(app) as sent:
        page = browse.get(f"/admin/organisations/{odeon}?what_if_hour=200&what_if_burst=150")

    assert len(sent) == 3, sent
    # In bursts 100, 150 and 10 get through, in an hour 200 of those 260: 410 - 200.
    assert "in the last 7 days about 210 requests of 410 would have been refused." in page.text("main")
    assert "50 were refused in fact. The busiest hour had 410 requests and the busiest minute 300." in page.text("main")
    assert page.one("#what_if_hour")["value"] == "200"


def test_a_what_if_that_makes_no_sense_says_so(browse: Browse, odeon: uuid.UUID):
    page = browse.get(f"/admin/organisations/{odeon}?what_if_hour=10&what_if_burst=20")
    assert page.text("[aria-labelledby=what-if-title] .msg").startswith("Burst must be 10 or less")
    assert "Enter both" in browse.get(f"/admin/organisations/{odeon}?what_if_hour=10").text("main")
