"""Writes the migration for a label that an enum has gained: numbered, alone, and in the place where it was declared.

A committed lock file holds the labels that the migrations make and the revision that changed them last. It is compared
with the enums, so no database is needed, and two branches that each add a label always meet as a merge conflict.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory

from webapp.domain.errors import Refusal
from webapp.domain.stored_labels import labels_of, stored_enums
from webapp.schema.findings import literal
from webapp.schema.revision import MIGRATIONS, number_of

LOCK_FILE = "enum_lock.json"
LONGEST_REVISION = 32  # alembic_version has no room for more

_MIGRATION = '''"""Add the label {label} to {type_name}, alone: it can be used only once its transaction is over.

No table is locked and no row is touched. A build that does not know the label shows it and never rewrites it. A run
that was broken off may be started again.

Downgrade: does nothing. PostgreSQL cannot drop a label, rows may hold it, and one that nobody chooses harms nobody.
"""

from alembic import op

revision = "{revision}"
down_revision = "{previous}"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE {type_name} ADD VALUE IF NOT EXISTS {label} {place}")


def downgrade() -> None:
    """The label stays."""
'''


class UnsafeChange(Refusal):
    """An enum was changed in a way that no migration can follow safely. The text says what to do instead."""


@dataclass(frozen=True)
class Lock:
    """The labels that the migrations make, and the revision that changed them last: both branches change that line."""

    last_changed_by: str
    labels: dict[str, list[str]]

    def as_text(self) -> str:
        """A label on each line, so that a difference is one line too."""
        labels = {type_name: self.labels[type_name] for type_name in sorted(self.labels)}
        return json.dumps({"last_changed_by": self.last_changed_by, "labels": labels}, indent=2) + "\n"


@dataclass(frozen=True)
class Addition:
    """A label that an enum has gained, and beside which other it stands."""

    type_name: str
    label: str
    place: str

    def revision(self, number: int) -> str:
        """The name of its migration, without the type when both would be too long."""
        names = (f"{number:03}_add_{self.type_name}_{self.label}", f"{number:03}_add_{self.label}")
        return next((name for name in names if len(name) <= LONGEST_REVISION), names[1][:LONGEST_REVISION].rstrip("_"))

    def migration(self, revision: str, previous: str) -> str:
        return _MIGRATION.format(
            label=literal(self.label),
            type_name=self.type_name,
            place=self.place,
            revision=revision,
            previous=previous,
        )


def write_migrations(folder: Path = MIGRATIONS) -> list[Path]:
    """Writes a migration for each new label, then the lock file. Returns the files written, none if nothing changed.

    A type that the lock file does not hold yet is recorded there once a migration creates it with the same labels.
    Raises UnsafeChange, and has then written nothing.
    """
    scripts = ScriptDirectory(str(folder))
    lock = read_lock(folder)
    additions = list(find_additions(lock))
    creators = [_creator(scripts, type_name) for type_name in sorted(stored_enums.keys() - lock.labels.keys())]
    if not additions and not creators:
        return []
    revision = _only_head(scripts)
    files: dict[Path, str] = {}
    for addition in additions:
        previous, revision = revision, addition.revision(number_of(revision) + 1)
        files[folder / "versions" / f"{revision}.py"] = addition.migration(revision, previous)
    last_changed_by = revision if additions else max(creators, key=number_of)
    files[folder / LOCK_FILE] = Lock(last_changed_by, {name: labels_of(name) for name in stored_enums}).as_text()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return list(files)


def read_lock(folder: Path = MIGRATIONS) -> Lock:
    """What the lock file says. Raises UnsafeChange when it cannot be read, as after a merge that met a conflict."""
    try:
        return Lock(**json.loads((folder / LOCK_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UnsafeChange(
            f"migrations/{LOCK_FILE} cannot be read. After a merge, take the other branch's, delete the migration that"
            " this branch wrote, and run this again"
        ) from error


def find_additions(lock: Lock) -> Iterator[Addition]:
    """The labels that enums declare beyond the lock file, in order. Raises UnsafeChange when anything else differs."""
    for type_name, made in sorted(lock.labels.items()):
        if type_name not in stored_enums:
            raise UnsafeChange(
                f"No enum is stored as {type_name} any more. Types are not dropped by this command: release the builds"
                " that stop using it, then drop column and type in a migration of their own, and take the type out of"
                f" migrations/{LOCK_FILE} there"
            )
        declared = labels_of(type_name)
        _refuse_other_changes(type_name, made, declared)
        for position, label in enumerate(declared):
            if label not in made:
                place = f"AFTER {literal(declared[position - 1])}" if position else f"BEFORE {literal(made[0])}"
                yield Addition(type_name, label, place)


def _refuse_other_changes(type_name: str, made: list[str], declared: list[str]) -> None:
    gone = [label for label in made if label not in declared]
    if gone:
        raise UnsafeChange(
            f"{type_name} no longer declares {_listed(gone)}. A label is never removed or renamed, because rows and"
            " running builds hold it: put the member back. To retire it, stop offering it (an industry has"
            " may_be_chosen=False). To rename it, add the new label, release, move the rows to it, and retire the old"
            " one. docs/operate.md has both recipes"
        )
    if [label for label in declared if label in made] != made:
        raise UnsafeChange(
            f"{type_name} declares its labels in another order. PostgreSQL keeps them as they were made: put them back"
            f" as {_listed(made)}. Pages follow the order of the catalogue, which may be any"
        )


def _creator(scripts: ScriptDirectory, type_name: str) -> str:
    """The revision that creates a type with the labels its enum declares. Raises UnsafeChange when there is none."""
    declared = labels_of(type_name)
    create_type = re.compile(rf"\bCREATE\s+TYPE\s+\"?{re.escape(type_name)}\"?\s+AS\s+ENUM\s*\((.*?)\)", re.S | re.I)
    for script in scripts.walk_revisions():
        created = create_type.search(_upgrade_sql(Path(script.path)))
        if created and re.findall(r"'([^']*)'", created.group(1)) == declared:
            return script.revision
        if created:
            raise UnsafeChange(
                f"{script.revision} creates {type_name} with other labels than its enum declares, which are"
                f" {_listed(declared)}: make them the same"
            )
    raise UnsafeChange(
        f"{type_name} is a new type. Write the migration that creates it by hand, as 003_add_subscription_plan does,"
        f" with CREATE TYPE {type_name} AS ENUM ({_listed(declared)}). Then run this again, which records it"
    )


def _upgrade_sql(path: Path) -> str:
    """Every text in a migration's upgrade()."""
    functions = (node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef))
    upgrade = next((node for node in functions if node.name == "upgrade"), None)
    texts = (node.value for node in ast.walk(upgrade) if isinstance(node, ast.Constant)) if upgrade else ()
    return "\n".join(text for text in texts if isinstance(text, str))


def _only_head(scripts: ScriptDirectory) -> str:
    heads = scripts.get_heads()
    if len(heads) != 1:
        raise UnsafeChange(
            f"Several migrations are the last one: {', '.join(sorted(heads))}. Number yours after the other, or delete"
            f" it if this command wrote it; take the other branch's migrations/{LOCK_FILE} and run this again"
        )
    return heads[0]


def _listed(labels: list[str]) -> str:
    return ", ".join(map(literal, labels))
