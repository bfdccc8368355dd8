"""What rows hold: labels of another build, texts in a column that lost its type, labels deleted from the catalogue."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.migrations.databases import MigrationDatabase
from webapp.config import with_driver
from webapp.database import Base
from webapp.demo.postgres import DemoPostgres
from webapp.schema.drift import find_drift
from webapp.schema.findings import Finding, Severity


@contextmanager
def as_superuser(cluster: DemoPostgres, database: MigrationDatabase) -> Iterator[sa.Connection]:
    name = sa.make_url(database.settings.database_url).database
    assert name is not None
    engine = sa.create_engine(with_driver(cluster.superuser_url(name)), poolclass=sa.NullPool)
    with engine.begin() as connection:
        yield connection


def add_rows(database: MigrationDatabase, *labels: str | None, column: str = "industry_type") -> None:
    with database.as_owner() as connection:
        for number, label in enumerate(labels):
            connection.execute(
                sa.text(f"INSERT INTO organisations (id, name, {column}) VALUES (gen_random_uuid(), :name, :label)"),
                {"name": f"Organisation {number}", "label": label},
            )


def change(database: MigrationDatabase, *statements: str) -> None:
    for statement in statements:  # a label can only be used once the transaction that added it is over
        with database.as_owner() as connection:
            connection.execute(sa.text(statement))


def rows_told(database: MigrationDatabase) -> list[tuple[str, Severity, str | None, str | None]]:
    with database.as_application() as connection:
        found: list[Finding] = find_drift(connection, Base.metadata, rows=True)
    return [(f.code, f.severity, f.label, f.actual) for f in found if f.code.startswith("rows_")]


def test_rows_of_a_newer_build_are_counted_and_may_stay(head: MigrationDatabase) -> None:
    change(head, "ALTER TYPE industry ADD VALUE 'spa'")
    add_rows(head, "spa", "spa", "cinema")
    assert rows_told(head) == [("rows_unknown_label", Severity.WARNING, "spa", "2")]


def test_rows_under_another_spelling_must_be_moved(head: MigrationDatabase) -> None:
    change(head, "ALTER TYPE industry ADD VALUE 'DEFAULT'")
    add_rows(head, "DEFAULT", "default")
    assert rows_told(head) == [("rows_unknown_label", Severity.ERROR, "DEFAULT", "1")]


def test_texts_in_a_column_that_lost_its_type_are_counted_one_by_one(head: MigrationDatabase) -> None:
    change(
        head,
        "ALTER TABLE organisations ALTER COLUMN industry_type DROP DEFAULT, ALTER COLUMN industry_type DROP NOT NULL",
        "ALTER TABLE organisations ALTER COLUMN industry_type TYPE text",
    )
    add_rows(head, "cinema", "casino", "Hotel", "casino", None)
    assert sorted(rows_told(head), key=str) == sorted(
        [
            ("rows_unknown_label", Severity.ERROR, "casino", "2"),
            ("rows_unknown_label", Severity.ERROR, "Hotel", "1"),
            ("rows_unknown_label", Severity.ERROR, None, "1"),
        ],
        key=str,
    )


@pytest.mark.parametrize(("column", "label"), [("industry_type", "cinema"), ("subscription_plan", "enterprise")])
def test_a_label_deleted_from_the_catalogue_is_counted_without_being_read(
    head: MigrationDatabase, cluster: DemoPostgres, column: str, label: str
) -> None:
    add_rows(head, label, label, column=column)
    with as_superuser(cluster, head) as connection:
        connection.execute(sa.text("DELETE FROM pg_enum WHERE enumlabel = :label"), {"label": label})
    assert rows_told(head) == [("rows_unreadable", Severity.FATAL, None, "2")]


def test_a_default_whose_label_was_deleted_is_damage_and_stops_nothing(
    head: MigrationDatabase, cluster: DemoPostgres
) -> None:
    add_rows(head, "default")
    with as_superuser(cluster, head) as connection:
        connection.execute(sa.text("DELETE FROM pg_enum WHERE enumlabel = 'default'"))
    with head.as_application() as connection:
        found = {finding.code for finding in find_drift(connection, Base.metadata, rows=True)}
    assert found >= {"catalogue_damaged", "label_missing", "rows_unreadable"}
