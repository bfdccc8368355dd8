"""Filter organisations by plan.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "029_filter_by_plan"
down_revision = "028_filter_by_industry"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_subscription_plan_created_at")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_subscription_plan_created_at"
            " ON organisations (subscription_plan, created_at, id)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_subscription_plan_created_at")
