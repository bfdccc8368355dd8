"""Every way we know in which enum, code and database come apart, seen by everybody who meets it: a newcomer, somebody
signed in, the health check, the operator's check, and the repair.

The cases are those of the catalogue of failures that a migrated database of ours can reach. What only a wrong model or
a wrong migration could do is refused at import and by the rules for migrations.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from tests.cli.conftest import RunOn, run_on
from tests.factories import make_organisation, make_person
from tests.migrations.databases import MigrationDatabase
from tests.pages import Browse
from tests.provider import RunningProvider
from tests.schema.test_row_drift import as_superuser
from webapp import create_app
from webapp.config import Settings
from webapp.demo.postgres import DemoPostgres
from webapp.domain.industries import Industry
from webapp.schema.readiness import forget_findings

__all__ = ["run_on"]

COMES_IN, TURNED_AWAY = "/onboarding", "/sign-in-failed"
WORKS, OUT = 200, 503
MENDED, STOPPED = 0, 1


@dataclass(frozen=True)
class Case:
    """What was done, and what each of them meets. `says` stands in what the repair tells the operator."""

    damage: tuple[str, ...]
    newcomer: str
    dashboard: int
    ready: str
    check: int
    repair: int = MENDED
    says: str = ""
    as_superuser: bool = False


CASES = {
    "names where values should be": Case(
        ("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'",), TURNED_AWAY, WORKS, "not ready", 1
    ),
    "a plan in capitals": Case(
        ("ALTER TYPE subscription_plan RENAME VALUE 'basic' TO 'BASIC'",), TURNED_AWAY, WORKS, "not ready", 1
    ),
    "a role with a space": Case(
        ("ALTER TYPE membership_role RENAME VALUE 'owner' TO 'owner '",), TURNED_AWAY, WORKS, "not ready", 1
    ),
    "both spellings, rows under the wrong one": Case(
        (
            "ALTER TYPE industry ADD VALUE 'CINEMA'",
            "UPDATE organisations SET industry_type = 'CINEMA'",
        ),
        COMES_IN,
        WORKS,
        "ready",
        0,
        says="CINEMA",
    ),
    "a label of a newer build, with rows": Case(
        ("ALTER TYPE industry ADD VALUE 'spa'", "UPDATE organisations SET industry_type = 'spa'"),
        COMES_IN,
        WORKS,
        "ready",
        0,
        says="spa",
    ),
    "a label that nobody made": Case(
        (
            "ALTER TYPE membership_role RENAME TO theirs",
            "CREATE TYPE membership_role AS ENUM ('owner', 'member')",
            "ALTER TABLE memberships ALTER COLUMN role TYPE membership_role USING role::text::membership_role",
            "DROP TYPE theirs",
        ),
        COMES_IN,
        WORKS,
        "not ready",
        1,
    ),
    "a type of another name": Case(
        ("ALTER TYPE industry RENAME TO industrytype",), COMES_IN, WORKS, "not ready", 1, STOPPED, "stamped"
    ),
    "a type in another schema": Case(
        ("CREATE SCHEMA theirs", "GRANT USAGE ON SCHEMA theirs TO PUBLIC", "ALTER TYPE industry SET SCHEMA theirs"),
        COMES_IN,
        WORKS,
        "not ready",
        1,
        STOPPED,
        'ALTER TYPE "theirs"."industry" SET SCHEMA "public"',
    ),
    "a type of the same name before ours": Case(
        (
            "CREATE SCHEMA foyer_app",
            "GRANT USAGE ON SCHEMA foyer_app TO foyer_app",
            "CREATE TYPE foyer_app.industry AS ENUM ('cinema')",
        ),
        COMES_IN,
        WORKS,
        "not ready",
        1,
        STOPPED,
        'DROP TYPE "foyer_app"."industry"',
    ),
    "the default gone": Case(
        ("ALTER TABLE organisations ALTER COLUMN industry_type DROP DEFAULT",), COMES_IN, WORKS, "degraded", 1
    ),
    "another default": Case(
        ("ALTER TABLE organisations ALTER COLUMN subscription_plan SET DEFAULT 'enterprise'",),
        COMES_IN,
        WORKS,
        "degraded",
        1,
    ),
    "a column that may be empty": Case(
        ("ALTER TABLE memberships ALTER COLUMN role DROP NOT NULL",), COMES_IN, WORKS, "degraded", 1
    ),
    "a column of text with a capital in it": Case(
        (
            "ALTER TABLE organisations ALTER COLUMN industry_type DROP DEFAULT",
            "ALTER TABLE organisations ALTER COLUMN industry_type TYPE text",
            "UPDATE organisations SET industry_type = 'CINEMA'",
        ),
        COMES_IN,
        WORKS,
        "degraded",
        1,
    ),
    "a constraint that refuses a label": Case(
        ("ALTER TABLE organisations ADD CONSTRAINT theirs CHECK (industry_type <> 'default')",),
        TURNED_AWAY,
        WORKS,
        "not ready",
        1,
        STOPPED,
        'DROP CONSTRAINT "theirs"',
    ),
    "a column gone": Case(
        ("ALTER TABLE organisations DROP COLUMN industry_type",), TURNED_AWAY, OUT, "not ready", 1, STOPPED, "stamped"
    ),
    "the type gone with its column": Case(
        ("DROP TYPE industry CASCADE",), TURNED_AWAY, OUT, "not ready", 1, STOPPED, "stamped"
    ),
    "an earlier revision": Case(
        ("UPDATE alembic_version SET version_num = '017_create_limit_counters'",),
        COMES_IN,
        WORKS,
        "not ready",
        1,
        STOPPED,
        "flask --app wsgi db upgrade",
    ),
    "a later revision": Case(
        ("UPDATE alembic_version SET version_num = '999_add_industry_spa'",),
        COMES_IN,
        WORKS,
        "ready",
        0,
        STOPPED,
        "newer build",
    ),
    "two revisions at once": Case(
        ("INSERT INTO alembic_version VALUES ('007_add_industry_type')",), COMES_IN, WORKS, "not ready", 1, STOPPED
    ),
    "a label deleted from the catalogue": Case(
        ("DELETE FROM pg_enum WHERE enumlabel = 'cinema'",),
        COMES_IN,
        OUT,
        "not ready",
        1,
        STOPPED,
        "pg_enum",
        as_superuser=True,
    ),
}
LEFT_AS_IT_IS = {"both spellings, rows under the wrong one", "a label of a newer build, with rows"}


@pytest.fixture
def broken_settings(head: MigrationDatabase, settings: Settings) -> Settings:
    """The application's settings, on a database that this test may break."""
    ours = head.settings
    return replace(settings, database_url=ours.database_url, owner_database_url=ours.owner_database_url)


