"""What people meet while the database differs from what this build needs: a page that says so, nothing half made."""

import contextlib
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError

from tests.factories import make_claims, make_organisation, make_person
from tests.own_database import OwnDatabase
from tests.pages import Page
from webapp.database import db
from webapp.domain.industries import Industry
from webapp.models import Organisation
from webapp.web.visitor import COOKIE

REVEALING = ("SELECT", "INSERT", "UPDATE ", "psycopg2", "sqlalche", "Traceback", "DataError", "industry_type", "enum")
GYM_IS_SPELT_OTHERWISE = "ALTER TYPE industry RENAME VALUE 'gym' TO 'GYM'"
PUT_RIGHT = "ALTER TYPE industry RENAME VALUE 'GYM' TO 'gym'"
SETTINGS = "/settings/organisation"


def settled(own: OwnDatabase) -> None:
    """Somebody whose organisation is set up."""
    with own.app.app_context():
        claims = make_person(make_organisation("Corner House", Industry.HOTEL).id)
    own.browse.arrive(claims)


def assert_says_so(page: Page) -> None:
    assert page.status == 503
    assert page.text("h1") == "Foyer is not working at the moment"
    assert page.text("main .lede p").startswith("Nothing was saved or lost.")
    assert page.response.headers["Retry-After"] == "30"
    assert page.response.headers["X-Request-Reference"] in page.text("main")
    assert_reveals_nothing(page)


def assert_reveals_nothing(page: Page) -> None:
    assert [words for words in REVEALING if words in page.html] == []


READING = {
    "a column": (
        "ALTER TABLE organisations RENAME COLUMN industry_type TO theirs",
        "ALTER TABLE organisations RENAME COLUMN theirs TO industry_type",
    ),
    "a table": ("ALTER TABLE sic_codes RENAME TO theirs", "ALTER TABLE theirs RENAME TO sic_codes"),
    "a right": ("REVOKE SELECT ON memberships FROM {app}", "GRANT SELECT ON memberships TO {app}"),
}


@pytest.mark.parametrize(("damage", "repair"), READING.values(), ids=READING)
def test_a_page_that_lacks_something_says_so(own: OwnDatabase, damage: str, repair: str):
    settled(own)
    own.change("UPDATE organisations SET sic_code = '55100'")
    own.damage(damage, repair)

    assert_says_so(own.browse.get("/dashboard", 503))

    own.mend()
    own.browse.get("/dashboard")


WRITING = {
    "a label spelt otherwise": (GYM_IS_SPELT_OTHERWISE, PUT_RIGHT),
    "a rule of somebody else's": (
        "ALTER TABLE organisations ADD CONSTRAINT theirs CHECK (industry_type <> 'gym')",
        "ALTER TABLE organisations DROP CONSTRAINT theirs",
    ),
    "a trigger that knows an old label": (
        """CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql
           AS $$BEGIN NEW.industry_type := 'GYM'; RETURN NEW; END$$;
           CREATE TRIGGER theirs BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION theirs()""",
        "DROP FUNCTION theirs CASCADE",
    ),
    "no right to write": ("REVOKE UPDATE ON organisations FROM {app}", "GRANT UPDATE ON organisations TO {app}"),
}


@pytest.mark.parametrize(("damage", "repair"), WRITING.values(), ids=WRITING)
@pytest.mark.parametrize(("path", "form"), [("/onboarding", "#onboarding"), (SETTINGS, "#settings")])
def test_a_form_that_cannot_be_stored_is_not_half_stored_and_works_after_repair(
    own: OwnDatabase, damage: str, repair: str, path: str, form: str
):
    if path == SETTINGS:
        settled(own)
    else:
        own.browse.arrive(make_claims())
    stored = "SELECT organisations::text || (SELECT count(*) FROM audit_events) FROM organisations"
    page = own.browse.get(path)
    before = own.value(stored)
    own.damage(damage, repair)

    refused = own.browse.submit(page, 503, form=form, press=("action", "open"), industry="gym", name="Iron Hall")

    assert_says_so(refused)
    assert refused.text("main a.btn[href='/dashboard']") == "Go to my dashboard", "nothing is sent twice"
    own.mend()
    assert own.value(stored) == before
    own.browse.submit(page, 303, form=form, press=("action", "open"), industry="gym", name="Iron Hall")
    assert own.value("SELECT name || ' ' || industry_type FROM organisations") == "Iron Hall gym"


