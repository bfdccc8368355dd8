"""Makes `flask db check` and `flask db migrate` see what Alembic itself does not: the labels of an enum.

Imported by `migrations/env.py`. Alembic compares a type's name and nothing of what is in it.
"""

from typing import Any

from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations.ops import MigrateOperation, UpgradeOps
from sqlalchemy import Column, MetaData

from webapp.database import LabelType
from webapp.schema.catalogue import read_catalogue
from webapp.schema.drift import find_enum_drift
from webapp.schema.findings import Finding, Severity

_SEEN_BY_ALEMBIC = frozenset({"table_missing", "column_missing", "column_type", "column_nullable"})


class EnumSafeImpl(PostgresqlImpl):
    """How Alembic compares defaults, once this is defined. Those of enum columns are no difference to it: it would ask
    the database to read one default as the other's type, and crash on exactly the difference that matters. They are
    compared with the labels."""

    __dialect__ = "postgresql"

    def compare_server_default(
        self, inspector_column: Column[Any], metadata_column: Column[Any], *defaults: str | None
    ) -> bool:
        """Whether they differ."""
        if "stored_as" in metadata_column.info:
            return False
        differs = super().compare_server_default(  # type: ignore[no-untyped-call]  # Alembic's has no types
            inspector_column, metadata_column, *defaults
        )
        return bool(differs)


class EnumDrift(MigrateOperation):
    """A difference that no generated migration mends: it is reported, with the command that does."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    def to_diff_tuple(self) -> tuple[str, str, str, str]:
        """What `flask db check` prints."""
        return "enum_drift", self.finding.code, self.finding.message, self.finding.remedy

    def reverse(self) -> "EnumDrift":
        """A generated downgrade is no better."""
        return self


@comparators.dispatch_for("schema")
def compare_enums(context: AutogenContext, operations: UpgradeOps, _schemas: object) -> None:
    """Adds what must not be released. Warnings, such as a label ahead of the code, are no difference to migrate."""
    connection, metadata = context.connection, context.metadata
    if connection is None or not isinstance(metadata, MetaData):
        return
    for finding in find_enum_drift(read_catalogue(connection, metadata), metadata):
        if finding.severity is not Severity.WARNING and finding.code not in _SEEN_BY_ALEMBIC:
            operations.ops.append(EnumDrift(finding))


@renderers.dispatch_for(EnumDrift)
def render_drift(_context: AutogenContext, operation: EnumDrift) -> str:
    """A generated migration that carries this stops instead of doing harm."""
    finding = operation.finding
    return f"raise RuntimeError({f'{finding.message} Mend it first: {finding.remedy}'!r})"


def render_item(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """Writes our column type into a generated migration as plain SQLAlchemy: those never import the application."""
    if kind == "type" and isinstance(item, LabelType):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        labels = ", ".join(repr(label) for label in item.enums)
        return f"postgresql.ENUM({labels}, name={item.name!r}, create_type=False)"
    return False
