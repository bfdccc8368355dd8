"""Read where somebody has signed in, in order.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "038_read_sign_in_history"
down_revision = "037_filter_blocked_people"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_login_sessions_user_id_created_at")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_login_sessions_user_id_created_at ON login_sessions (user_id, created_at)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_login_sessions_user_id_created_at")
