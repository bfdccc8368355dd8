"""System health: what each check says when all is well and when it is not, and what no failure takes away."""

import json
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.blueprints.admin_visitors import arrive_as_admin
from tests.hostile import documents, transport
from tests.hostile.provider import Fault, Place
from tests.own_database import OwnDatabase, own, own_database
from tests.pages import Browse, Page
from tests.statements import counted
from webapp.domain.health import PART_NAMES, Part
from webapp.limiting.counts import StoreUnusable
from webapp.models import HealthState, WorkerSign
from webapp.schema.readiness import forget_findings
from webapp.services import health, health_checks, worker_signs

__all__ = ["own", "own_database"]

ALL_WELL = {
    "Database": "Working",
    "Migrations": "Up to date",
    "Industry values": "Match",
    "Plan values": "Match",
    "Role values": "Match",
    "Limiter store": "Working",
    "Sign-in provider": "Working",
    "Workers seen": "None seen",
    "Version": "The same",
    "Audit log": "Protected",
}
"""In these tests, where no worker leaves a sign."""

UNFINISHED_INDEX = """
    CREATE TABLE whole (n int) PARTITION BY RANGE (n);
    CREATE TABLE part PARTITION OF whole DEFAULT;
    CREATE INDEX ix_whole ON ONLY whole (n)
"""
"""Not valid until every part has one too, as one that was broken off is not."""


@pytest.fixture
def admin(app: Flask, browse: Browse) -> Browse:
    arrive_as_admin(browse, app)
    return browse


def states(page: Page) -> dict[str, str]:
    return dict(zip(page.texts(".health h3"), page.texts(".health .tag"), strict=True))


def told(page: Page, name: str) -> str:
    """All that is said of one part."""
    return next(text for text in page.texts(".health li") if text.startswith(name))


def test_every_part_is_told_with_a_sentence_and_since_when(app: Flask, admin: Browse):
    with counted(app) as sent:
        page = admin.get("/admin/health")
    assert len(sent) <= 2, "the checks have connections of their own"
    assert states(page) == ALL_WELL
    assert list(states(page)) == list(PART_NAMES.values())
    assert page.text(".banner") == "1 warning Workers seen: none seen."
    assert "default" in told(page, "Industry values")
    assert "the form all have: cinema" in told(page, "Industry values")
    assert "1 signing key" in told(page, "Sign-in provider")
    assert page.text(".page-head p").endswith(", an unnamed release.")
    assert all("Since" in text for text in page.texts(".health li"))


def test_since_when_stays_until_the_state_changes(app: Flask, admin: Browse, database, monkeypatch: pytest.MonkeyPatch):
    def since() -> dict[str, datetime]:
        database.rollback()
        return {row.check_name: row.since for row in database.scalars(sa.select(HealthState))}

    admin.get("/admin/health")
    first = since()
    assert set(first) == {part.value for part in Part}
    monkeypatch.setattr(health_checks, "SLOW_DATABASE_SECONDS", -1)
    assert states(admin.get("/admin/health"))["Database"] == "Slow"
    second = since()
    assert [name for name in first if first[name] != second[name]] == ["database"]


def test_what_hangs_or_fails_is_told_in_its_place_and_in_time(admin: Browse, monkeypatch: pytest.MonkeyPatch):
    ended = threading.Event()

    def hang(_connection: object) -> list[object]:
        ended.wait(20)
        return []

    def fail(_connection: object) -> list[object]:
        raise RuntimeError("a bug")

    def refuse(_workers: int) -> list[object]:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(health, "CHECK_SECONDS", 0.5)
    monkeypatch.setattr(health, "check_database", hang)
    monkeypatch.setattr(health, "check_audit_log", fail)
    monkeypatch.setattr(health, "check_store", refuse)
    page = admin.get("/admin/health")
    ended.set()

    changed = {"Database": "No answer", "Audit log": "Not known", "Limiter store": "Not known"}
    assert states(page) == ALL_WELL | changed
    assert page.text(".banner-title") == "3 problems and 1 warning"


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (transport.saying(Place.KEYS, 503), "Down", "localhost did not answer as it should: 503 for the key set."),
        (
            documents.POISONED_DISCOVERY["another issuer"],
            *("Not valid", "cannot be used: the discovery document is for another issuer."),
        ),
    ],
)
def test_a_provider_that_is_away_or_wrong_is_told_with_what_helps(admin: Browse, fault: Fault, state: str, words: str):
    admin.provider.misbehave(fault)
    page = admin.get("/admin/health")
    assert states(page) == ALL_WELL | {"Sign-in provider": state}
    assert words in told(page, "Sign-in provider")


def test_a_store_that_cannot_count_is_down(admin: Browse, monkeypatch: pytest.MonkeyPatch):
    def unusable() -> float:
        raise StoreUnusable("away")

    monkeypatch.setattr(health_checks, "probe_store", unusable)
    page = admin.get("/admin/health")
    assert states(page)["Limiter store"] == "Down"
    assert "each process counts for itself" in told(page, "Limiter store")


