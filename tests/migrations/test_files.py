"""What can be told about the migrations by their names. What stands in them has rules.py."""

import ast
import re

import pytest
from alembic.script import ScriptDirectory

from tests.migrations.databases import MIGRATIONS, REVISIONS

STORY = [
    "001_create_organisations",
    "002_create_users",
    "003_add_subscription_plan",
    "004_add_is_active",
    "005_add_rate_limits",
    "006_add_sic_code",
    "007_add_industry_type",
]


def test_the_chain_is_one_line_from_the_first_file_to_the_last() -> None:
    files = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    assert files == REVISIONS
    assert files[: len(STORY)] == STORY
    assert [int(name[:3]) for name in files] == list(range(1, len(files) + 1))
    assert len(ScriptDirectory(MIGRATIONS).get_heads()) == 1


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_is_named_and_says_what_becomes_of_the_rows(revision: str) -> None:
    assert re.fullmatch(r"[0-9]{3}_[a-z0-9_]+", revision)
    assert len(revision) <= 32, "alembic_version has no room for more"
    source = (MIGRATIONS / "versions" / f"{revision}.py").read_text()
    tree = ast.parse(source)
    assert "Downgrade: " in (ast.get_docstring(tree) or ""), "say what becomes of the rows"
