"""What an error from the database means: it is away, it differs from what this build needs, or the bug is ours."""

import enum
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import TracebackType

import psycopg2
from psycopg2.extensions import Diagnostics
from sqlalchemy import Table, exc

from webapp.database import Base
from webapp.domain.stored_labels import stored_enums
from webapp.schema.readiness import forget_findings

_ABORTED_TRANSACTION = "25P02"
_READ_ONLY = "25006"  # as on a standby that took over before it was promoted
_COLLISIONS = frozenset({"40001", "40P01"})  # serialisation failure, deadlock


class StoreFailure(enum.StrEnum):
    """AWAY heals when the database is back; DRIFT needs an operator. SPOILT: an earlier error had ended the transaction
    and was swallowed, so that what it was is not known any more."""

    AWAY = "away"
    DRIFT = "drift"
    SPOILT = "spoilt"


def store_failure(error: BaseException) -> StoreFailure | None:
    """What this error says of the database; None when it is neither away nor different, so that the bug is ours.

    After an error that comes, or may come, from drift the next health check looks again at once.
    """
    failure = _kind_of(error)
    if failure in (StoreFailure.DRIFT, StoreFailure.SPOILT):
        forget_findings()
    return failure


def _kind_of(error: BaseException) -> StoreFailure | None:
    if is_drift(error):
        return StoreFailure.DRIFT
    if isinstance(error, exc.TimeoutError | exc.OperationalError | exc.InterfaceError):
        return StoreFailure.AWAY
    if isinstance(error, exc.PendingRollbackError):
        return StoreFailure.SPOILT
    if not isinstance(error, exc.DBAPIError):
        return None
    code = getattr(error.orig, "pgcode", None)
    if error.connection_invalidated or code == _READ_ONLY:
        return StoreFailure.AWAY
    return StoreFailure.SPOILT if code == _ABORTED_TRANSACTION else None


def is_drift(error: BaseException) -> bool:
    """Whether the database refused something about our own enums, tables or columns that this build takes for granted,
    or handed out a label that a column type of SQLAlchemy's own could not read."""
    if type(error) is LookupError:  # never a KeyError, which is one too
        return _comes_from_reading(error.__traceback__)
    if not isinstance(error, exc.DBAPIError) or not isinstance(error.orig, psycopg2.Error):
        return False
    rule = _DRIFT.get(error.orig.pgcode or "")
    return rule is not None and rule(_Refused(error.orig.diag, error.statement or ""))


def is_collision(error: BaseException | None) -> bool:
    """Whether the server ended this transaction because another one was in its way, and kept nothing of it."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "pgcode", None) in _COLLISIONS


def is_refused_label(error: BaseException) -> bool:
    """Whether a text that is no label of an enum was about to be stored, and was refused before anything was sent."""
    return isinstance(error, exc.StatementError) and type(error.orig) is LookupError


def _comes_from_reading(trace: TracebackType | None) -> bool:
    """Whether it was raised by SQLAlchemy's own types, as `Enum` does; in writing it is wrapped in a StatementError."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == "sqlalchemy.sql.sqltypes"


@dataclass(frozen=True)
class _Refused:
    """What the server said and what it was sent. Only names are looked for in the message: its words are translated."""

    details: Diagnostics
    statement: str

    @property
    def message(self) -> str:
        return self.details.message_primary or ""

    def says(self, names: Collection[str]) -> bool:
        return _holds(self.message, names)

    def was_sent_to_ours(self) -> bool:
        return _holds(self.statement, Base.metadata.tables)


def _holds(text: str, names: Collection[str]) -> bool:
    return not set(names).isdisjoint(re.findall(r"\w+", text))


def _our_columns() -> set[str]:
    return {column.name for table in Base.metadata.tables.values() for column in table.columns}


def _names_a_label(refused: _Refused) -> bool:
    """'invalid input value for enum industry: "DEFAULT"'; what was sent comes after the colon and may be anything."""
    return _holds(refused.message.partition(":")[0], stored_enums)


def _names_an_enum(refused: _Refused) -> bool:
    return refused.says(stored_enums)


def _names_a_table(refused: _Refused) -> bool:
    return refused.says(Base.metadata.tables)


def _names_a_table_or_enum(refused: _Refused) -> bool:
    return _names_a_table(refused) or _names_an_enum(refused)


def _names_a_column(refused: _Refused) -> bool:
    """'column organisations.name does not exist', or 'column "name" ...' without the table, which the statement has.
    Names such as "name" are everybody's, so the table must be ours too."""
    qualified = re.search(r"(\w+)\.\w+", refused.message)
    is_ours = qualified[1] in Base.metadata.tables if qualified else refused.was_sent_to_ours()
    return is_ours and refused.says(_our_columns())


def _names_a_column_by_type(refused: _Refused) -> bool:
    """'column "industry_type" is of type public.industry but expression is of type industry'."""
    return refused.was_sent_to_ours() and refused.says(_our_columns())


def _is_foreign_constraint(refused: _Refused) -> bool:
    """A rule on one of our tables that no model declares: nothing a person did can have broken a rule of ours. We have
    no domains, so a rule of one is never ours either."""
    details = refused.details
    if details.datatype_name:
        return refused.was_sent_to_ours()
    table = Base.metadata.tables.get(details.table_name or "")
    return table is not None and details.constraint_name not in _declared_rules(table)


def _declared_rules(table: Table) -> set[str]:
    return {str(rule.name) for rule in table.constraints} | {str(index.name) for index in table.indexes}


def _may_be_empty(refused: _Refused) -> bool:
    """A column that the model leaves empty, or to the database's default, or does not know: only a changed table can
    insist on it."""
    table = Base.metadata.tables.get(refused.details.table_name or "")
    if table is None:
        return False
    column = table.columns.get(refused.details.column_name or "")
    return column is None or bool(column.nullable) or (column.server_default is not None and column.default is None)


_DRIFT: dict[str, Callable[[_Refused], bool]] = {
    "22P02": _names_a_label,
    "22P03": _Refused.was_sent_to_ours,  # a row holds a label that was deleted from pg_enum; only its number is said
    "23502": _may_be_empty,
    "23503": _is_foreign_constraint,
    "23505": _is_foreign_constraint,
    "23514": _is_foreign_constraint,
    "23P01": _is_foreign_constraint,
    "42501": _names_a_table_or_enum,  # a right that was not granted
    "42703": _names_a_column,
    "42704": _names_an_enum,  # no such type
    "42804": _names_a_column_by_type,
    "42883": _names_an_enum,  # no such operator, as between two types of the same name
    "42P01": _names_a_table,
    "42P10": _Refused.was_sent_to_ours,  # the unique rule that ON CONFLICT goes by is gone
    "55P04": _names_an_enum,  # a label that was added in this very transaction
}
"""By SQLSTATE: whether what was refused is about something of ours."""
