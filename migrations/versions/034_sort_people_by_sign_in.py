"""Put people in order of when they last signed in.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "034_sort_people_by_sign_in"
down_revision = "033_find_people_by_name"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_last_signed_in_at")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_users_last_signed_in_at ON users (last_signed_in_at DESC NULLS LAST, id)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_last_signed_in_at")
