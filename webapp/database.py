"""The database room: the base of all models, the one way to store an enum, and how connections are made.

`Base` and `db` live here rather than in `webapp.models`, so that importing one model never starts a circle.
"""

import enum
import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import psycopg2
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    MetaData,
    Table,
    Text,
    event,
    exc,
    func,
    literal,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, MappedColumn, mapped_column, registry
from sqlalchemy.sql import sqltypes

from webapp import database_deadline
from webapp.config import Settings
from webapp.domain.stored_labels import UnfitForStorage, UnknownLabel, type_name_of

log = logging.getLogger(__name__)

POOLED_CONNECTIONS = 8  # as many as a worker has threads, so that nobody waits for a connection
EXTRA_CONNECTIONS = 2

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

StoredEnum = TypeVar("StoredEnum", bound=enum.StrEnum)


class Base(DeclarativeBase):
    """The base of every model. Never a MappedAsDataclass: Flask-SQLAlchemy 3.1 cannot take one with SQLAlchemy 2.1."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING_CONVENTION),
        type_annotation_map={datetime: DateTime(timezone=True), str: Text(), dict[str, Any]: JSONB()},
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

UUIDKey = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]
"""A primary key made in Python, so that a row can be referred to before it is sent."""

CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
"""The moment a row was made, by the database's clock: all rows of one transaction agree."""


class LabelType(ENUM):
    """The column type behind `enum_column`: labels in the database, members of one enum class in Python.

    A label that this build does not know is read as an UnknownLabel, so that one row of a newer build's cannot take a
    whole list away. It is refused on the way back, like any text that is no label, before anything is sent.
    """

    cache_ok = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._members = {label: member for member in self.enum_class or () for label in [member.value]}

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """From a label to its member, or to an UnknownLabel."""
        members = self._members

        def read(label: str | None) -> Any:
            return None if label is None else members.get(label) or UnknownLabel(label)

        return read


def enum_column(
    enum_class: type[StoredEnum], *, default: StoredEnum | None = None, nullable: bool = False
) -> MappedColumn[Any]:
    """The only way to declare an enum column. It stores values, never member names.

    `enum_class` must be declared with `@stored_as`, which gives the name of its database type. `default` becomes both
    the Python and the server default, so that rows born in SQL and rows born in Python cannot differ. A string that is
    no label is refused before anything is sent. Migrations own the type: no table ever creates or drops it.
    Annotated `Mapped[TheEnum | UnknownLabel]`, so that mypy finds whoever takes it for granted that labels are known.

    Raises UnfitForStorage for an enum without a database type.
    """
    label_type = LabelType(
        enum_class,
        name=type_name_of(enum_class),
        values_callable=_labels,
        validate_strings=True,
        create_type=False,
    )
    info = {"stored_as": label_type.name}
    if default is None:
        return mapped_column(label_type, nullable=nullable, info=info)
    return mapped_column(label_type, nullable=nullable, info=info, default=default, server_default=default.value)


def _labels(enum_class: type[enum.StrEnum]) -> list[str]:
    return [member.value for member in enum_class]  # in the order of definition: SQLAlchemy pairs them by position


@event.listens_for(Column, "after_parent_attach")
def refuse_other_enums(column: Column[Any], parent: object) -> None:
    """Makes every other way of declaring an enum column of ours an error when the module is imported.

    The incident that started Foyer was such a column: SQLAlchemy stores the names of members unless it is told not to.
    Raises UnfitForStorage. Tables that are read from a database, as Alembic does, have another metadata and are let be.
    """
    if not isinstance(parent, Table) or parent.metadata is not Base.metadata:
        return
    if isinstance(column.type, LabelType) and "stored_as" in column.info:
        return
    kind = _enum_inside(column.type)
    if kind is not None:
        name = kind.enum_class.__name__ if kind.enum_class else "AnEnum"
        raise UnfitForStorage(
            f"{parent.name}.{column.name} would not store the labels of {name} as the database has them."
            f" Write instead: {column.name}: Mapped[{name} | UnknownLabel] = enum_column({name}),"
            f" with {name} declared as an enum.StrEnum under @stored_as(...)"
        )


def _enum_inside(kind: Any) -> sqltypes.Enum | None:
    """The enum that a type is or is made of: an array's items, a domain's base, what a decorator wraps, or what it is
    on one kind of database."""
    for variant in getattr(kind, "_variant_mapping", {}).values():
        if isinstance(variant, sqltypes.Enum):
            return variant
    while kind is not None and not isinstance(kind, sqltypes.Enum):
        inner = getattr(kind, "item_type", None) or getattr(kind, "data_type", None) or getattr(kind, "impl", None)
        kind = None if inner is kind else inner
    return kind


@event.listens_for(Engine, "handle_error")
def withhold_values(failure: ExceptionContext) -> None:
    """Leaves of what the server said the one sentence that names the column or the rule, on every engine.

    Its DETAIL and LINE show the row, the key and a piece of the statement, with addresses and names of people, and the
    text of an error may end in the log. `hide_parameters` keeps out only what SQLAlchemy itself would add.
    """
    refused = failure.original_exception
    if not isinstance(refused, psycopg2.Error) or refused.diag.message_primary is None:
        return
    refused.args = (refused.diag.message_primary,)
    if failure.sqlalchemy_exception is not None:
        kind = type(refused)
        failure.sqlalchemy_exception.args = (f"({kind.__module__}.{kind.__name__}) {refused}",)


def words_of(name: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A name in lower case with a space before it, so that each of its words begins with one. What the trigram indexes
    hold, and a search has to ask for in just these terms."""
    return literal(" ", Text) + func.lower(name)


def engine_options(settings: Settings) -> dict[str, Any]:
    """How the application's own engine connects: quick to give up, and never a connection that is already dead.

    One worker process holds at most ten connections, and as many for counting requests where they are counted here too;
    workers times twenty must stay below the server's max_connections.
    """
    return {
        "pool_size": POOLED_CONNECTIONS,
        "max_overflow": EXTRA_CONNECTIONS,
        "pool_timeout": 3,
        "pool_recycle": 1800,
        "pool_pre_ping": True,
        "pool_use_lifo": True,
        "hide_parameters": True,  # an error's text reaches the log, and what was sent may hold addresses of people
        "connect_args": {
            "application_name": f"foyer-{settings.environment.value}",
            "options": "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000",
            **NETWORK_OPTIONS,
        },
    }


NETWORK_OPTIONS: dict[str, int] = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
"""What finds out that a network path is gone. Seconds, except `tcp_user_timeout`, which is in milliseconds."""


def init_database(app: Flask) -> None:
    """Connects `db` to this application by its settings, and gives every request a deadline for its database work."""
    settings: Settings = app.config["SETTINGS"]
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    app.teardown_appcontext(_end_session)  # after db.init_app, so that it runs before Flask-SQLAlchemy's own
    database_deadline.init_app(app)


def _end_session(_error: BaseException | None) -> None:
    """Ends what is left of the session. By now the answer is made and what had to be stored is committed, so a database
    that falls silent at this moment must not take the answer away."""
    try:
        db.session.remove()
    except exc.DBAPIError:
        log.warning("database did not answer at the end of a request")
