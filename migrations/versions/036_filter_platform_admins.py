"""Filter platform admins, who are few.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "036_filter_platform_admins"
down_revision = "035_sort_people_by_name"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_platform_admins")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_users_platform_admins"
            " ON users (last_signed_in_at DESC NULLS LAST, id) WHERE is_platform_admin"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_platform_admins")
