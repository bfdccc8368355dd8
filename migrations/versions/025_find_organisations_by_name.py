"""Find organisations by the beginning of a word in their name.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "025_find_organisations_by_name"
down_revision = "024_add_trigrams"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_name_trigrams")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_name_trigrams"
            " ON organisations USING gin (lower(name) gin_trgm_ops)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_name_trigrams")
