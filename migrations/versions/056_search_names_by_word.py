"""Find organisations by the beginning of a word in their name in one pass over the index instead of two.

With a space before it every word of a name begins alike, the first one too. The index is made anew, without holding
anybody up; while it is, searching takes its time.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "056_search_names_by_word"
down_revision = "055_tell_whose_counts"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_name_trigrams")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_name_trigrams"
            " ON organisations USING gin ((' ' || lower(name)) gin_trgm_ops)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_organisations_name_trigrams")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_organisations_name_trigrams"
            " ON organisations USING gin (lower(name) gin_trgm_ops)"
        )
