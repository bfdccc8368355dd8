"""A new label in one reviewed step: the migration that is written, and what it does to a real database."""

import enum
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

import webapp.models
from tests.migrations.databases import REVISIONS, MigrationDatabase
from tests.schema.builds import PLANS, ROLES, ROOT, copy_build, environment_of
from webapp import create_app
from webapp.domain.stored_labels import labels_of, stored_enums
from webapp.schema.generate import LOCK_FILE, Lock, UnsafeChange, read_lock, write_migrations
from webapp.schema.revision import MIGRATIONS, number_of

assert webapp.models.__all__, "every model is imported, and with them every enum"

LABELS = "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder"
HEAD = REVISIONS[-1]
NEXT = number_of(HEAD) + 1

Declare = Callable[[str, list[str]], None]


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    return copy_migrations(tmp_path / "migrations")


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Gives an enum other labels, as if its file had been edited."""

    def declare_labels(type_name: str, labels: list[str]) -> None:
        members = enum.StrEnum("Edited", {label.upper(): label for label in labels})  # type: ignore[misc]
        monkeypatch.setitem(stored_enums, type_name, members)

    return declare_labels


def copy_migrations(folder: Path) -> Path:
    """The migrations as they stand, to be written to."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def labels_in(database: MigrationDatabase, type_name: str) -> list[str]:
    with database.as_owner() as connection:
        return list(connection.scalars(sa.text(LABELS), {"name": type_name}))


