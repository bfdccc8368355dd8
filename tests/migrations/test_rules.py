"""Every migration keeps the rules, and the rules can tell when one does not."""

import pytest

from tests.migrations.databases import MIGRATIONS, REVISIONS
from tests.migrations.rules import executed_before_configure, wrong_about
from webapp.schema.generate import Addition

ENV = (MIGRATIONS / "env.py").read_text()
ALONE = "ADD VALUE is not alone in its migration, inside autocommit_block()"
BLOCK = "autocommit_block() is not alone in upgrade(), with one op.execute() of one text in it"
FORM = " is not ALTER TYPE name ADD VALUE IF NOT EXISTS 'label' BEFORE or AFTER 'label'"
GOOD = Addition("industry", "spa", "AFTER 'retail'").migration("018_add_industry_spa", "017_before")
IMPORTS = "from alembic import op"
DOWN = '    """The label stays."""'
STATEMENT = "ALTER TYPE industry ADD VALUE IF NOT EXISTS 'spa' AFTER 'retail'"
IN_BLOCK = f'''    with op.get_context().autocommit_block():
        op.execute("{STATEMENT}")
'''


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_keeps_the_rules(revision: str) -> None:
    assert wrong_about((MIGRATIONS / "versions" / f"{revision}.py").read_text()) == []


def test_what_the_generator_writes_keeps_the_rules() -> None:
    assert wrong_about(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (IMPORTS, f"{IMPORTS}\nfrom webapp.domain.industries import Industry", "imports webapp.domain.industries"),
        (IMPORTS, f"{IMPORTS}\nimport flask", "imports flask"),
        (IMPORTS, f"{IMPORTS}\nfrom . import helpers", "imports ."),
        (IN_BLOCK, f'    op.execute("{STATEMENT}")\n', ALONE),
        (IN_BLOCK, f"{IN_BLOCK}    op.execute(\"UPDATE organisations SET industry_type = 'spa'\")\n", BLOCK),
        (IN_BLOCK, f'    op.execute("SELECT 1")\n{IN_BLOCK}', BLOCK),
        (IN_BLOCK, f'{IN_BLOCK}        op.execute("ANALYZE")\n', BLOCK),
        (IN_BLOCK, f'{IN_BLOCK}        op.execute("{STATEMENT}")\n', ALONE),
        (IN_BLOCK, IN_BLOCK.replace("with op", "with op.batch_alter_table('users'), op"), BLOCK),
        ("IF NOT EXISTS ", "", FORM),
        (STATEMENT, "CREATE INDEX CONCURRENTLY ix_users_name ON users (display_name)", "so that it can be run again"),
        (" AFTER 'retail'", "", FORM),
        ("'spa' AFTER", "'SPA' AFTER", FORM),
        ("'retail'\")", "'retail'; SELECT 1\")", FORM),
        ("op.execute(\"ALTER TYPE industry", "op.execute(f\"ALTER TYPE {name}", FORM),
        (DOWN, f'    op.execute("{STATEMENT}")', ALONE),
        (DOWN, '    op.execute("DROP TYPE industry")', "downgrade() does nothing"),
        (DOWN, "    op.execute(\"DELETE FROM pg_enum WHERE enumlabel = 'spa'\")", "own catalogue"),
        (DOWN, '    op.execute("SELECT enum_range(NULL::industry)")', "asks for all labels"),
    ],
)  # fmt: skip
def test_a_migration_that_breaks_a_rule_is_told(before: str, after: str, told: str) -> None:
    bad = GOOD.replace(before, after)
    assert bad != GOOD
    assert any(told in problem for problem in wrong_about(bad)), wrong_about(bad)


def test_no_statement_is_sent_before_the_run_is_configured() -> None:
    assert executed_before_configure(ENV) == []


CONFIGURE = "context.configure(connection=connection, **COMPARISON)"
CONNECT = "with engine.connect() as connection:"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (CONFIGURE, f"connection.execute(text('SET lock_timeout = 1000'))\n        {CONFIGURE}", "connection.execute"),
        (CONFIGURE, f"current = application_role(connection)\n        {CONFIGURE}", "application_role"),
        (CONFIGURE, f"with only_run(connection):\n            {CONFIGURE}", "only_run"),
        (CONFIGURE, CONFIGURE.replace("=connection", "=prepared(connection)"), "prepared"),
        (CONNECT, "with engine.connect() as connection, connection.begin():", "connection.begin"),
        (CONNECT, "with engine.begin() as connection:", "engine.begin"),
        (CONFIGURE, "pass", "context.configure() is not called"),
    ],
)  # fmt: skip
def test_a_statement_before_the_run_is_configured_is_told(before: str, after: str, told: str) -> None:
    assert ENV.count(before) == 1
    assert told in executed_before_configure(ENV.replace(before, after))


DROP, MAKE = "DROP INDEX CONCURRENTLY IF EXISTS ix_users_name", "CREATE INDEX CONCURRENTLY ix_users_name ON users (id)"


@pytest.mark.parametrize(
    ("statements", "is_allowed"),
    [
        ([DROP, MAKE], True),
        ([MAKE, DROP], False),
        ([MAKE], False),
        ([DROP.replace("name", "id"), MAKE], False),
        ([DROP, MAKE, MAKE], False),
        ([DROP, "ANALYZE"], False),
    ],
)
def test_an_index_is_made_alone_and_again_where_it_was_broken_off(statements: list[str], is_allowed: bool) -> None:
    block = "".join(f'        op.execute("{statement}")\n' for statement in statements)
    source = GOOD.replace(f'        op.execute("{STATEMENT}")\n', block)
    assert source != GOOD
    assert (wrong_about(source) == []) is is_allowed
