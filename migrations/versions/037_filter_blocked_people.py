"""Filter people who are blocked, who are few.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "037_filter_blocked_people"
down_revision = "036_filter_platform_admins"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_blocked")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_users_blocked"
            " ON users (last_signed_in_at DESC NULLS LAST, id) WHERE NOT is_active"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_blocked")
