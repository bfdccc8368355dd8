"""The database held against what this build declares: every way in which an enum, a column and a migration come apart.

One detector with four users: `/readyz`, `flask enums check`, `flask db check` and `flask release`.
"""

import re
from collections.abc import Iterator

from sqlalchemy import CheckConstraint, Column, Connection, MetaData

from webapp.domain.stored_labels import labels_of, stored_enums
from webapp.schema.catalogue import ENUM_KIND, Catalogue, StoredColumn, enum_columns, read_catalogue
from webapp.schema.findings import Finding, Severity, gravest_first, quoted
from webapp.schema.revision import NOT_MIGRATED, UPGRADE, find_revision_drift
from webapp.schema.rows import find_row_drift
from webapp.schema.spelling import partner_of

REPAIR = "flask --app wsgi enums repair"
AT_HEAD_BUT_INCOMPLETE = frozenset({"type_missing", "table_missing", "column_missing"})


def find_drift(connection: Connection, metadata: MetaData, *, rows: bool = False) -> list[Finding]:
    """Everything that differs, the gravest first. With `rows` also what rows hold, which reads whole tables.

    Changes nothing. Raises a SQLAlchemyError when the database is away.
    """
    revisions = find_revision_drift(connection)
    if any(finding.code == NOT_MIGRATED for finding in revisions):
        return revisions
    catalogue = read_catalogue(connection, metadata)
    findings = [*revisions, *find_enum_drift(catalogue, metadata)]
    if not revisions and any(finding.code in AT_HEAD_BUT_INCOMPLETE for finding in findings):
        findings.append(_stamped())
    if rows and not any(finding.code in AT_HEAD_BUT_INCOMPLETE for finding in findings):
        findings += find_row_drift(connection, catalogue, metadata)
    return gravest_first(findings)


def find_enum_drift(catalogue: Catalogue, metadata: MetaData) -> list[Finding]:
    """What one reading of the catalogue says about our types, tables and columns."""
    findings = [*_damage(catalogue), *_types(catalogue), *_tables(catalogue, metadata)]
    for type_name, column in enum_columns(metadata):
        stored = catalogue.columns.get((column.table.name, column.name))
        if stored is not None:
            findings += _column(catalogue, type_name, column, stored)
    return [*findings, *_checks(catalogue, metadata), *_uses(catalogue)]


def _damage(catalogue: Catalogue) -> Iterator[Finding]:
    for words in catalogue.damage:
        yield Finding(
            "catalogue_damaged",
            Severity.FATAL,
            "An expression of ours cannot be printed: an entry of pg_enum that it refers to is gone.",
            "Put the row back into pg_enum under its old oid, as a superuser, or restore a backup: docs/operate.md",
            actual=words,
        )


def _types(catalogue: Catalogue) -> Iterator[Finding]:
    for name in stored_enums:
        stored = catalogue.types.get(name)
        namesakes = [other for other in catalogue.elsewhere if other.name == name]
        if stored is None:
            yield _missing_type(catalogue, name, namesakes[0].schema if namesakes else None)
            continue
        if stored.kind != ENUM_KIND:
            yield Finding(
                "type_not_enum",
                Severity.FATAL,
                f"{name} exists in {stored.schema} but is not an enum.",
                f"Find out who made it; then rename it and run: {UPGRADE}",
                type=name,
                actual=stored.kind,
            )
            continue
        for other in namesakes:
            hides_ours = other.is_visible and not stored.is_visible
            yield Finding(
                "type_shadowed",
                Severity.FATAL if hides_ours else Severity.WARNING,
                f"A second type {name} in schema {other.schema}"
                + (" comes before ours on the search path." if hides_ours else " is not ours."),
                f"When nothing uses it: DROP TYPE {quoted(other.schema)}.{quoted(name)}",
                type=name,
                expected=stored.schema,
                actual=other.schema,
            )
        yield from _labels(name, list(stored.labels))


