"""Every way in which the database can differ from this build is found, named, and told with what mends it."""

import pytest
import sqlalchemy as sa

from tests.migrations.databases import REVISIONS, MigrationDatabase
from webapp.database import Base
from webapp.schema.drift import find_drift, labels_refused
from webapp.schema.findings import Finding, Severity

FATAL, ERROR, WARNING = Severity.FATAL, Severity.ERROR, Severity.WARNING
ENUMS = ("industry", "subscription_plan", "membership_role")


def drift(database: MigrationDatabase, *, rows: bool = False) -> list[Finding]:
    """What the application's role finds: its search path and its rights are the ones that requests have."""
    with database.as_application() as connection:
        return find_drift(connection, Base.metadata, rows=rows)


def damage(database: MigrationDatabase, *statements: str) -> None:
    with database.as_owner() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def told(findings: list[Finding]) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_a_database_that_the_migrations_built_has_nothing_to_tell(head: MigrationDatabase) -> None:
    assert drift(head, rows=True) == []


@pytest.mark.parametrize("rows", [False, True])
def test_looking_changes_nothing_and_takes_few_statements(head: MigrationDatabase, rows: bool) -> None:
    sent: list[str] = []
    with head.as_application() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *event: sent.append(event[2]))
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        find_drift(connection, Base.metadata, rows=rows)
    catalogue = [statement for statement in sent if "SAVEPOINT" not in statement]
    assert len(catalogue) <= 9 + 3 * rows
    if not rows:
        assert not any("enum_range" in statement or "::industry" in statement for statement in catalogue)


# what was done to the database: what is found, in the order it is told
DAMAGE = {
    "the incident: names instead of values": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO '{LABEL}'"],
        [("label_wrong_case", FATAL), ("default_differs", ERROR)],
    ),
    "padded and hyphened": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO ' {label} '"],
        [("label_wrong_case", FATAL), ("default_differs", ERROR)],
    ),
    "another spelling beside the right one": (
        ["ALTER TYPE {type} ADD VALUE '{LABEL}'"],
        [("label_doubled", WARNING)],
    ),
    "a label ahead of the code": (["ALTER TYPE {type} ADD VALUE 'spa' BEFORE '{label}'"], [("label_unknown", WARNING)]),
    "a label renamed to something else": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO 'casino'"],
        [("label_missing", FATAL), ("default_differs", ERROR), ("label_unknown", WARNING)],
    ),
    "a column that may be empty": (
        ["ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"],
        [("column_nullable", ERROR)],
    ),
    "another default": (
        ["ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT '{other}'"],
        [("default_differs", ERROR)],
    ),
    "a column of text": (
        [
            "ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT",
            "ALTER TABLE {table} ALTER COLUMN {column} TYPE text",
        ],
        [("column_type", ERROR), ("default_missing", ERROR)],
    ),
    "a column of another kind": (
        [
            "ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT",
            "ALTER TABLE {table} ALTER COLUMN {column} TYPE integer USING 1",
        ],
        [("column_type", FATAL), ("default_missing", ERROR)],
    ),
    "a constraint that refuses a label": (
        ["ALTER TABLE {table} ADD CONSTRAINT theirs CHECK ({column} <> '{other}')"],
        [("check_undeclared", FATAL)],
    ),
    "a constraint whose list is a label short": (
        ["ALTER TABLE {table} ADD CONSTRAINT theirs CHECK ({column} IN ('{label}', '{other}'))"],
        [("check_undeclared", FATAL)],
    ),
    "a constraint that says nothing of labels": (
        ["ALTER TABLE {table} ADD CONSTRAINT theirs CHECK ({column} IS NOT NULL)"],
        [("check_undeclared", WARNING)],
    ),
    "a table of somebody else's": (["CREATE TABLE theirs (kind {type})"], [("use_undeclared", WARNING)]),
    "a table with a list of labels": (["CREATE TABLE theirs (kinds {type}[])"], [("use_undeclared", WARNING)]),
    "a function": (
        ["CREATE FUNCTION theirs({type}) RETURNS integer LANGUAGE sql AS 'SELECT 1'"],
        [("use_undeclared", WARNING)],
    ),
    "a domain": (["CREATE DOMAIN theirs AS {type}"], [("use_undeclared", WARNING)]),
    "a column gone": (
        ["ALTER TABLE {table} DROP COLUMN {column}"],
        [("column_missing", FATAL), ("stamped_not_run", FATAL)],
    ),
    "the type gone": (
        ["DROP TYPE {type} CASCADE"],
        [("type_missing", FATAL), ("column_missing", FATAL), ("stamped_not_run", FATAL)],
    ),
    "the type in another schema": (
        ["CREATE SCHEMA theirs", "GRANT USAGE ON SCHEMA theirs TO PUBLIC", "ALTER TYPE {type} SET SCHEMA theirs"],
        [("type_elsewhere", FATAL)],
    ),
    "a second type of the name": (["CREATE SCHEMA theirs", "CREATE TYPE theirs.{type} AS ENUM ('a')"], []),
    "not an enum any more": (
        ["ALTER TYPE {type} RENAME TO theirs", "CREATE DOMAIN {type} AS text"],
        [("type_not_enum", FATAL), ("column_type", FATAL)],
    ),
}
PLACES = {
    "industry": ("organisations", "industry_type", "default", "cinema"),
    "subscription_plan": ("organisations", "subscription_plan", "basic", "enterprise"),
    "membership_role": ("memberships", "role", "owner", "viewer"),
}
WITHOUT_DEFAULT = {"default_differs", "default_missing"}


