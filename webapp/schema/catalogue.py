"""What PostgreSQL's own catalogue says of our enums and tables.

Only the catalogue is read. Nothing is cast and no enum function is called: a cast to a label that was added in the same
transaction fails, and so does any expression over a label whose entry was deleted by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, MetaData, RowMapping, text
from sqlalchemy.exc import DBAPIError

from webapp.domain.stored_labels import stored_enums

ENUM_KIND = "e"


@dataclass(frozen=True)
class StoredType:
    """A type that carries the name of one of our enums. `kind` is pg_type.typtype, "e" for an enum."""

    name: str
    schema: str
    kind: str
    oid: int
    is_visible: bool
    labels: tuple[str, ...]


@dataclass(frozen=True)
class StoredColumn:
    """A column of one of our tables. `default` is the expression as PostgreSQL prints it."""

    table: str
    name: str
    type_name: str
    type_oid: int
    is_text: bool
    is_not_null: bool
    default: str | None = None


@dataclass(frozen=True)
class StoredCheck:
    """A CHECK constraint that involves a column."""

    name: str
    table: str
    column: str
    definition: str


@dataclass(frozen=True)
class Catalogue:
    """One reading. `damage` holds what could not be printed because an entry of pg_enum is gone."""

    schema: str
    types: Mapping[str, StoredType]
    elsewhere: tuple[StoredType, ...]
    columns: Mapping[tuple[str, str], StoredColumn]
    checks: tuple[StoredCheck, ...]
    uses: tuple[tuple[str, str], ...]  # (type, what depends on it in PostgreSQL's words)
    damage: tuple[str, ...] = field(default=())


_HOME = text("""
    SELECT coalesce(
        (SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
         WHERE pg_class.oid = to_regclass('alembic_version')),
        current_schema())
""")

_TYPES = text("""
    SELECT typname AS name, nspname AS schema, typtype::text AS kind, t.oid::bigint AS oid,
        pg_type_is_visible(t.oid) AS is_visible,
        coalesce((SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), '{}')
            AS labels
    FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
    WHERE typname = ANY(:names) AND nspname NOT IN ('pg_catalog', 'information_schema')
    ORDER BY nspname
""")

_COLUMNS = text("""
    SELECT c.relname AS "table", a.attname AS name, t.typname AS type_name, a.atttypid::bigint AS type_oid,
        t.typcategory = 'S' AS is_text, a.attnotnull AS is_not_null
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p') AND c.relname = ANY(:tables)
""")

_DEFAULTS = text("""
    SELECT c.relname AS "table", a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS "default"
    FROM pg_attrdef d
    JOIN pg_class c ON c.oid = d.adrelid
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE c.relnamespace = to_regnamespace(:schema)
        AND (c.relname, a.attname) IN (SELECT * FROM unnest(CAST(:tables AS text[]), CAST(:columns AS text[])))
""")

_CHECKS = text("""
    SELECT k.conname AS name, c.relname AS "table", a.attname AS "column", pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(k.conkey)
    WHERE k.contype = 'c' AND c.relnamespace = to_regnamespace(:schema)
        AND (c.relname, a.attname) IN (SELECT * FROM unnest(CAST(:tables AS text[]), CAST(:columns AS text[])))
    ORDER BY k.conname
""")

# Our own columns, their defaults and constraints are told elsewhere; array types belong to their element's type.
_USES = text("""
    SELECT DISTINCT t.typname AS type, pg_describe_object(d.classid, d.objid, d.objsubid) AS use
    FROM pg_type t
    JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n'
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
    WHERE t.oid = ANY(CAST(:oids AS oid[]))
        AND d.classid NOT IN ('pg_attrdef'::regclass, 'pg_constraint'::regclass)
        AND (c.relname IS NULL OR c.relkind <> 'i')
        AND NOT (c.relnamespace IS NOT DISTINCT FROM to_regnamespace(:schema)
            AND (c.relname, a.attname) IN (SELECT * FROM unnest(CAST(:tables AS text[]), CAST(:columns AS text[]))))
    ORDER BY 1, 2
""")


def enum_columns(metadata: MetaData) -> Iterator[tuple[str, Column[Any]]]:
    """(type name, column) for every column that `enum_column` made."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if "stored_as" in column.info:
                yield column.info["stored_as"], column


def read_catalogue(connection: Connection, metadata: MetaData) -> Catalogue:
    """Reads what is needed in six queries. Leaves the connection's transaction usable whatever it finds."""
    schema = connection.execute(_HOME).scalar_one()
    types = [_stored_type(row) for row in connection.execute(_TYPES, {"names": list(stored_enums)}).mappings()]
    ours = {stored.name: stored for stored in types if stored.schema == schema}
    ours_to_find = {
        "schema": schema,
        "tables": [column.table.name for _, column in enum_columns(metadata)],
        "columns": [column.name for _, column in enum_columns(metadata)],
    }
    damage: list[str] = []
    defaults = {
        (row["table"], row["name"]): row["default"]
        for row in _read_unless_damaged(connection, _DEFAULTS, ours_to_find, damage)
    }
    checks = tuple(StoredCheck(**row) for row in _read_unless_damaged(connection, _CHECKS, ours_to_find, damage))
    uses = connection.execute(_USES, {**ours_to_find, "oids": [stored.oid for stored in ours.values()]})
    tables = [table.name for table in metadata.sorted_tables]
    columns = connection.execute(_COLUMNS, {"schema": schema, "tables": tables}).mappings()
    return Catalogue(
        schema=schema,
        types=ours,
        elsewhere=tuple(stored for stored in types if stored.schema != schema),
        columns={
            (row["table"], row["name"]): StoredColumn(**row, default=defaults.get((row["table"], row["name"])))
            for row in columns
        },
        checks=checks,
        uses=tuple((row.type, row.use) for row in uses),
        damage=tuple(damage),
    )


def _stored_type(row: RowMapping) -> StoredType:
    return StoredType(**{**row, "labels": tuple(row["labels"])})


def _read_unless_damaged(
    connection: Connection, query: Any, parameters: dict[str, Any], damage: list[str]
) -> list[RowMapping]:
    """Printing an expression fails when a label in it has lost its entry in pg_enum; the rest can still be read."""
    savepoint = connection.begin_nested()
    try:
        rows = list(connection.execute(query, parameters).mappings())
    except DBAPIError as error:
        savepoint.rollback()
        damage.append(str(error.orig).splitlines()[0])
        return []
    savepoint.commit()
    return rows