@pytest.fixture
def people(broken_settings: Settings, provider: RunningProvider) -> Iterator[tuple[Browse, Browse]]:
    """(a newcomer, an owner of a cinema who is signed in)"""
    app = create_app(broken_settings)
    owner = Browse(app, provider)
    with app.app_context():
        claims = make_person(make_organisation("Odeon Cinemas", Industry.CINEMA).id)
    owner.arrive(claims)
    yield Browse(app, provider), owner
    forget_findings()


@pytest.fixture
def break_it(head: MigrationDatabase, cluster: DemoPostgres) -> Callable[[Case], None]:
    def run(case: Case) -> None:
        for statement in case.damage:  # one transaction each: a new label can only be used in the next
            with as_superuser(cluster, head) if case.as_superuser else head.as_owner() as connection:
                connection.execute(sa.text(statement))
        forget_findings()

    return run


def count_newcomers(database: MigrationDatabase) -> int:
    with database.as_owner() as connection:
        return connection.scalar(sa.text("SELECT count(*) FROM users WHERE email LIKE 'priya%'")) or 0


@pytest.mark.parametrize("name", CASES)
def test_everybody_meets_what_was_promised(
    head: MigrationDatabase,
    people: tuple[Browse, Browse],
    break_it: Callable[[Case], None],
    run_on: RunOn,
    name: str,
) -> None:
    case = CASES[name]
    newcomer, owner = people
    break_it(case)

    page = owner.get("/dashboard", case.dashboard)
    if case.dashboard == OUT:
        assert "Foyer is not working at the moment" in page.text("main")
        assert "Nothing was saved or lost." in page.text("main")
        assert page.response.headers["Retry-After"]
        assert "psycopg2" not in page.html
        assert "SELECT" not in page.html

    answer = newcomer.sign_in("newcomer-company")
    assert answer.location.startswith(case.newcomer)
    if case.newcomer == TURNED_AWAY:
        told = newcomer.follow(answer, 503)
        assert "we could not open your organisation" in told.text("main")
        assert count_newcomers(head) == 0

    ready = newcomer.get("/readyz", 503 if case.ready == "not ready" else 200)
    assert json.loads(ready.html)["status"] == case.ready

    assert run_on(head, "enums", "check").exit_code == case.check

    plan = run_on(head, "enums", "repair")
    assert run_on(head, "enums", "check").exit_code == case.check, "a plan changes nothing"
    assert plan.exit_code == case.repair, plan.output
    repaired = run_on(head, "enums", "repair", "--apply")
    assert repaired.exit_code == case.repair, repaired.output
    assert case.says in plan.output
    forget_findings()
    if case.repair == MENDED:
        assert run_on(head, "enums", "check", "--rows").exit_code == 0
        owner.get("/dashboard")
        again = Browse(newcomer.app, newcomer.provider)
        assert again.sign_in("newcomer-company").location == COMES_IN
        assert count_newcomers(head) == 1
        nothing = run_on(head, "enums", "repair", "--apply")
        assert (nothing.exit_code, "Nothing to repair." in nothing.output or name in LEFT_AS_IT_IS) == (0, True)
