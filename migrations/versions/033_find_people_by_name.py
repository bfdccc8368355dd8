"""Find people by the beginning of a word in their name.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "033_find_people_by_name"
down_revision = "032_find_people_by_address"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_display_name_trigrams")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_users_display_name_trigrams"
            " ON users USING gin (lower(display_name) gin_trgm_ops)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_display_name_trigrams")
