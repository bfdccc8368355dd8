"""Find people by a part of their address.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "032_find_people_by_address"
down_revision = "031_find_by_sic"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_email_trigrams")
        op.execute("CREATE INDEX CONCURRENTLY ix_users_email_trigrams ON users USING gin (lower(email) gin_trgm_ops)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_email_trigrams")
