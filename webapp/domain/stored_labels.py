"""Enums whose values are kept in PostgreSQL as labels of a native enum type.

The incident that started Foyer was an enum stored by member name while the database held values. Here an enum that
is going to be stored says the name of its database type where it is defined, and is checked at that moment:
`webapp.database.enum_column` accepts no other.
"""

import enum
import re
from collections.abc import Callable
from typing import TypeVar

LABEL_SHAPE = re.compile(r"[a-z][a-z0-9_]{0,62}")  # PostgreSQL keeps at most 63 bytes of a label

stored_enums: dict[str, type[enum.StrEnum]] = {}
"""Every stored enum by the name of its database type. What varies by label is found by `webapp.schema` through it."""

_type_names: dict[type[enum.StrEnum], str] = {}

StoredEnum = TypeVar("StoredEnum", bound=enum.StrEnum)


class UnfitForStorage(TypeError):
    """An enum class was declared as stored but breaks a rule that storage depends on."""


def stored_as(type_name: str) -> Callable[[type[StoredEnum]], type[StoredEnum]]:
    """Declares that an enum's values are the labels of the PostgreSQL type `type_name`.

    Raises UnfitForStorage when the class is not a StrEnum (other enums print and serialise differently between
    Python versions), has an alias, has a label outside `^[a-z][a-z0-9_]*$`, or when it or the type name is taken.
    """

    def declare(enum_class: type[StoredEnum]) -> type[StoredEnum]:
        _check(enum_class, type_name)
        stored_enums[type_name] = enum_class
        _type_names[enum_class] = type_name
        return enum_class

    return declare


class UnknownLabel(str):
    """A label that the database holds and this build does not know: a newer build's, or one it has retired.

    It is shown as it is and never written: the row keeps it until somebody chooses a label that this build knows. It
    equals no member, so look-ups by member need a fallback: the default limits, the plain words, no rights.
    """

    __slots__ = ()

    @property
    def value(self) -> str:
        """The label, as a member would give it."""
        return str(self)


def labels_of(type_name: str) -> list[str]:
    """The labels of a stored enum, in the order of definition."""
    return [member.value for member in stored_enums[type_name]]


def type_name_of(enum_class: type[enum.StrEnum]) -> str:
    """The database type that holds this enum. Raises UnfitForStorage for an enum that was never declared as stored."""
    try:
        return _type_names[enum_class]
    except KeyError:
        raise UnfitForStorage(
            f"{enum_class.__name__} has no database type: decorate it with @stored_as('type_name')"
        ) from None


def _check(enum_class: type[enum.StrEnum], type_name: str) -> None:
    name = enum_class.__name__
    if not issubclass(enum_class, enum.StrEnum):
        raise UnfitForStorage(f"{name} must be an enum.StrEnum to be stored")
    if enum_class in _type_names:
        raise UnfitForStorage(f"{name} is stored as {_type_names[enum_class]!r} already")
    if type_name in stored_enums:
        raise UnfitForStorage(f"{name}: the database type {type_name!r} already belongs to another enum")
    if len(enum_class.__members__) != len(list(enum_class)):
        raise UnfitForStorage(f"{name} has an alias; each label must have exactly one member")
    for member in enum_class:
        if not LABEL_SHAPE.fullmatch(member.value):
            raise UnfitForStorage(f"{name}.{member.name}: {member.value!r} is not a lower-case label")
