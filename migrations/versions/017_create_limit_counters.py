"""Create the running counts of requests. Unlogged, because what they hold is worth an hour at most.

Most of each page is left free (fillfactor 40), so that a count is updated in place without touching the index.

Downgrade: everybody's count begins at nothing.
"""

from alembic import op

revision = "017_create_limit_counters"
down_revision = "016_create_usage_by_minute"


def upgrade() -> None:
    op.execute("""
        CREATE UNLOGGED TABLE limit_counters (
            key text NOT NULL,
            hour_used integer NOT NULL,
            hour_ends_at timestamptz NOT NULL,
            burst_used integer NOT NULL,
            burst_used_before integer NOT NULL DEFAULT 0,
            burst_ends_at timestamptz NOT NULL,
            CONSTRAINT pk_limit_counters PRIMARY KEY (key)
        ) WITH (fillfactor = 40)
    """)


def downgrade() -> None:
    op.execute("DROP TABLE limit_counters")
