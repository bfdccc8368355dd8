"""How many SQL statements a page costs: counts, because machines are noisy and clocks lie."""

from flask import Flask

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse, path_of
from tests.statements import counted
from webapp.database import db
from webapp.domain.industries import Industry
from webapp.models import LoginSession
from webapp.services.login_sessions import TOUCH_EVERY

DASHBOARD, ONBOARDING, FIRST_CALLBACK = 3, 8, 12


def test_a_stranger_costs_no_look_up(app: Flask, browse: Browse):
    with counted(app) as sent:
        browse.get("/")
        browse.get("/help")
    assert sent == []


def test_who_is_asking_is_one_statement(app: Flask, browse: Browse):
    browse.arrive(make_claims())
    with counted(app) as sent:
        browse.get("/help")
    assert len(sent) == 1, sent


def test_a_dashboard_view(app: Flask, browse: Browse):
    with app.app_context():
        claims = make_person(make_organisation("Odeon", Industry.CINEMA, sic_code="59140").id)
    browse.arrive(claims)
    with counted(app) as sent:
        browse.get("/dashboard")
    assert len(sent) <= DASHBOARD, sent


def test_polling_for_usage_is_who_is_asking_alone(app: Flask, browse: Browse):
    with app.app_context():
        claims = make_person(make_organisation().id)
    browse.arrive(claims)
    with counted(app) as sent:
        browse.get("/usage.json")
    assert len(sent) == 1, sent


def test_an_onboarding_answer(app: Flask, browse: Browse):
    browse.arrive(make_claims())
    page = browse.get("/onboarding")
    with counted(app) as sent:
        browse.submit(page, form="#onboarding", press=("action", "open"), industry="cinema", name="Odeon", sic="59140")
    assert len(sent) <= ONBOARDING, sent


def test_a_first_callback(app: Flask, browse: Browse):
    start = browse.get("/login", 303)
    callback = path_of(browse.provider.answer(start.location, "newcomer-company"))
    with counted(app) as sent:
        browse.get(callback, 303)
    assert len(sent) <= FIRST_CALLBACK, sent


def test_a_session_is_touched_once_in_five_minutes(app: Flask, browse: Browse):
    browse.arrive(make_claims())
    with app.app_context():
        db.session.execute(db.update(LoginSession).values(last_seen_at=db.func.now() - TOUCH_EVERY))
        db.session.commit()
    with counted(app) as sent:
        browse.get("/help")
        browse.get("/help")
    assert [statement.split()[0] for statement in sent] == ["SELECT", "UPDATE", "SELECT"]


def test_more_organisations_cost_no_more_statements(app: Flask, browse: Browse):
    with app.app_context():
        claims = make_person(make_organisation().id)
    browse.arrive(claims)
    with counted(app) as before:
        browse.get("/dashboard")
    with app.app_context():
        for number in range(20):
            make_person(make_organisation(f"Other {number}").id)
    with counted(app) as after:
        browse.get("/dashboard")
    assert len(after) == len(before)
