"""Put organisations in order of their names.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "026_sort_organisations_by_name"
down_revision = "025_find_organisations_by_name"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_lower_name")
        op.execute("CREATE INDEX CONCURRENTLY ix_organisations_lower_name ON organisations (lower(name), id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_lower_name")
