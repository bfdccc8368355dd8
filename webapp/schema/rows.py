"""What rows hold, for the checks that read whole tables."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, MetaData, text
from sqlalchemy.exc import DBAPIError

from webapp.domain.stored_labels import labels_of
from webapp.schema.catalogue import ENUM_KIND, Catalogue, StoredColumn, enum_columns
from webapp.schema.findings import Finding, Severity, quoted
from webapp.schema.spelling import partner_of

MOST_USES_COUNTED = 10_000


def find_row_drift(connection: Connection, catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    """Rows with a label that this build does not know, and rows whose label has lost its entry in the catalogue."""
    for type_name, column in enum_columns(metadata):
        stored = catalogue.columns[(column.table.name, column.name)]
        ours = catalogue.types.get(type_name)
        if ours is None or ours.kind != ENUM_KIND:
            continue  # told as a finding of its own; there is nothing to compare rows with
        if stored.type_oid == ours.oid:
            unreadable = count_unreadable(connection, catalogue, type_name, column)
            if unreadable:
                yield _unreadable(type_name, column, unreadable)
                continue
        may_be_null = not stored.is_not_null and not column.nullable
        if stored.type_oid != ours.oid or may_be_null or set(ours.labels) - set(labels_of(type_name)):
            yield from _unknown(connection, catalogue, type_name, column, stored)


def count_unreadable(connection: Connection, catalogue: Catalogue, type_name: str, column: Column[Any]) -> int:
    """How many rows hold a value without an entry in pg_enum. Such a value can be compared, but never printed."""
    table, name, schema = quoted(column.table.name), quoted(column.name), quoted(catalogue.schema)
    query = text(
        f"SELECT count(*) FROM {schema}.{table}"  # noqa: S608  # names from our own metadata
        f" WHERE {name} <> ALL (CAST(:labels AS {schema}.{quoted(type_name)}[]))"
    )
    labels = list(catalogue.types[type_name].labels)
    return int(connection.execute(query, {"labels": labels}).scalar_one())


def count_labels(connection: Connection, schema: str, column: Column[Any], known: list[str]) -> dict[str | None, int]:
    """How many rows hold each text that is none of `known`, NULL under None."""
    table, name = quoted(column.table.name), quoted(column.name)
    query = text(
        f"SELECT {name}::text AS held, count(*) FROM {quoted(schema)}.{table}"  # noqa: S608  # as above
        f" WHERE {name}::text <> ALL (:known) OR {name} IS NULL GROUP BY 1 ORDER BY 1"
    )
    return {row.held: row[1] for row in connection.execute(query, {"known": known})}


def count_uses(connection: Connection, metadata: MetaData, type_name: str, label: str) -> int | None:
    """How many rows hold a label of the type, by its indexes and no further than is worth knowing: one more than
    MOST_USES_COUNTED stands for any number past it. None when that takes too long."""
    limit, total = MOST_USES_COUNTED + 1, 0
    try:
        with connection.begin_nested():
            connection.execute(text("SET LOCAL statement_timeout = '800ms'"))
            for _, column in [found for found in enum_columns(metadata) if found[0] == type_name]:
                few = (
                    f"SELECT FROM {quoted(column.table.name)} WHERE {quoted(column.name)}"
                    f" = CAST(:label AS {quoted(type_name)}) LIMIT :limit"
                )
                query = text(f"SELECT count(*) FROM ({few}) AS few")  # noqa: S608  # as above
                total += int(connection.execute(query, {"label": label, "limit": limit}).scalar_one())
            connection.execute(text("SET LOCAL statement_timeout = DEFAULT"))
    except DBAPIError:
        return None
    return min(total, limit)


def _unreadable(type_name: str, column: Column[Any], number: int) -> Finding:
    place = f"{column.table.name}.{column.name}"
    return Finding(
        "rows_unreadable",
        Severity.FATAL,
        f"{counted(number)} of {place} with a label whose entry is gone from pg_enum: neither read nor dumped.",
        "Put the entry back under its old oid, as a superuser: docs/operate.md. Never add the label anew",
        type=type_name,
        table=column.table.name,
        column=column.name,
        actual=str(number),
    )


def _unknown(
    connection: Connection, catalogue: Catalogue, type_name: str, column: Column[Any], stored: StoredColumn
) -> Iterator[Finding]:
    declared = labels_of(type_name)
    for held, number in count_labels(connection, catalogue.schema, column, declared).items():
        if held is None and column.nullable:
            continue
        shown = "NULL" if held is None else repr(held)
        must_move = held is None or stored.is_text or partner_of(held, declared) is not None
        yield Finding(
            "rows_unknown_label",
            Severity.ERROR if must_move else Severity.WARNING,
            f"{counted(number)} of {stored.table}.{stored.name} with {shown}, which is no label of this build.",
            "flask --app wsgi enums repair" if must_move else "Deploy the build that declares it, or leave it",
            type=type_name,
            label=held,
            table=stored.table,
            column=stored.name,
            actual=str(number),
        )


def counted(number: int) -> str:
    """1 row, 2,000 rows."""
    return f"{number:,} row{'' if number == 1 else 's'}"