def ruff(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "ruff", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_lock_file_says_what_the_enums_declare() -> None:
    lock = read_lock()
    assert lock.labels == {name: labels_of(name) for name in stored_enums}
    assert lock.last_changed_by in REVISIONS
    assert (MIGRATIONS / LOCK_FILE).read_text() == lock.as_text()
    assert write_migrations() == []


def test_a_label_of_each_enum_is_added_in_its_place_and_stays(head: MigrationDatabase, tmp_path: Path) -> None:
    build = copy_build(tmp_path / "build")
    build.add_spa()
    build.edit(PLANS, '    BASIC = "basic"\n', '    TRIAL = "trial"\n    BASIC = "basic"\n')
    build.edit(
        PLANS,
        "    SubscriptionPlan.BASIC: P",
        '    SubscriptionPlan.TRIAL: PlanEntry("Trial", 1),\n    SubscriptionPlan.BASIC: P',
    )
    build.edit(ROLES, '    VIEWER = "viewer"\n', '    VIEWER = "viewer"\n    AUDITOR = "auditor"\n')
    build.edit(
        ROLES,
        '    MembershipRole.VIEWER: "Viewer",\n',
        '    MembershipRole.VIEWER: "Viewer",\n    MembershipRole.AUDITOR: "Auditor",\n',
    )
    nowhere = environment_of(head.settings, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")

    said = build.flask(nowhere, "enums", "migration")

    written = [
        f"{NEXT:03}_add_industry_spa",
        f"{NEXT + 1:03}_add_membership_role_auditor",
        f"{NEXT + 2:03}_add_subscription_plan_trial",
    ]
    assert said.splitlines()[:4] == [
        *(f"Wrote migrations/versions/{revision}.py" for revision in written),
        "Wrote migrations/enum_lock.json",
    ]
    assert "Nothing to write" in build.flask(nowhere, "enums", "migration")
    assert "'spa' AFTER 'retail'" in (build.migrations / "versions" / f"{written[0]}.py").read_text()
    ruff("check", str(build.migrations))
    ruff("format", "--check", str(build.migrations))

    database = head.along(build.migrations)
    before = {name: labels_in(database, name) for name in stored_enums}
    database.upgrade()
    after = {name: labels_in(database, name) for name in stored_enums}
    assert after == read_lock(build.migrations).labels
    assert after["industry"] == [*before["industry"][:-1], "spa", "default"]
    assert after["subscription_plan"] == ["trial", *before["subscription_plan"]]
    assert after["membership_role"] == [*before["membership_role"], "auditor"]
    assert database.revision() == written[-1]

    with database.as_owner() as connection:  # as if it had been broken off between the label and the revision
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    database.upgrade()
    assert {name: labels_in(database, name) for name in stored_enums} == after

    database.downgrade(HEAD)
    assert {name: labels_in(database, name) for name in stored_enums} == after
    database.upgrade()
    said = build.flask(environment_of(head.settings), "enums", "check", "--rows", "--strict")
    assert said == "The database is what this build needs.\n"


def test_a_label_may_be_used_by_the_next_migration_of_the_same_run(
    empty: MigrationDatabase, migrations: Path, declare: Declare
) -> None:
    declare("industry", [*labels_of("industry"), "spa"])
    label, _ = write_migrations(migrations)
    (migrations / "versions" / f"{NEXT + 1:03}_use_it.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '{NEXT + 1:03}_use_it', '{label.stem}'\n"
        "def upgrade():\n"
        "    op.execute(\"ALTER TABLE organisations ALTER COLUMN industry_type SET DEFAULT 'spa'\")\n"
    )
    database = empty.along(migrations)
    database.upgrade()  # from nothing to head in one run, which on PostgreSQL 15 one transaction could not do
    assert database.revision() == f"{NEXT + 1:03}_use_it"


def test_two_labels_are_two_migrations_in_the_order_of_declaration(migrations: Path, declare: Declare) -> None:
    declare("industry", ["barber", "spa", *labels_of("industry")])
    barber, spa, lock = write_migrations(migrations)
    assert "ADD VALUE IF NOT EXISTS 'barber' BEFORE 'cinema'" in barber.read_text()
    assert "ADD VALUE IF NOT EXISTS 'spa' AFTER 'barber'" in spa.read_text()
    assert json.loads(lock.read_text())["last_changed_by"] == spa.stem
    assert ScriptDirectory(migrations).get_heads() == [spa.stem]
    assert write_migrations(migrations) == []


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("gold", "add_subscription_plan_gold"),
        ("platinum_plus", "add_platinum_plus"),
        ("a_label_as_long_as_labels_may_be", "add_a_label_as_long_as_label"),
    ],
)
def test_a_name_is_cut_to_what_the_database_can_hold(migrations: Path, declare: Declare, label: str, name: str) -> None:
    declare("subscription_plan", [*labels_of("subscription_plan"), label])
    written = write_migrations(migrations)[0]
    assert written.stem == f"{NEXT:03}_{name}"
    assert len(written.stem) <= 32


@pytest.mark.parametrize("type_name", sorted(stored_enums))
def test_what_no_migration_can_do_safely_is_refused(migrations: Path, declare: Declare, type_name: str) -> None:
    first, second, *rest = labels_of(type_name)
    files = {path: path.read_bytes() for path in migrations.rglob("*.*")}
    for labels, told in [
        ([first, *rest], f"{type_name} no longer declares '{second}'. A label is never removed or renamed"),
        ([first, "renamed", *rest], "To rename it, add the new label, release, move the rows to it, and retire"),
        ([second, first, *rest], f"in another order. .* put them back as '{first}', '{second}', "),
        (["new", second, first, *rest], "in another order"),
    ]:
        declare(type_name, labels)
        with pytest.raises(UnsafeChange, match=told):
            write_migrations(migrations)
    assert {path: path.read_bytes() for path in migrations.rglob("*.*") if path.suffix != ".pyc"} == files


def test_the_command_says_so_in_one_line_and_ends_with_one(empty: MigrationDatabase, declare: Declare) -> None:
    run = create_app(empty.settings).test_cli_runner().invoke
    nothing = run(args=["enums", "migration"])
    assert (nothing.exit_code, nothing.output) == (0, "Nothing to write: the migrations make every label.\n")
    assert run(args=["enums", "migration", "spa"]).exit_code == 2
    declare("industry", labels_of("industry")[1:])
    refused = run(args=["enums", "migration"])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: industry no longer declares 'cinema'. ")
    assert refused.output.count("\n") == 1