def _missing_type(catalogue: Catalogue, name: str, other_schema: str | None) -> Finding:
    if other_schema is not None:
        return Finding(
            "type_elsewhere",
            Severity.FATAL,
            f"The enum type {name} is in schema {other_schema} instead of {catalogue.schema}.",
            f"ALTER TYPE {quoted(other_schema)}.{quoted(name)} SET SCHEMA {quoted(catalogue.schema)}",
            type=name,
            expected=catalogue.schema,
            actual=other_schema,
        )
    return Finding("type_missing", Severity.FATAL, f"The enum type {name} does not exist.", UPGRADE, type=name)


def _labels(name: str, found: list[str]) -> Iterator[Finding]:
    declared = labels_of(name)
    for label in declared:
        spelling = next((other for other in found if partner_of(other, declared) == label), None)
        if label in found:
            if spelling is not None:
                yield Finding(
                    "label_doubled",
                    Severity.WARNING,
                    f"{name} has both {label!r} and {spelling!r}, which no row should hold. A label cannot be dropped.",
                    f"Nothing, when no row holds {spelling!r} (enums check --rows). Else {REPAIR} moves those rows",
                    type=name,
                    label=spelling,
                    expected=label,
                    actual=spelling,
                )
        elif spelling is not None:
            yield Finding(
                "label_wrong_case",
                Severity.FATAL,
                f"{name} spells {label!r} as {spelling!r}: whatever writes or asks for {label!r} fails.",
                f"{REPAIR} --apply",
                type=name,
                label=label,
                expected=label,
                actual=spelling,
            )
        else:
            yield Finding(
                "label_missing",
                Severity.FATAL,
                f"{name} has no label {label!r}: whatever writes or asks for it fails.",
                f"{UPGRADE}, or {REPAIR} --apply when the database is at this build's revision",
                type=name,
                label=label,
                expected=label,
            )
    for label in found:
        if label not in declared and partner_of(label, declared) is None:
            yield Finding(
                "label_unknown",
                Severity.WARNING,
                f"{name} has a label {label!r} that this build does not know, as while a release is going out.",
                "Deploy the build that declares it, or leave it: it is shown and never rewritten",
                type=name,
                label=label,
                actual=label,
            )
    in_order = [label for label in declared if label in found]
    as_found = [label for label in found if label in declared]
    if in_order != as_found:
        yield Finding(
            "label_order",
            Severity.WARNING,
            f"The labels of {name} stand in another order than declared, so sorting by them differs.",
            "Nothing in Foyer sorts by a label. Only rebuilding the type would change it; leave it",
            type=name,
            expected=", ".join(in_order),
            actual=", ".join(as_found),
        )