def test_a_program_gets_a_problem_that_says_no_more(own: OwnDatabase):
    settled(own)
    form = own.browse.get(SETTINGS).form_fields("#settings")
    own.damage(GYM_IS_SPELT_OTHERWISE, PUT_RIGHT)

    page = own.browse.post(SETTINGS, {**form, "industry": "gym"}, 503, headers={"Accept": "application/json"})

    assert page.response.mimetype == "application/problem+json"
    assert page.response.headers["Retry-After"] == "30"
    assert json.loads(page.html) == {
        "title": "Foyer is not working at the moment",
        "status": 503,
        "detail": "Nothing was saved or lost. Try again in a minute.",
        "reference": page.response.headers["X-Request-Reference"],
    }


def test_the_log_says_what_kind_of_failure_it_was_and_nothing_that_was_sent(own: OwnDatabase, caplog):
    settled(own)
    form = own.browse.get(SETTINGS)
    own.damage(GYM_IS_SPELT_OTHERWISE, PUT_RIGHT)

    own.browse.submit(form, 503, form="#settings", industry="gym", name="A private name")

    record = next(record for record in caplog.records if record.message == "database not usable")
    assert (record.kind, record.failure) == ("DataError", "drift")
    assert "A private name" not in caplog.text


FIRST_SIGN_IN = {
    "the incident": (
        "ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'",
        "ALTER TYPE industry RENAME VALUE 'DEFAULT' TO 'default'",
    ),
    "the plan": (
        "ALTER TYPE subscription_plan RENAME VALUE 'basic' TO 'BASIC'",
        "ALTER TYPE subscription_plan RENAME VALUE 'BASIC' TO 'basic'",
    ),
    "the role, which is stored last": (
        "ALTER TYPE membership_role RENAME VALUE 'owner' TO 'OWNER'",
        "ALTER TYPE membership_role RENAME VALUE 'OWNER' TO 'owner'",
    ),
    "a column": (
        "ALTER TABLE organisations RENAME COLUMN industry_type TO theirs",
        "ALTER TABLE organisations RENAME COLUMN theirs TO industry_type",
    ),
    "the table of what happened": ("ALTER TABLE activity RENAME TO theirs", "ALTER TABLE theirs RENAME TO activity"),
    "the rule that tells people apart": (
        "ALTER TABLE identities DROP CONSTRAINT uq_identities_issuer_subject",
        "ALTER TABLE identities ADD CONSTRAINT uq_identities_issuer_subject UNIQUE (issuer, subject)",
    ),
}
KEPT = "SELECT (SELECT count(*) FROM {}) + (SELECT count(*) FROM {}) + (SELECT count(*) FROM {})"


@pytest.mark.parametrize(("damage", "repair"), FIRST_SIGN_IN.values(), ids=FIRST_SIGN_IN)
def test_a_first_sign_in_leaves_nothing_behind_and_works_after_repair(own: OwnDatabase, damage: str, repair: str):
    own.damage(damage, repair)

    answered = own.browse.sign_in("newcomer-company")

    told = own.browse.follow(answered, 503)
    assert told.text("h1") == "We could not sign you in"
    assert "Nothing was lost." in told.text("main")
    assert told.response.headers["Retry-After"] == "30"
    assert answered.response.headers["X-Request-Reference"] in told.text("main"), "of the request that failed"
    assert_reveals_nothing(told)
    assert own.browse.cookie(COOKIE) is None
    assert own.browse.get("/dashboard", 303).location.startswith("/login")
    for tables in (("users", "organisations", "memberships"), ("identities", "login_sessions", "audit_events")):
        assert own.value(KEPT.format(*tables)) == 0

    own.mend()
    assert own.browse.sign_in("newcomer-company").location == "/onboarding"
    assert own.value(KEPT.format("users", "organisations", "memberships")) == 3


def read_through_a_stock_column() -> object:
    stock = sa.column("industry_type", sa.Enum("cinema", "gym", name="industry"))
    return db.session.execute(sa.select(stock).select_from(Organisation)).all()


def write_what_is_no_label() -> object:
    db.session.add(Organisation(name="Odeon", industry_type="casino"))
    return db.session.flush()


