"""`flask release` and `flask enums check`: what an operator is told, and how it ends."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.cli.conftest import RunOn
from tests.migrations.databases import REVISIONS, MigrationDatabase
from webapp import create_app
from webapp.config import Settings

MAY_SERVE = "A first sign-in can be stored. This build may serve."
TABLES_OF_A_SIGN_IN = (
    "users",
    "identities",
    "organisations",
    "memberships",
    "audit_events",
    "login_sessions",
    "activity",
)


def change(database: MigrationDatabase, *statements: str) -> None:
    with database.as_owner() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def rows_left(database: MigrationDatabase) -> int:
    with database.as_owner() as connection:
        return sum(connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in TABLES_OF_A_SIGN_IN)


def release_in_own_process(settings: Settings) -> tuple[int, str]:
    result = create_app(settings).test_cli_runner().invoke(args=["release"])
    return result.exit_code, f"{result.output}{result.exception!r}"


def test_an_empty_database_is_built_checked_and_tried(empty: MigrationDatabase, run_on: RunOn) -> None:
    result = run_on(empty, "release")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, MAY_SERVE)
    assert empty.revision() == REVISIONS[-1]
    assert rows_left(empty) == 0, "the trial of a first sign-in was taken back"


def test_a_second_release_finds_nothing_to_do(head: MigrationDatabase, run_on: RunOn) -> None:
    assert [run_on(head, "release").exit_code for _ in range(2)] == [0, 0]


def test_three_releases_at_once_all_end_well(empty: MigrationDatabase) -> None:
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as releases:
        ended = list(releases.map(release_in_own_process, [empty.settings] * 3))
    assert [code for code, _ in ended] == [0] * 3, ended
    assert rows_left(empty) == 0


def test_a_rollback_serves_on_the_database_of_a_newer_build(head: MigrationDatabase, run_on: RunOn) -> None:
    change(
        head, "UPDATE alembic_version SET version_num = '999_add_industry_spa'", "ALTER TYPE industry ADD VALUE 'spa'"
    )
    result = run_on(head, "release")
    assert result.exit_code == 0, result.output
    assert "migrated by a newer build: nothing to upgrade" in result.output
    assert "label_unknown" in result.output
    assert head.revision() == "999_add_industry_spa"


@pytest.mark.parametrize("revision", ["003_of_another_history", "f00dcafe"])
def test_a_database_of_another_history_is_left_alone(head: MigrationDatabase, run_on: RunOn, revision: str) -> None:
    change(head, f"UPDATE alembic_version SET version_num = '{revision}'")
    result = run_on(head, "release")
    assert result.exit_code == 1
    assert "Deploy the build that made this database" in result.output


def test_drift_stops_a_release_and_names_the_command(head: MigrationDatabase, run_on: RunOn) -> None:
    change(head, "ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'")
    result = run_on(head, "release")
    assert result.exit_code == 1
    assert "industry spells 'default' as 'DEFAULT'" in result.output
    assert "mend:  flask --app wsgi enums repair --apply" in result.output
    assert MAY_SERVE not in result.output


@pytest.mark.parametrize(
    ("sabotage", "said"),
    [
        ("NEW.industry_type := lower('DEFAULT_')::industry", 'invalid input value for enum industry: "default_"'),
        ("NEW.subscription_plan := 'enterprise'", "it became default, enterprise"),
        ("RAISE EXCEPTION 'not today'", "not today"),
    ],
)
def test_what_no_catalogue_tells_is_found_by_trying(
    head: MigrationDatabase, run_on: RunOn, sabotage: str, said: str
) -> None:
    change(
        head,
        f"CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {sabotage}; RETURN NEW; END $$",
        "CREATE TRIGGER theirs BEFORE INSERT ON organisations FOR EACH ROW EXECUTE FUNCTION theirs()",
    )
    result = run_on(head, "release")
    assert result.exit_code == 1
    assert "probe_failed" in result.output
    assert said in result.output
    assert rows_left(head) == 0


def test_a_right_that_is_missing_is_found_by_trying(head: MigrationDatabase, run_on: RunOn) -> None:
    alone = head.with_one_role()  # the upgrade of two roles would give the right back
    change(head, "REVOKE INSERT ON memberships FROM CURRENT_USER")
    result = run_on(alone, "release")
    assert result.exit_code == 1
    assert "permission denied for table memberships" in result.output


def test_a_migration_that_fails_ends_the_release(empty: MigrationDatabase, run_on: RunOn) -> None:
    change(empty, "CREATE TYPE industry AS ENUM ('CINEMA', 'DEFAULT')")
    result = run_on(empty, "release")
    assert result.exit_code == 1
    assert MAY_SERVE not in result.output


def test_a_database_that_is_away_is_one_line(head: MigrationDatabase, run_on: RunOn) -> None:
    away = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"
    nowhere = MigrationDatabase(replace(head.settings, database_url=away, owner_database_url=away))
    for words in (["release"], ["enums", "check"]):
        result = run_on(nowhere, *words)
        assert result.exit_code == 1
        assert result.output == "Error: The database cannot be used. Check DATABASE_URL and that the database is up.\n"


def test_an_application_role_that_does_not_exist_is_named(
    empty: MigrationDatabase, run_on: RunOn, capfd: pytest.CaptureFixture[str]
) -> None:
    other_role = empty.settings.database_url.replace("foyer_app@", "somebody@")
    result = run_on(MigrationDatabase(replace(empty.settings, database_url=other_role)), "release")
    assert result.exit_code == 1
    assert "the role somebody in DATABASE_URL does not exist" in result.output + capfd.readouterr().err


def test_the_check_says_that_all_is_well(head: MigrationDatabase, run_on: RunOn) -> None:
    result = run_on(head, "enums", "check", "--rows", "--strict")
    assert (result.exit_code, result.output) == (0, "The database is what this build needs.\n")
    assert run_on(head, "enums", "check", "--json").output == "[]\n"


@pytest.mark.parametrize(
    ("statement", "options", "code"),
    [
        ("ALTER TYPE industry ADD VALUE 'spa'", [], 0),
        ("ALTER TYPE industry ADD VALUE 'spa'", ["--strict"], 1),
        ("ALTER TABLE organisations ALTER COLUMN industry_type DROP DEFAULT", [], 1),
        ("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'", [], 1),
    ],
)
def test_the_check_ends_with_one_for_what_must_not_be_released(
    head: MigrationDatabase, run_on: RunOn, statement: str, options: list[str], code: int
) -> None:
    change(head, statement)
    assert run_on(head, "enums", "check", *options).exit_code == code
    told = run_on(head, "enums", "check", "--json", *options)
    assert told.exit_code == code
    assert all(finding["remedy"] for finding in json.loads(told.output))
