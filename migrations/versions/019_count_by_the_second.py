"""Keep the running counts by the second of the last minute, so that a burst is never more than its limit in any 60 s.

The counts of the moment are dropped: they are worth an hour at most. `slots` is a ring of 61 seconds, the one with
number n at place n % 61 + 1; the second in which a request came counts whole, hence one more than 60.

Downgrade: everybody's count begins at nothing again.
"""

from alembic import op

revision = "019_count_by_the_second"
down_revision = "018_create_enum_repairs"


def upgrade() -> None:
    op.execute("DROP TABLE limit_counters")
    op.execute("""
        CREATE UNLOGGED TABLE limit_counters (
            key text NOT NULL,
            hour bigint NOT NULL,
            hour_used integer NOT NULL,
            second bigint NOT NULL,
            slots integer[] NOT NULL,
            burst_used integer NOT NULL,
            minute bigint NOT NULL,
            minute_used integer NOT NULL,
            minute_refused integer NOT NULL,
            minute_over integer NOT NULL,
            CONSTRAINT pk_limit_counters PRIMARY KEY (key)
        ) WITH (fillfactor = 40)
    """)


def downgrade() -> None:
    op.execute("DROP TABLE limit_counters")
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
