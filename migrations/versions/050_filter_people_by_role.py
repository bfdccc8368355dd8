"""Find the people with a role, and count them, without reading every place there is.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "050_filter_people_by_role"
down_revision = "049_find_own_limits"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_memberships_role_user_id")
        op.execute("CREATE INDEX CONCURRENTLY ix_memberships_role_user_id ON memberships (role, user_id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_memberships_role_user_id")
