"""Keep industry and plan in the index of the suspended, so that those of one industry or plan are found in it alone.

Made anew without holding anybody up, and from the beginning where it was broken off before; while it is, the list of
the suspended takes its time.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "054_narrow_suspended"
down_revision = "053_keep_display_names_indexed"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_suspended")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_suspended ON organisations (created_at, id)"
            " INCLUDE (industry_type, subscription_plan) WHERE NOT is_active"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_suspended")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_suspended ON organisations (created_at, id) WHERE NOT is_active"
        )
