"""Filter organisations by industry, and count them by it.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "028_filter_by_industry"
down_revision = "027_sort_organisations_by_age"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_industry_type_created_at")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_industry_type_created_at"
            " ON organisations (industry_type, created_at, id)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_industry_type_created_at")
