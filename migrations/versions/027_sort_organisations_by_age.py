"""Put organisations in order of when they came.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "027_sort_organisations_by_age"
down_revision = "026_sort_organisations_by_name"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_created_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_organisations_created_at ON organisations (created_at, id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_created_at")
