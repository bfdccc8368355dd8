"""Find organisations by SIC code.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "031_find_by_sic"
down_revision = "030_filter_suspended"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_sic_code")
        op.execute("CREATE INDEX CONCURRENTLY ix_organisations_sic_code ON organisations (sic_code, created_at, id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_sic_code")