def test_where_several_processes_count_for_themselves_the_page_says_so(app: Flask, admin: Browse):
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, web_concurrency=2)
    try:
        assert states(admin.get("/admin/health"))["Limiter store"] == "Counted apart"
    finally:
        app.config["SETTINGS"] = settings


def test_a_worker_that_begins_leaves_a_sign_and_one_that_ends_takes_it_away(app: Flask, database):
    def seen() -> int:
        database.rollback()
        return int(database.scalar(sa.select(sa.func.count()).select_from(WorkerSign)))

    worker_signs.start_signs(app)
    for _ in range(100):
        if seen():
            break
        time.sleep(0.05)
    assert seen() == 1
    worker_signs.end_signs(app)
    assert seen() == 0


def test_workers_are_counted_by_the_signs_they_leave(app: Flask, admin: Browse, database):
    signs = worker_signs.Signs(app)
    worker_signs.leave_sign(signs.id, signs.started_at, "1.4.2")
    other = uuid.uuid4()
    worker_signs.leave_sign(other, datetime.now(UTC), app.config["SETTINGS"].release)
    page = admin.get("/admin/health")
    assert "2 processes on 1 machine." in told(page, "Workers seen")
    assert states(page)["Version"] == "Different"
    assert "others run 1.4.2 (1)" in told(page, "Version")

    signs.end()
    assert states(admin.get("/admin/health")) == ALL_WELL | {"Workers seen": "Working"}
    database.execute(sa.update(WorkerSign).values(seen_at=sa.text("now() - interval '4 minutes'")))
    database.commit()
    assert states(admin.get("/admin/health"))["Workers seen"] == "None seen"


@pytest.mark.parametrize(
    ("damage", "repair", "name", "state", "words"),
    [
        (
            "ALTER TYPE industry RENAME VALUE 'gym' TO 'GYM'",
            "ALTER TYPE industry RENAME VALUE 'GYM' TO 'gym'",
            *("Industry values", "Do not match"),
            "'GYM': whatever writes or asks for 'gym' fails. 0 rows use it. To mend it: flask --app wsgi enums repair",
        ),
        (
            "ALTER TABLE organisations ALTER COLUMN subscription_plan DROP DEFAULT",
            "ALTER TABLE organisations ALTER COLUMN subscription_plan SET DEFAULT 'basic'",
            *("Plan values", "Do not match", "flask --app wsgi enums repair --apply"),
        ),
        (
            UNFINISHED_INDEX,
            "DROP TABLE whole",
            *("Migrations", "Unfinished index", 'REINDEX INDEX CONCURRENTLY "ix_whole"'),
        ),
        (
            "UPDATE alembic_version SET version_num = '999_later'",
            None,
            *("Migrations", "Ahead", "The database is at 999_later"),
        ),
        (
            "GRANT DELETE ON audit_events TO {app}",
            "REVOKE DELETE ON audit_events FROM {app}",
            *("Audit log", "Not protected", "could delete entries."),
        ),
    ],
)
def test_what_differs_is_named_with_what_mends_it(
    own: OwnDatabase, damage: str, repair: str | None, name: str, state: str, words: str
):
    arrive_as_admin(own.browse, own.app)
    head = own.value("SELECT version_num FROM alembic_version")
    own.damage(damage, repair or f"UPDATE alembic_version SET version_num = '{head}'")
    page = own.browse.get("/admin/health")
    assert states(page) == ALL_WELL | {name: state}
    assert words in told(page, name)


def test_with_one_role_the_page_says_what_is_not_protected(app: Flask, admin: Browse):
    engine = app.extensions.pop(health._ENGINE, None)
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, database_url=settings.owner_database_url)
    try:
        page = admin.get("/admin/health")
    finally:
        app.config["SETTINGS"] = settings
        app.extensions.pop(health._ENGINE, None)
        if engine is not None:
            app.extensions[health._ENGINE] = engine
    assert "could update, delete and truncate entries" in told(page, "Audit log")
    assert "OWNER_DATABASE_URL" in told(page, "Audit log")


def test_a_changed_readiness_tells_the_page_since_when(own: OwnDatabase):
    def noted() -> object:
        return own.value("SELECT state FROM health_states WHERE check_name = 'subscription_plan'")

    json.loads(own.browse.get("/readyz").html)
    assert noted() is None
    repair = "ALTER TABLE organisations ALTER COLUMN subscription_plan SET DEFAULT 'basic'"
    own.damage("ALTER TABLE organisations ALTER COLUMN subscription_plan DROP DEFAULT", repair)
    forget_findings()  # as five seconds later
    own.browse.get("/readyz")
    assert noted() == "Do not match"
    own.mend()
    forget_findings()  # as five seconds later
    own.browse.get("/readyz")
    assert noted() == "Match"
