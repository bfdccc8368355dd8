"""`flask db check` sees labels, and does not crash on the very difference that matters."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from tests.migrations.databases import MigrationDatabase
from webapp import create_app
from webapp.database import Base
from webapp.schema.autogenerate import render_item


def run_check(database: MigrationDatabase, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    result = create_app(database.settings).test_cli_runner().invoke(args=["db", "check"])
    said = capfd.readouterr()  # Alembic keeps the standard output that it found when it was imported
    return result.exit_code, f"{result.output}{said.out}{said.err}{result.exception!r}"


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([], None),
        (["ALTER TYPE industry ADD VALUE 'spa'"], None),
        (["ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'"], "label_wrong_case"),
        (["ALTER TYPE subscription_plan RENAME VALUE 'basic' TO 'starter'"], "label_missing"),
        (["ALTER TABLE organisations ALTER COLUMN industry_type SET DEFAULT 'cinema'"], "default_differs"),
        (["ALTER TABLE organisations ALTER COLUMN industry_type DROP DEFAULT"], "default_missing"),
        (["ALTER TABLE organisations ADD CONSTRAINT theirs CHECK (industry_type <> 'gym')"], "check_undeclared"),
        (["ALTER TABLE organisations ALTER COLUMN industry_type DROP NOT NULL"], "modify_nullable"),
        (["ALTER TABLE users ADD COLUMN theirs text"], "remove_column"),
    ],
)
def test_the_check_tells_what_must_not_be_released(
    head: MigrationDatabase, capfd: pytest.CaptureFixture[str], statements: list[str], told: str | None
) -> None:
    with head.as_owner() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    code, output = run_check(head, capfd)
    assert code == (1 if told else 0), output
    assert (told or "") in output


def test_a_generated_migration_carries_labels_and_no_application(head: MigrationDatabase) -> None:
    with head.as_owner() as connection:
        connection.execute(sa.text("ALTER TABLE memberships DROP COLUMN role"))
        connection.execute(sa.text("ALTER TYPE industry RENAME VALUE 'gym' TO 'GYM'"))
        context = MigrationContext.configure(connection, opts={"render_item": render_item})
        script = produce_migrations(context, Base.metadata)
        code = render_python_code(
            script.upgrade_ops, render_item=render_item, migration_context=context, user_module_prefix=None
        )
    assert "postgresql.ENUM('owner', 'member', 'viewer', name='membership_role', create_type=False)" in code
    assert "raise RuntimeError(\"industry spells 'gym' as 'GYM'" in code
    assert "webapp" not in code
