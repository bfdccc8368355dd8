"""Let names and addresses be searched by their parts.

The extension is trusted since PostgreSQL 13: whoever owns the database may add it.

Downgrade: nothing is lost.
"""

from alembic import op

revision = "024_add_trigrams"
down_revision = "023_create_count_request"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def downgrade() -> None:
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")
