"""Damage a database, repair it, and look at what came of it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

import webapp.models
from tests.migrations.databases import MigrationDatabase
from webapp.database import Base
from webapp.schema.drift import find_drift
from webapp.schema.findings import Severity
from webapp.schema.owner import owner_engine
from webapp.schema.repair import RepairOutcome, apply_repair
from webapp.schema.repair_mapping import read_mapping
from webapp.schema.repair_plan import RepairPlan, plan_repair
from webapp.schema.repair_steps import RowsMove

assert webapp.models.__all__, "every model is imported, so the metadata is complete"

# type: table, column, default or None, a label, another
PLACES: dict[str, tuple[str, str, str | None, str, str]] = {
    "industry": ("organisations", "industry_type", "default", "cinema", "hotel"),
    "subscription_plan": ("organisations", "subscription_plan", "basic", "professional", "enterprise"),
    "membership_role": ("memberships", "role", None, "member", "viewer"),
}
EVERYTHING = """
    SELECT 'label', enumtypid::text, enumlabel::text, enumsortorder::text FROM pg_enum
    UNION ALL SELECT 'column', attrelid::text, attname::text, format('%s %s', atttypid, attnotnull)
        FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT 'default', adrelid::text, adnum::text, pg_get_expr(adbin, adrelid) FROM pg_attrdef
    UNION ALL SELECT 'constraint', conrelid::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid >= 16384
    UNION ALL SELECT 'relation', oid::text, relname::text, relfilenode::text FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'row', id::text, industry_type::text, subscription_plan::text FROM organisations
    UNION ALL SELECT 'row', id::text, role::text, '' FROM memberships
    UNION ALL SELECT 'record', row_id, old_label, new_label FROM enum_repairs
    ORDER BY 1, 2, 3, 4
"""
RECORDS = "SELECT table_name, column_name, row_id, old_label, new_label FROM enum_repairs ORDER BY at, row_id"


def words_for(type_name: str) -> dict[str, str]:
    """What the statements of a case are filled in with."""
    table, column, default, label, other = PLACES[type_name]
    return {
        "type": type_name,
        "table": table,
        "column": column,
        "default": default or "",
        "label": label,
        "LABEL": label.upper(),
        "other": other,
        "OTHER": other.upper(),
    }


def damage(database: MigrationDatabase, *statements: str) -> None:
    """Each statement in a transaction of its own: a new label can be used only in the next."""
    for statement in statements:
        with database.as_owner() as connection:
            connection.execute(sa.text(statement))


def add_rows(database: MigrationDatabase, type_name: str, *held: str | None) -> list[str]:
    """A row of the enum's table for each of these, as somebody else's SQL would write it. Returns their ids."""
    table, column, *_ = PLACES[type_name]
    ids = [str(uuid.uuid4()) for _ in held]
    rows = [{"id": row_id, "held": label} for row_id, label in zip(ids, held, strict=True)]
    with database.as_owner() as connection:
        if table == "organisations":
            statement = f"INSERT INTO organisations (id, name, {column}) VALUES (:id, 'Odeon', :held)"
        else:
            connection.execute(sa.text("INSERT INTO organisations (id, name) VALUES (:id, 'Odeon')"), rows)
            connection.execute(
                sa.text("INSERT INTO users (id, email, display_name) VALUES (:id, :id || '@odeon.example', 'Ann')"),
                rows,
            )
            statement = (
                f"INSERT INTO memberships (id, user_id, organisation_id, {column}) VALUES (:id, :id, :id, :held)"
            )
        connection.execute(sa.text(statement), rows)
    return ids


def held(database: MigrationDatabase, type_name: str) -> dict[str, str | None]:
    """What each row holds, by id."""
    table, column, *_ = PLACES[type_name]
    with database.as_owner() as connection:
        return {row[0]: row[1] for row in connection.execute(sa.text(f"SELECT id::text, {column}::text FROM {table}"))}


def records(database: MigrationDatabase) -> list[tuple[Any, ...]]:
    with database.as_owner() as connection:
        return [tuple(row) for row in connection.execute(sa.text(RECORDS))]


def labels(database: MigrationDatabase, type_name: str) -> list[str]:
    query = "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder"
    with database.as_owner() as connection:
        return list(connection.scalars(sa.text(query), {"name": type_name}))


def file_of(database: MigrationDatabase, table: str) -> int:
    """The number of the file that holds a table: another one after the table was rewritten."""
    with database.as_owner() as connection:
        return int(connection.scalar(sa.text("SELECT pg_relation_filenode(:table)"), {"table": table}) or 0)


def everything(database: MigrationDatabase) -> list[tuple[Any, ...]]:
    """The catalogue of our tables and types, and every row a repair may touch."""
    with database.as_owner() as connection:
        return [tuple(row) for row in connection.execute(sa.text(EVERYTHING))]


def plan(database: MigrationDatabase, *maps: str, metadata: sa.MetaData = Base.metadata) -> RepairPlan:
    """The plan, made where nothing can be changed."""
    with database.as_application() as connection:
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        return plan_repair(connection, metadata, read_mapping(maps))


def told(found: RepairPlan) -> list[str]:
    """The SQL of each step; of rows that are moved, how many, from what and to what."""
    return [
        f"{step.count}: {step.old} -> {step.new}" if isinstance(step, RowsMove) else step.sql for step in found.steps
    ]


@dataclass
class Repaired:
    outcome: RepairOutcome
    said: list[str] = field(default_factory=list)


def repair(
    database: MigrationDatabase,
    *maps: str,
    batch: int = 5_000,
    metadata: sa.MetaData = Base.metadata,
    before_statement: Callable[[str], None] | None = None,
    lock_patience: float = 60,
) -> Repaired:
    """Repairs as the command does, and gives what was said. `before_statement` sees all SQL before it is sent."""
    engine, said = owner_engine(database.settings, "foyer-repair"), []
    if before_statement is not None:
        sa.event.listen(engine, "before_cursor_execute", lambda *event: before_statement(event[2]))
    mapping = read_mapping(maps)
    outcome = apply_repair(engine, metadata, mapping, said.append, batch=batch, lock_patience=lock_patience)
    return Repaired(outcome, said)


def must_be_mended(database: MigrationDatabase) -> list[str]:
    """The codes of what must still not be released."""
    with database.as_application() as connection:
        findings = find_drift(connection, Base.metadata, rows=True)
    return [finding.code for finding in findings if finding.severity is not Severity.WARNING]
