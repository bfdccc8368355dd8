"""Filter organisations that are suspended, which are few.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "030_filter_suspended"
down_revision = "029_filter_by_plan"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_suspended")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_suspended ON organisations (created_at, id) WHERE NOT is_active"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_suspended")
