"""There is one way to declare a stored enum: every other is an error at import that says what to write instead.

Each declaration runs in a process of its own kind, because what is declared on our metadata stays there.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PREAMBLE = """
import enum
import json
import sys
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from webapp.database import Base, LabelType, db, enum_column
from webapp.domain.industries import Industry
from webapp.domain.stored_labels import UnfitForStorage, UnknownLabel, stored_as, stored_enums
from webapp.models import User

def labels(enum_class):
    return [member.value for member in enum_class]

class Wrapped(sa.types.TypeDecorator):
    impl = sa.Enum(Industry)
    cache_ok = True

class WrappedTwice(sa.types.TypeDecorator):
    impl = Wrapped
    cache_ok = True

class Mixin:
    kind: Mapped[Industry] = mapped_column(sa.Enum(Industry))

def table(name, kind):
    return sa.Table(name, Base.metadata, sa.Column("kind", kind))

outcomes = {}
for number, (case, code) in enumerate(json.load(sys.stdin).items()):
    try:
        exec(code.replace("NEW", f"new_{number}"), dict(globals()))
    except Exception as error:
        outcomes[case] = [type(error).__name__, str(error)]
    else:
        outcomes[case] = None
print(json.dumps(outcomes))
"""

MODEL = (
    "class Model(Base):\n    __tablename__ = 'NEW'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    kind: "
)

NOT_STORED_AS_LABELS = {
    "a bare Mapped": MODEL + "Mapped[Industry]",
    "a bare Mapped that may be empty": MODEL + "Mapped[Industry | None]",
    "a bare Mapped with options": MODEL + "Mapped[Industry] = mapped_column(default=Industry.GYM)",
    "the enum of SQLAlchemy": MODEL + "Mapped[Industry] = mapped_column(sa.Enum(Industry))",
    "values by hand": MODEL + "Mapped[Industry] = mapped_column(sa.Enum(Industry, values_callable=labels))",
    "the enum of PostgreSQL": MODEL
    + "Mapped[Industry] = mapped_column(postgresql.ENUM(Industry, values_callable=labels, name='industry'))",
    "our type by hand": MODEL + "Mapped[Industry] = mapped_column(LabelType(Industry, values_callable=labels))",
    "as text": MODEL + "Mapped[Industry] = mapped_column(sa.Enum(Industry, native_enum=False))",
    "texts": MODEL + "Mapped[str] = mapped_column(sa.Enum('cinema', 'hotel', name='industry'))",
    "an array": MODEL + "Mapped[list[Industry]] = mapped_column(sa.ARRAY(sa.Enum(Industry)))",
    "an array of our type": MODEL
    + "Mapped[list[Industry]] = mapped_column(sa.ARRAY(enum_column(Industry).column.type))",
    "an array of arrays": MODEL
    + "Mapped[list[Industry]] = mapped_column(postgresql.ARRAY(sa.Enum(Industry), dimensions=2))",
    "a domain": MODEL + "Mapped[Industry] = mapped_column(postgresql.DOMAIN('trade', sa.Enum(Industry)))",
    "a decorator": MODEL + "Mapped[Industry] = mapped_column(Wrapped)",
    "a decorator of a decorator": MODEL + "Mapped[Industry] = mapped_column(WrappedTwice())",
    "an array of decorated ones": MODEL + "Mapped[list[Industry]] = mapped_column(sa.ARRAY(Wrapped()))",
    "only on PostgreSQL": MODEL
    + "Mapped[str] = mapped_column(sa.Text().with_variant(sa.Enum(Industry), 'postgresql'))",
    "a mixin": MODEL.replace("(Base)", "(Mixin, Base)").removesuffix("kind: "),
    "a table without a model": "sa.Table('NEW', Base.metadata, sa.Column('kind', sa.Enum(Industry)))",
    "a column added to a table": "User.__table__.append_column(sa.Column('kind', sa.Enum(Industry)))",
    "a column added to a model": "User.kind = mapped_column(sa.Enum(Industry))",
    "a model of Flask-SQLAlchemy": MODEL.replace("Base", "db.Model") + "Mapped[Industry]",
}

LET_BE = {
    "our own way": MODEL + "Mapped[Industry | UnknownLabel] = enum_column(Industry, default=Industry.GYM)",
    "our own way, empty": MODEL + "Mapped[Industry | UnknownLabel | None] = enum_column(Industry, nullable=True)",
    "an array of texts": MODEL + "Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text))",
    "another metadata": "sa.Table('NEW', sa.MetaData(), sa.Column('kind', sa.Enum(Industry)))",
    "another base": "class Other(DeclarativeBase): pass\n" + MODEL.replace("Base", "Other") + "Mapped[Industry]",
    "a column of no table": "sa.Column('kind', sa.Enum(Industry))",
    "in a query": "sa.select(sa.column('kind', sa.Enum(Industry)))",
}

UNFIT = {
    "no StrEnum": ("class E(enum.Enum):\n    A = 'a'", "E must be an enum.StrEnum to be stored"),
    "a str and an Enum": ("class E(str, enum.Enum):\n    A = 'a'", "E must be an enum.StrEnum to be stored"),
    "an alias": (
        "class E(enum.StrEnum):\n    A = 'a'\n    B = 'a'",
        "E has an alias; each label must have exactly one",
    ),
    "upper case": ("class E(enum.StrEnum):\n    A = 'A'", "E.A: 'A' is not a lower-case label"),
    "a space": ("class E(enum.StrEnum):\n    A = 'a b'", "is not a lower-case label"),
    "a line break": ("class E(enum.StrEnum):\n    A = 'a\\n'", "is not a lower-case label"),
    "a hyphen": ("class E(enum.StrEnum):\n    A = 'a-b'", "is not a lower-case label"),
    "a digit first": ("class E(enum.StrEnum):\n    A = '2b'", "is not a lower-case label"),
    "nothing": ("class E(enum.StrEnum):\n    A = ''", "is not a lower-case label"),
    "another alphabet": ("class E(enum.StrEnum):\n    A = 'café'", "is not a lower-case label"),
    "64 bytes": ("class E(enum.StrEnum):\n    A = 'a' * 64", "is not a lower-case label"),
}


@cache
def outcomes() -> dict[str, list[str] | None]:
    """What each declaration came to: the kind of error and its words, or None. One process serves them all."""
    unfit = {f"unfit: {case}": f"@stored_as('NEW')\n{code}" for case, (code, _) in UNFIT.items()}
    others = {
        "63 bytes": "@stored_as('NEW')\nclass E(enum.StrEnum):\n    A = 'a' * 63",
        "a name that is taken": "@stored_as('industry')\nclass E(enum.StrEnum):\n    A = 'a'",
        "an enum that is taken": "stored_as('NEW')(Industry)",
        "a column of an enum that was never declared": "class E(enum.StrEnum):\n    A = 'a'\nenum_column(E)",
        "what was refused was not kept": "assert stored_enums['industry'] is Industry and 'NEW' not in stored_enums",
    }
    cases = {**NOT_STORED_AS_LABELS, **LET_BE, **unfit, **others}
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE], cwd=ROOT, input=json.dumps(cases), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str] | None] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", NOT_STORED_AS_LABELS)
def test_a_column_that_would_not_store_labels_is_refused_and_told_what_to_write(case: str) -> None:
    kind, words = outcomes()[case] or ["nothing", "was raised"]
    name = "AnEnum" if case == "texts" else "Industry"
    assert kind == "UnfitForStorage"
    assert ".kind would not store the labels of" in words
    assert f"Write instead: kind: Mapped[{name} | UnknownLabel] = enum_column({name}), with {name} declared" in words


@pytest.mark.parametrize("case", LET_BE)
def test_what_is_ours_already_or_not_ours_at_all_is_let_be(case: str) -> None:
    assert outcomes()[case] is None


@pytest.mark.parametrize("case", UNFIT)
def test_an_enum_that_storage_cannot_rely_on_is_refused_where_it_is_defined(case: str) -> None:
    kind, words = outcomes()[f"unfit: {case}"] or ["nothing", "was raised"]
    assert kind == "UnfitForStorage"
    assert UNFIT[case][1] in words


def test_a_label_may_have_63_bytes_as_in_postgresql() -> None:
    assert outcomes()["63 bytes"] is None


def test_an_enum_has_one_type_and_a_type_one_enum() -> None:
    assert outcomes()["a name that is taken"] == [
        "UnfitForStorage",
        "E: the database type 'industry' already belongs to another enum",
    ]
    assert outcomes()["an enum that is taken"] == ["UnfitForStorage", "Industry is stored as 'industry' already"]


def test_what_was_refused_was_not_kept() -> None:
    assert outcomes()["what was refused was not kept"] is None


def test_an_enum_without_a_type_makes_no_column() -> None:
    assert outcomes()["a column of an enum that was never declared"] == [
        "UnfitForStorage",
        "E has no database type: decorate it with @stored_as('type_name')",
    ]