def _tables(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    tables_found = {table for table, _ in catalogue.columns}
    for table in metadata.sorted_tables:
        if table.name not in tables_found:
            message = f"The table {table.name} does not exist."
            yield Finding("table_missing", Severity.FATAL, message, UPGRADE, table=table.name)
            continue
        for column in table.columns:
            if (table.name, column.name) not in catalogue.columns:
                yield Finding(
                    "column_missing",
                    Severity.FATAL,
                    f"The column {column.name} of {table.name} does not exist.",
                    UPGRADE,
                    type=column.info.get("stored_as"),
                    table=table.name,
                    column=column.name,
                )


def _column(catalogue: Catalogue, type_name: str, column: Column[object], stored: StoredColumn) -> Iterator[Finding]:
    place = f"{stored.table}.{stored.name}"
    where = {"type": type_name, "table": stored.table, "column": stored.name}
    ours = catalogue.types.get(type_name)
    if ours is not None and stored.type_oid != ours.oid:
        yield Finding(
            "column_type",
            Severity.ERROR if stored.is_text else Severity.FATAL,
            f"{place} is of type {stored.type_name} instead of the enum {type_name}, so anything can be stored in it.",
            f"{REPAIR} --apply",
            expected=type_name,
            actual=stored.type_name,
            **where,
        )
    if stored.is_not_null == bool(column.nullable):
        expected, actual = ("NULL", "NOT NULL") if column.nullable else ("NOT NULL", "NULL")
        yield Finding(
            "column_nullable",
            Severity.FATAL if column.nullable else Severity.ERROR,
            f"{place} should be {expected} and is {actual}.",
            f"{REPAIR} --apply",
            expected=expected,
            actual=actual,
            **where,
        )
    wanted = declared_default(column)
    found = default_label(stored.default)
    if wanted != found and not catalogue.damage:
        yield Finding(
            "default_missing" if stored.default is None else "default_differs",
            Severity.ERROR,
            f"The default of {place} is {stored.default or 'not set'} instead of {wanted or 'none'}.",
            f"{REPAIR} --apply",
            label=wanted,
            expected=wanted,
            actual=stored.default,
            **where,
        )


def declared_default(column: Column[object]) -> str | None:
    """The label that `enum_column` gave as default."""
    default = column.default.arg if column.default is not None else None  # type: ignore[attr-defined]  # a plain value
    return None if default is None else str(default)


def default_label(expression: str | None) -> str | None:
    """The label in a default as PostgreSQL prints it (`'default'::industry`); an expression of another shape itself."""
    match = re.fullmatch(r"'((?:[^']|'')*)'::.+", expression or "")
    return match.group(1).replace("''", "'") if match else expression


_ALLOWED = re.compile(r"= ANY \(+ARRAY\[(.*?)\]|(?<![<>!])= ('(?:[^']|'')*')")
_REFUSED = re.compile(r"<> ALL \(+ARRAY\[(.*?)\]|<> ('(?:[^']|'')*')")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")


def labels_refused(definition: str, labels: list[str]) -> list[str]:
    """Which labels a CHECK can refuse, as far as its printed text tells; a condition beside it is not weighed."""
    allowed, refused = _literals(_ALLOWED, definition), _literals(_REFUSED, definition)
    return [label for label in labels if label in refused or (allowed and label not in allowed)]


def _literals(pattern: re.Pattern[str], definition: str) -> set[str]:
    lists = [part for match in pattern.findall(definition) for part in match if part]
    return {found.replace("''", "'") for part in lists for found in _LITERAL.findall(part)}


def _checks(catalogue: Catalogue, metadata: MetaData) -> Iterator[Finding]:
    type_names = {(column.table.name, column.name): name for name, column in enum_columns(metadata)}
    declared = {
        str(constraint.name)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    for check in catalogue.checks:
        if check.name in declared:
            continue
        type_name = type_names[(check.table, check.column)]
        refused = labels_refused(check.definition, labels_of(type_name))
        yield Finding(
            "check_undeclared",
            Severity.FATAL if refused else Severity.WARNING,
            f"The constraint {check.name} on {check.table} is not ours"
            + (f" and refuses {', '.join(map(repr, refused))}." if refused else "."),
            f"If nobody needs it: ALTER TABLE {quoted(check.table)} DROP CONSTRAINT {quoted(check.name)}",
            type=type_name,
            label=", ".join(refused) or None,
            table=check.table,
            column=check.column,
            actual=check.definition,
        )


def _uses(catalogue: Catalogue) -> Iterator[Finding]:
    for type_name, use in catalogue.uses:
        yield Finding(
            "use_undeclared",
            Severity.WARNING,
            f"Something we did not declare uses the type {type_name}: {use}.",
            "Declare it with enum_column(...), or keep it in mind: it holds the type as it is",
            type=type_name,
            actual=use,
        )


def _stamped() -> Finding:
    return Finding(
        "stamped_not_run",
        Severity.FATAL,
        "The database says it is at this build's revision, yet parts of it were never made: it was stamped by hand.",
        f"Print what the migration that makes them does, and run it as the owner: {UPGRADE} PREVIOUS:REVISION --sql",
    )
