"""`flask enums repair`: what an operator reads, and how it ends."""

import pytest

from tests.cli.conftest import RunOn
from tests.migrations.databases import REVISIONS, MigrationDatabase
from tests.schema.repairs import add_rows, damage, everything, held, records

RENAME = "ALTER TYPE \"public\".\"industry\" RENAME VALUE 'DEFAULT' TO 'default'"


def test_the_incident_is_planned_repaired_and_released(head: MigrationDatabase, run_on: RunOn) -> None:
    damage(head, "ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'")
    add_rows(head, "industry", "DEFAULT")
    assert run_on(head, "release").exit_code == 1
    before = everything(head)

    planned = run_on(head, "enums", "repair")
    assert (planned.exit_code, planned.output.splitlines()) == (
        0,
        [
            "PLAN Rename 'DEFAULT' of industry to 'default'. Rows and defaults follow; none is touched.",
            f"     {RENAME};",
            "Nothing was changed. To do this, run it again with --apply.",
        ],
    )
    assert everything(head) == before

    applied = run_on(head, "enums", "repair", "--apply")
    assert applied.exit_code == 0, applied.output
    assert f"  {RENAME}\n  Done.\n" in applied.output
    assert applied.output.endswith("The database is what this build needs.\n")
    assert list(held(head, "industry").values()) == ["default"]
    assert run_on(head, "release").exit_code == 0

    assert run_on(head, "enums", "repair").output == "Nothing to repair.\n"
    again = run_on(head, "enums", "repair", "--apply")
    assert (again.exit_code, again.output) == (0, "Nothing to repair.\nThe database is what this build needs.\n")


def test_rows_are_moved_in_batches_and_the_dead_label_is_told(head: MigrationDatabase, run_on: RunOn) -> None:
    damage(head, "ALTER TYPE industry ADD VALUE 'CINEMA'")
    add_rows(head, "industry", *["CINEMA"] * 3)
    applied = run_on(head, "enums", "repair", "--apply", "--batch", "2")
    assert applied.exit_code == 0, applied.output
    assert "  3 rows moved.\n" in applied.output
    assert "NOTE industry keeps 'CINEMA'" in applied.output
    assert "WARNING label_doubled" in applied.output
    assert len(records(head)) == 3


def test_what_only_a_person_can_decide_ends_with_one(head: MigrationDatabase, run_on: RunOn) -> None:
    damage(head, "ALTER TABLE organisations ALTER industry_type DROP NOT NULL")
    add_rows(head, "industry", None)
    for words in (["enums", "repair"], ["enums", "repair", "--apply"]):
        asked = run_on(head, *words)
        assert asked.exit_code == 1
        assert "REFUSED organisations.industry_type holds NULL in 1 row" in asked.output
        assert "     flask --app wsgi enums repair --map '<null>=LABEL'\n" in asked.output
        assert "Nothing to repair" not in asked.output
    assert run_on(head, "enums", "repair", "--map", "<null>=default").exit_code == 0
    assert run_on(head, "enums", "repair", "--apply", "--map", "<null>=default").exit_code == 0
    assert records(head)[0][3:] == (None, "default")


@pytest.mark.parametrize("options", [[], ["--apply"]])
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f"UPDATE alembic_version SET version_num = '{REVISIONS[-2]}'", "     flask --app wsgi db upgrade"),
        ("UPDATE alembic_version SET version_num = '999_add_industry_spa'", "made by a newer build"),
        (
            "ALTER TABLE organisations ADD CONSTRAINT theirs CHECK (industry_type <> 'gym')",
            '     If nobody needs it: ALTER TABLE "organisations" DROP CONSTRAINT "theirs"',
        ),
    ],
)
def test_what_is_refused_is_told_with_its_remedy_and_ends_with_one(
    head: MigrationDatabase, run_on: RunOn, statement: str, told: str, options: list[str]
) -> None:
    damage(head, statement)
    result = run_on(head, "enums", "repair", *options)
    assert result.exit_code == 1
    assert "REFUSED" in result.output
    assert told in result.output


def test_what_the_database_refuses_is_told_with_its_sql_and_ends_with_one(
    head: MigrationDatabase, run_on: RunOn
) -> None:
    damage(
        head,
        "ALTER TABLE organisations ALTER industry_type TYPE text",
        "CREATE TABLE part (CHECK (industry_type <> 'kino')) INHERITS (organisations)",
    )
    result = run_on(head, "enums", "repair", "--apply")
    assert result.exit_code == 1
    assert "  Not done: operator does not exist: industry <> text.\n" in result.output
    told = result.output[result.output.index("NOT DONE Turn organisations.industry_type from text") :]
    assert '     ALTER TABLE "public"."organisations" ALTER COLUMN "industry_type" DROP DEFAULT' in told
    assert "ERROR   column_type" in told


@pytest.mark.parametrize(
    "options",
    [["--map", "casino=CINEMA"], ["--map", "casino"], ["--map", "cinema=gym"], ["--batch", "0"], ["--batch", "many"]],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(head: MigrationDatabase, run_on: RunOn, options: list[str]) -> None:
    assert run_on(head, "enums", "repair", "--apply", *options).exit_code == 2


def test_the_help_has_an_example(head: MigrationDatabase, run_on: RunOn) -> None:
    assert "flask --app wsgi enums repair --map casino=default" in run_on(head, "enums", "repair", "--help").output
