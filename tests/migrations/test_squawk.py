"""squawk reads the SQL of the whole chain, and finds nothing in it that would hold people up."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.migrations.databases import MIGRATIONS, MigrationDatabase

SQUAWK = Path(sys.executable).parent / "squawk"
CONFIGURATION = MIGRATIONS.parent / ".squawk.toml"
TOLD = tomllib.loads(CONFIGURATION.read_text())
ALLOWED = {(name, rule) for name, rules in TOLD["allowed"].items() for rule in rules}
RUNNING = "-- Running upgrade "


@pytest.fixture
def chain(empty: MigrationDatabase, capsys: pytest.CaptureFixture[str]) -> str:
    """The SQL from an empty database to head."""
    empty.print_sql("head")
    return capsys.readouterr().out


def found_in(sql: str, *, configuration: Path = CONFIGURATION) -> set[tuple[str, str]]:
    """(revision, rule) for everything squawk says. What comes before the first migration is Alembic's own."""
    words = [str(SQUAWK), "--pg-version=15", "--reporter=json", f"--config={configuration}"]
    done = subprocess.run(words, input=sql, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    lines = sql.splitlines()
    return {(revision_at(lines[: finding["line"] + 1]), finding["rule_name"]) for finding in json.loads(done.stdout)}


def revision_at(lines: list[str]) -> str:
    """The migration that the last of these lines belongs to."""
    running = next((line for line in reversed(lines) if line.startswith(RUNNING)), f"{RUNNING}alembic_version")
    return running.split()[-1]


def test_nothing_holds_people_up_but_what_is_allowed_with_a_reason(chain: str) -> None:
    assert found_in(chain) == ALLOWED


def test_each_rule_that_is_left_out_would_otherwise_be_broken(chain: str, tmp_path: Path) -> None:
    everything = tmp_path / "squawk.toml"
    everything.write_text("")
    broken = {rule for _, rule in found_in(chain, configuration=everything)}
    assert set(TOLD["excluded_rules"]) <= broken
    assert all(reason for rules in TOLD["allowed"].values() for reason in rules.values())


def test_a_new_label_holds_nobody_up(chain: str) -> None:
    longer = f"{chain}\n{RUNNING}head -> 999_spa\nALTER TYPE industry ADD VALUE IF NOT EXISTS 'spa' AFTER 'retail';\n"
    assert found_in(longer) == ALLOWED


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TYPE industry ADD VALUE IF NOT EXISTS 'spa'", "require-enum-value-ordering"),
        ("ALTER TYPE industry RENAME VALUE 'gym' TO 'club'", "renaming-object"),
        ("DROP TYPE industry", "ban-drop-type"),
        ("ALTER TABLE organisations ALTER COLUMN industry_type TYPE text", "changing-column-type"),
        ("ALTER TABLE organisations ADD COLUMN size integer NOT NULL", "adding-required-field"),
        ("CREATE INDEX ix_organisations_name ON organisations (name)", "require-concurrent-index-creation"),
    ],
)
def test_a_migration_that_would_is_told(chain: str, statement: str, rule: str) -> None:
    worse = f"{chain}\nBEGIN;\n{RUNNING}head -> 999_worse\n{statement};\nCOMMIT;\n"
    assert ("999_worse", rule) in found_in(worse)