def test_a_type_that_is_gone_is_refused(migrations: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(stored_enums, "industry")
    with pytest.raises(UnsafeChange, match="No enum is stored as industry any more"):
        write_migrations(migrations)


def test_a_new_type_is_recorded_once_a_migration_creates_it(migrations: Path, declare: Declare) -> None:
    declare("colour", ["red", "green"])
    with pytest.raises(UnsafeChange, match=r"by hand, as 003_.* CREATE TYPE colour AS ENUM \('red', 'green'\)"):
        write_migrations(migrations)

    creator = migrations / "versions" / f"{NEXT:03}_add_colour.py"
    text = (
        f"from alembic import op\nrevision, down_revision = '{creator.stem}', '{HEAD}'\n"
        "def upgrade():\n    op.execute(\"CREATE TYPE colour AS ENUM ('red', 'blue')\")\n"
        "def downgrade():\n    op.execute(\"CREATE TYPE other AS ENUM ('red', 'green')\")\n"
    )
    creator.write_text(text)
    with pytest.raises(UnsafeChange, match=f"{creator.stem} creates colour with other labels .* 'red', 'green'"):
        write_migrations(migrations)

    creator.write_text(text.replace("blue", "green"))
    assert write_migrations(migrations) == [migrations / LOCK_FILE]
    assert read_lock(migrations) == Lock(creator.stem, {name: labels_of(name) for name in stored_enums})
    declare("colour", ["red", "amber", "green"])
    assert (
        "ALTER TYPE colour ADD VALUE IF NOT EXISTS 'amber' AFTER 'red'" in write_migrations(migrations)[0].read_text()
    )


def test_two_last_migrations_are_refused(migrations: Path, declare: Declare) -> None:
    declare("industry", [*labels_of("industry"), "spa"])
    ours, lock = write_migrations(migrations)
    theirs = ours.with_name(f"{NEXT:03}_add_industry_barber.py")
    theirs.write_text(ours.read_text().replace(ours.stem, theirs.stem))
    shutil.copy(MIGRATIONS / LOCK_FILE, lock)
    with pytest.raises(UnsafeChange, match=f"Several migrations are the last one: {theirs.stem}, {ours.stem}"):
        write_migrations(migrations)


def test_a_lock_file_in_conflict_is_refused(migrations: Path) -> None:
    (migrations / LOCK_FILE).write_text("<<<<<<< HEAD\n")
    with pytest.raises(UnsafeChange, match=r"cannot be read\. After a merge, take the other branch's"):
        write_migrations(migrations)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("theirs", [("industry", "barber"), ("membership_role", "auditor")])
def test_two_branches_that_each_add_a_label_meet_as_a_conflict(
    tmp_path: Path, declare: Declare, theirs: tuple[str, str]
) -> None:
    def git(*words: str, ends: int = 0) -> None:
        person = ("-c", "user.name=Ann", "-c", "user.email=ann@foyer.example", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *person, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == ends, done.stdout + done.stderr

    def commit(text: str) -> None:
        (tmp_path / LOCK_FILE).write_text(text)
        git("add", LOCK_FILE)
        git("commit", "-qm", "The lock file")

    git("init", "-q", "-b", "main")
    commit((MIGRATIONS / LOCK_FILE).read_text())
    git("branch", "ours")
    for branch, (type_name, label) in (("main", theirs), ("ours", ("industry", "spa"))):
        declared = labels_of(type_name)
        declare(type_name, [*declared, label])
        git("checkout", "-q", branch)
        commit(write_migrations(copy_migrations(tmp_path / branch))[-1].read_text())
        declare(type_name, declared)

    git("merge", "main", ends=1)
    with pytest.raises(UnsafeChange, match="cannot be read"):
        read_lock(tmp_path)