@pytest.mark.parametrize("type_name", ENUMS)
@pytest.mark.parametrize("case", DAMAGE)
def test_each_difference_is_found_for_every_enum(head: MigrationDatabase, case: str, type_name: str) -> None:
    statements, expected = DAMAGE[case]
    table, column, label, other = PLACES[type_name]
    words = {"type": type_name, "table": table, "column": column, "label": label, "LABEL": label.upper()}
    if type_name == "membership_role":  # a role is always stated, so its column has no default
        expected = [found for found in expected if found[0] not in WITHOUT_DEFAULT]
        if case == "another default":
            expected = [("default_differs", ERROR)]
    if case == "a second type of the name":
        expected = [("type_shadowed", WARNING)]

    damage(head, *(statement.format(**words, other=other) for statement in statements))
    findings = drift(head)

    assert told(findings) == expected
    assert all(finding.remedy and finding.message for finding in findings)
    assert all(finding.type == type_name for finding in findings if finding.code != "stamped_not_run")


def test_a_finding_says_where_what_and_how(head: MigrationDatabase) -> None:
    damage(head, "ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'")
    assert drift(head)[0].as_dict() == {
        "code": "label_wrong_case",
        "severity": "fatal",
        "message": "industry spells 'default' as 'DEFAULT': whatever writes or asks for 'default' fails.",
        "remedy": "flask --app wsgi enums repair --apply",
        "type": "industry",
        "label": "default",
        "expected": "default",
        "actual": "DEFAULT",
    }


def test_labels_in_another_order_are_told_and_harm_nobody(head: MigrationDatabase) -> None:
    damage(
        head,
        "ALTER TYPE subscription_plan RENAME VALUE 'basic' TO 'aside'",
        "ALTER TYPE subscription_plan RENAME VALUE 'professional' TO 'basic'",
        "ALTER TYPE subscription_plan RENAME VALUE 'aside' TO 'professional'",
    )
    order = next(finding for finding in drift(head) if finding.code == "label_order")
    assert (order.severity, order.expected, order.actual) == (
        WARNING,
        "basic, professional, enterprise",
        "professional, basic, enterprise",
    )


def test_a_type_that_hides_ours_on_the_search_path_is_fatal(head: MigrationDatabase) -> None:
    role = sa.make_url(head.settings.database_url).username
    damage(
        head,
        f"CREATE SCHEMA {role}",
        f"GRANT USAGE ON SCHEMA {role} TO {role}",
        f"CREATE TYPE {role}.industry AS ENUM ('cinema')",
    )
    assert told(drift(head)) == [("type_shadowed", FATAL)]


def test_a_database_that_is_behind_says_so(head: MigrationDatabase) -> None:
    head.downgrade(REVISIONS[-2])
    finding = drift(head)[0]
    assert (finding.code, finding.severity) == ("revision_behind", FATAL)
    assert (finding.actual, finding.expected) == (REVISIONS[-2], REVISIONS[-1])
    assert finding.remedy == "flask --app wsgi db upgrade"


def test_a_database_without_any_migration_has_one_thing_to_tell(empty: MigrationDatabase) -> None:
    assert told(drift(empty)) == [("not_migrated", FATAL)]


@pytest.mark.parametrize(
    ("stamped", "expected"),
    [
        ("UPDATE alembic_version SET version_num = '999_add_industry_spa'", [("revision_ahead", WARNING)]),
        ("UPDATE alembic_version SET version_num = '003_somebody_elses'", [("revision_unknown", ERROR)]),
        ("UPDATE alembic_version SET version_num = 'abcdef123456'", [("revision_unknown", ERROR)]),
        ("INSERT INTO alembic_version VALUES ('007_add_industry_type')", [("revision_doubled", FATAL)]),
        ("DELETE FROM alembic_version", [("not_migrated", FATAL)]),
    ],
)
def test_what_the_database_says_of_its_revision_is_weighed(
    head: MigrationDatabase, stamped: str, expected: list[tuple[str, Severity]]
) -> None:
    damage(head, stamped)
    assert told(drift(head)) == expected


def test_a_revision_that_was_stamped_and_never_run_is_found_out(empty: MigrationDatabase) -> None:
    empty.upgrade("006_add_sic_code")
    damage(empty, f"UPDATE alembic_version SET version_num = '{REVISIONS[-1]}'")
    with empty.as_owner() as connection:
        found = told(find_drift(connection, Base.metadata))
    assert ("stamped_not_run", FATAL) in found
    assert ("type_missing", FATAL) in found
    assert ("table_missing", FATAL) in found


@pytest.mark.parametrize(
    ("definition", "refused"),
    [
        ("CHECK ((kind = ANY (ARRAY['a'::k, 'b'::k])))", ["c"]),
        ("CHECK (((kind)::text = ANY ((ARRAY['A'::character varying, 'b'::character varying])::text[])))", ["a", "c"]),
        ("CHECK ((kind <> ALL (ARRAY['b'::k, 'c'::k])))", ["b", "c"]),
        ("CHECK ((kind <> 'b'::k))", ["b"]),
        ("CHECK ((kind = 'a'::k))", ["b", "c"]),
        ("CHECK (((kind = 'a'::k) OR (kind = 'b'::k) OR (kind = 'c'::k)))", []),
        ("CHECK (((sic_code IS NULL) OR (kind <> 'it''s'::k)))", []),
        ("CHECK ((kind IS NOT NULL))", []),
    ],
)
def test_what_a_constraint_refuses_is_read_from_its_text(definition: str, refused: list[str]) -> None:
    assert labels_refused(definition, ["a", "b", "c"]) == refused
