"""Find people by the beginning of a word in their name in one pass over the index instead of two.

With a space before it every word of a name begins alike, the first one too. The index is made anew, without holding
anybody up; while it is, searching takes its time.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "057_search_people_by_word"
down_revision = "056_search_names_by_word"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_display_name_trigrams")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_users_display_name_trigrams"
            " ON users USING gin ((' ' || lower(display_name)) gin_trgm_ops)"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_users_display_name_trigrams")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_users_display_name_trigrams"
            " ON users USING gin (lower(display_name) gin_trgm_ops)"
        )
