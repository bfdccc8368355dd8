"""Find the organisations of an industry that have a plan, or that there are none.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "051_filter_by_industry_and_plan"
down_revision = "050_filter_people_by_role"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_industry_type_subscription_plan")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_industry_type_subscription_plan"
            " ON organisations (industry_type, subscription_plan, created_at, id)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_industry_type_subscription_plan")