def ask_for_a_key() -> object:
    return {}["industry"]


def ask_for_an_encoding() -> object:
    return "".encode("industry")


def send(statement: str) -> Callable[[], object]:
    return lambda: db.session.execute(sa.text(statement)).all()


def swallow_and_go_on() -> object:
    db.session.add(Organisation(name="Odeon", industry_type=Industry.GYM))
    with contextlib.suppress(DataError):
        db.session.flush()
    return send("SELECT 1")()


def swallow_and_go_on_reading() -> object:
    with contextlib.suppress(DataError):
        send("SELECT name FROM organisations WHERE industry_type = 'gym'")()
    return send("SELECT 1")()


FAILURES: dict[str, tuple[Callable[[], object], int, str]] = {
    "a label that SQLAlchemy's own type cannot read": (read_through_a_stock_column, 503, "Foyer is not working"),
    "an error before that was swallowed": (swallow_and_go_on, 503, "Foyer is not working"),
    "the same in reading": (swallow_and_go_on_reading, 503, "Foyer is not working"),
    "a text that is no label": (write_what_is_no_label, 422, "That is not one of the choices"),
    "a key": (ask_for_a_key, 500, "Sorry, something went wrong"),
    "an encoding": (ask_for_an_encoding, 500, "Sorry, something went wrong"),
    "their type": (send("SELECT 'industry'::mood"), 500, "Sorry, something went wrong"),
    "their table": (send("SELECT name FROM theirs"), 500, "Sorry, something went wrong"),
    "a number": (send("SELECT 'industry'::integer"), 500, "Sorry, something went wrong"),
}


@pytest.mark.parametrize(("work", "status", "heading"), FAILURES.values(), ids=FAILURES)
def test_a_failure_gets_the_page_of_its_kind(
    own: OwnDatabase, monkeypatch, work: Callable[[], object], status: int, heading: str
):
    monkeypatch.setitem(own.app.view_functions, "landing.help", lambda: str(work()))
    settled(own)
    own.damage("CREATE TYPE mood AS ENUM ('fine')", "DROP TYPE mood")
    own.damage(GYM_IS_SPELT_OTHERWISE, PUT_RIGHT)

    page = own.browse.get("/help", status)

    assert page.text("h1").startswith(heading)
    assert page.response.headers["X-Request-Reference"] in page.text("main")
    assert page.all("main a.btn")
    assert_reveals_nothing(page)
    if status == 503:
        assert_says_so(page)
    assert own.value("SELECT count(*) FROM organisations") == 1
    own.browse.get("/dashboard")


def test_a_swallowed_error_leads_to_its_place_in_the_log(own: OwnDatabase, monkeypatch, caplog):
    monkeypatch.setitem(own.app.view_functions, "landing.help", swallow_and_go_on)
    own.damage(GYM_IS_SPELT_OTHERWISE, PUT_RIGHT)

    own.browse.get("/help", 503)

    record = next(record for record in caplog.records if record.message == "database not usable")
    assert (record.kind, record.failure) == ("PendingRollbackError", "spoilt")
    assert "swallow_and_go_on" in caplog.text


@pytest.mark.parametrize("wrong", ["GYM", "casino", ""])
def test_a_bad_answer_stays_a_mistake_of_the_form_while_the_database_differs(own: OwnDatabase, wrong: str):
    settled(own)
    own.damage(GYM_IS_SPELT_OTHERWISE, PUT_RIGHT)

    refused = own.browse.submit(own.browse.get(SETTINGS), 422, form="#settings", industry=wrong, name="Ivy")

    assert "Select your industry" in refused.text("main [role=alert]")
    assert refused.one("#name")["value"] == "Ivy"


def test_health_looks_again_as_soon_as_a_request_meets_it(own: OwnDatabase):
    settled(own)
    form = own.browse.get(SETTINGS)
    assert json.loads(own.browse.get("/readyz").html)["status"] == "ready"
    own.damage(GYM_IS_SPELT_OTHERWISE, PUT_RIGHT)
    assert json.loads(own.browse.get("/readyz").html)["status"] == "ready", "kept for five seconds"

    own.browse.submit(form, 503, form="#settings", industry="gym")

    assert json.loads(own.browse.get("/readyz", 503).html)["status"] == "not ready"
