"""Find the organisations that have an hourly limit of their own, who are few.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "049_find_own_limits"
down_revision = "048_follow_newcomers"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_own_limit")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_own_limit"
            " ON organisations (id, rate_limit_per_hour) WHERE rate_limit_per_hour IS NOT NULL"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_own_limit")
