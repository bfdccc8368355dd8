"""The models and the newest revision say the same, and every enum is stored by value."""

import enum
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import webapp.models
from tests.migrations.databases import MigrationDatabase
from webapp.database import Base, enum_column
from webapp.domain.industries import Industry
from webapp.domain.stored_labels import stored_enums

assert webapp.models.__all__, "every model is imported, so the metadata is complete"

LABELS = "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder"
CHECKS = """
    SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE contype = 'c' AND relnamespace = 'public'::regnamespace
"""


def enum_columns(metadata: sa.MetaData) -> Iterator[tuple[sa.Column[object], type[enum.Enum]]]:
    """Every column whose Python values are members of an enum, however it was declared."""
    for table in metadata.tables.values():
        for column in table.columns:
            kind = getattr(column.type, "item_type", column.type)
            if isinstance(kind, sa.Enum):
                yield column, kind.enum_class  # type: ignore[misc]  # a list of plain strings has no class, and fails


def wrong_about(column: sa.Column[object], enum_class: type[enum.Enum] | None) -> list[str]:
    """What keeps this column from storing its enum by value, in the type that the migrations made."""
    kind = column.type
    if not isinstance(kind, sa.Enum) or enum_class is None:
        return ["not a plain column of one enum class"]
    type_names = [name for name, stored in stored_enums.items() if stored is enum_class]
    default = column.default.arg if isinstance(column.default, sa.ColumnDefault) else None
    server_default = column.server_default.arg if isinstance(column.server_default, sa.DefaultClause) else None
    facts = {
        "labels are not the values": kind.enums == [member.value for member in enum_class],
        "the type has another name": [kind.name] == type_names,
        "not a native type": kind.native_enum,
        "strings are not checked": kind.validate_strings,
        "a table would create the type": getattr(kind, "create_type", True) is False,
        "not made by enum_column": column.info.get("stored_as") == kind.name,
        "the two defaults differ": server_default == (default.value if isinstance(default, enum.Enum) else None),
    }
    return [problem for problem, holds in facts.items() if not holds]


def test_the_models_are_what_the_migrations_built(at_head: MigrationDatabase) -> None:
    with at_head.as_owner() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_have_the_names_of_the_models(at_head: MigrationDatabase) -> None:
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    with at_head.as_owner() as connection:
        assert set(connection.scalars(sa.text(CHECKS))) == declared


@pytest.mark.parametrize("type_name", sorted(stored_enums))
def test_the_labels_in_the_database_are_the_members_in_order(at_head: MigrationDatabase, type_name: str) -> None:
    with at_head.as_owner() as connection:
        found = connection.scalars(sa.text(LABELS), {"name": type_name}).all()
    assert found == [member.value for member in stored_enums[type_name]]


def test_every_enum_column_stores_values() -> None:
    columns = list(enum_columns(Base.metadata))
    assert {enum_class for _, enum_class in columns} == set(stored_enums.values())
    assert {str(column): problems for column, kind in columns if (problems := wrong_about(column, kind))} == {}


def test_an_industry_column_by_any_other_means_is_found_out() -> None:
    class Elsewhere(DeclarativeBase):
        pass

    class Sample(Elsewhere):
        __tablename__ = "samples"
        id: Mapped[int] = mapped_column(primary_key=True)
        right: Mapped[Industry] = enum_column(Industry, default=Industry.DEFAULT)
        bare: Mapped[Industry]
        plain: Mapped[Industry] = mapped_column(sa.Enum(Industry), default=Industry.DEFAULT, server_default="default")
        several: Mapped[list[Industry]] = mapped_column(sa.ARRAY(sa.Enum(Industry)))
        by_hand: Mapped[Industry] = mapped_column(
            sa.Enum(Industry, name="industry", values_callable=lambda kind: [member.value for member in kind])
        )

    found = {column.name: wrong_about(column, kind) for column, kind in enum_columns(Elsewhere.metadata)}
    assert found.pop("right") == []
    assert set(found) == {"bare", "plain", "several", "by_hand"}
    assert all(found.values())
    assert "labels are not the values" in found["plain"]


def test_counters_are_unlogged_and_leave_room_on_each_page(at_head: MigrationDatabase) -> None:
    with at_head.as_owner() as connection:
        query = "SELECT relpersistence, reloptions FROM pg_class WHERE oid = 'limit_counters'::regclass"
        assert tuple(connection.execute(sa.text(query)).one()) == ("u", ["fillfactor=40"])
