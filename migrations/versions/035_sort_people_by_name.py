"""Put people in order of their names.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "035_sort_people_by_name"
down_revision = "034_sort_people_by_sign_in"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_lower_display_name")
        op.execute("CREATE INDEX CONCURRENTLY ix_users_lower_display_name ON users (lower(display_name), id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_lower_display_name")
