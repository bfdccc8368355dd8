"""The steps a repair is made of, each with its exact SQL. Every name is written with its schema: a type of the same
name that comes earlier on somebody's search path must not be met."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, TextClause, text

from webapp.schema.findings import literal, quoted


@dataclass(frozen=True)
class Place:
    """A column of ours where it stands, and the enum type it should have."""

    schema: str
    type_name: str
    column: Column[Any]

    def __str__(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def table_sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.column.table.name)}"

    @property
    def column_sql(self) -> str:
        return quoted(self.column.name)

    @property
    def type_sql(self) -> str:
        return type_sql(self.schema, self.type_name)


@dataclass(frozen=True)
class Step:
    """One statement and what it is for. `place` is None for a change to the type itself, which columns depend on."""

    type_name: str
    place: str | None
    sentence: str
    sql: str


@dataclass(frozen=True)
class RowsMove(Step):
    """Rows that are given another label, a batch at a time. `sql` moves one batch and takes `parameters` and `batch`;
    `left_sql` counts what is still to be moved, rows that somebody else holds included."""

    table: str
    column: str
    old: str | None
    new: str
    count: int
    left_sql: str

    @property
    def parameters(self) -> dict[str, str | None]:
        return {"table": self.table, "column": self.column, "old": self.old, "new": self.new}

    def batch_statement(self) -> TextClause:
        return text(self.sql)

    def left_statement(self) -> TextClause:
        return text(self.left_sql)


def type_sql(schema: str, type_name: str) -> str:
    return f"{quoted(schema)}.{quoted(type_name)}"


def rename_label(schema: str, type_name: str, old: str, new: str) -> Step:
    sentence = f"Rename {old!r} of {type_name} to {new!r}. Rows and defaults follow; none is touched."
    sql = f"ALTER TYPE {type_sql(schema, type_name)} RENAME VALUE {literal(old)} TO {literal(new)}"
    return Step(type_name, None, sentence, sql)


def add_label(schema: str, type_name: str, label: str, beside: tuple[str, str] | None) -> Step:
    """`beside` is AFTER or BEFORE and a label, None for a type without any."""
    place = f" {beside[0]} {literal(beside[1])}" if beside else ""
    sql = f"ALTER TYPE {type_sql(schema, type_name)} ADD VALUE IF NOT EXISTS {literal(label)}{place}"
    return Step(type_name, None, f"Add {label!r} to {type_name}. No table is locked.", sql)


def set_default(place: Place, wanted: str | None, found: str | None) -> Step:
    change = "DROP DEFAULT" if wanted is None else f"SET DEFAULT {literal(wanted)}"
    return _column_step(
        place, f"Make {wanted or 'nothing'} the default of {place}; now it is {found or 'not set'}.", change
    )


def set_nullable(place: Place) -> Step:
    if place.column.nullable:
        return _column_step(place, f"Let {place} be NULL.", "DROP NOT NULL")
    return _column_step(place, f"Require a value in {place}. The table is read once.", "SET NOT NULL")


def make_enum(place: Place, type_found: str, default: str | None) -> Step:
    """Every value must be the text of a label by then."""
    name = place.column_sql
    changes = ["DROP DEFAULT", f"TYPE {place.type_sql} USING {name}::text::{place.type_sql}"]
    if default is not None:
        changes.append(f"SET DEFAULT {literal(default)}")
    sentence = (
        f"Turn {place} from {type_found} into the enum {place.type_name}."
        " The table is rewritten, and nobody reads or writes it meanwhile."
    )
    return _column_step(place, sentence, *changes)


def _column_step(place: Place, sentence: str, *changes: str) -> Step:
    all_changes = ", ".join(f"ALTER COLUMN {place.column_sql} {change}" for change in changes)
    return Step(place.type_name, str(place), sentence, f"ALTER TABLE {place.table_sql} {all_changes}")


def move_rows(place: Place, old: str | None, new: str, count: int, *, is_text: bool) -> RowsMove:
    """Rows are taken as they come free, so nobody at work is waited for; one statement moves and records them."""
    name, table = place.column_sql, place.column.table
    keys = [quoted(key.name) for key in table.primary_key.columns]
    if old is None:
        condition = f"{name} IS NULL"
    elif is_text:
        condition = f"{name}::text = :old"
    else:
        condition = f"{name} = CAST(:old AS {place.type_sql})"
    new_value = ":new" if is_text else f"CAST(:new AS {place.type_sql})"
    return RowsMove(
        type_name=place.type_name,
        place=str(place),
        sentence=f"Move {rows(count)} of {place} from {shown(old)} to {new!r}, recording each in enum_repairs.",
        sql=f"""
            WITH batch AS (
                SELECT {", ".join(keys)} FROM {place.table_sql} WHERE {condition} LIMIT :batch FOR UPDATE SKIP LOCKED
            ), moved AS (
                UPDATE {place.table_sql} AS t SET {name} = {new_value} FROM batch
                WHERE {" AND ".join(f"t.{key} = batch.{key}" for key in keys)}
                RETURNING {_row_id(keys)} AS row_id
            )
            INSERT INTO {quoted(place.schema)}.enum_repairs (table_name, column_name, row_id, old_label, new_label)
            SELECT :table, :column, row_id, :old, :new FROM moved
        """,  # noqa: S608  # names from our own metadata, values bound
        table=table.name,
        column=place.column.name,
        old=old,
        new=new,
        count=count,
        left_sql=f"SELECT count(*) FROM {place.table_sql} WHERE {condition}",  # noqa: S608  # as above
    )


def _row_id(keys: Iterable[str]) -> str:
    return f"concat_ws(',', {', '.join(f't.{key}' for key in keys)})"


def rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def shown(held: str | None) -> str:
    return "NULL" if held is None else repr(held)
