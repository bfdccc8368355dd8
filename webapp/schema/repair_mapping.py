"""What a person decided about values that are nobody's other spelling: `--map old=new`."""

import shlex
from collections.abc import Iterable, Mapping

from webapp.domain.stored_labels import labels_of, stored_enums
from webapp.schema.spelling import partner_of

NULL = "<null>"
LabelMapping = Mapping[tuple[str, str | None], str]
"""The declared label to take, by type and value held; None stands for NULL."""


class WrongMapping(ValueError):
    """A `--map` that makes no sense, whatever the database holds."""


def read_mapping(pairs: Iterable[str]) -> LabelMapping:
    """What the words after `--map` say. Each counts for every enum that declares its new label.

    Raises WrongMapping for one that names no declared label, would move rows from a label that is right, or contradicts
    a spelling or another pair.
    """
    mapping: dict[tuple[str, str | None], str] = {}
    for pair in pairs:
        old, equals, new = pair.rpartition("=")  # no label holds "=", a value may
        types = [type_name for type_name in stored_enums if new in labels_of(type_name)]
        if not equals or not types:
            raise WrongMapping(f"{new or pair!r} is no label of {', '.join(sorted(stored_enums))}; write OLD=LABEL")
        for type_name in types:
            _refuse_contradiction(type_name, old, new)
            held = None if old == NULL else old
            if mapping.setdefault((type_name, held), new) != new:
                raise WrongMapping(f"{old!r} is mapped to {mapping[type_name, held]!r} and to {new!r}")
    return mapping


def target_of(type_name: str, held: str | None, mapping: LabelMapping) -> str | None:
    """The declared label that a value should become: the one it spells otherwise, or the one a person chose.

    None for a label that is right, and for a value that nobody has decided about.
    """
    declared = labels_of(type_name)
    if held in declared:
        return None
    spelt = None if held is None else partner_of(held, declared)
    return spelt or mapping.get((type_name, held))


def map_option(held: str | None) -> str:
    """The option that decides about a value, as it is typed into a shell."""
    return f"--map {shlex.quote(f'{NULL if held is None else held}=LABEL')}"


def _refuse_contradiction(type_name: str, old: str, new: str) -> None:
    declared = labels_of(type_name)
    if old in declared:
        raise WrongMapping(f"{old!r} is a label of {type_name} itself, so nothing that holds it is in need of repair")
    spelt = partner_of(old, declared)
    if spelt not in (None, new):
        raise WrongMapping(f"{old!r} is another spelling of {spelt!r} and becomes that, not {new!r}")
