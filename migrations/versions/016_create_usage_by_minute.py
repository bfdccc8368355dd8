"""Create the usage history: requests let in and refused, by organisation and minute.

Downgrade: the history is gone; limits are counted elsewhere and go on.
"""

from alembic import op

revision = "016_create_usage_by_minute"
down_revision = "015_create_activity"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE usage_by_minute (
            organisation_id uuid NOT NULL,
            minute timestamptz NOT NULL,
            used integer NOT NULL DEFAULT 0,
            refused integer NOT NULL DEFAULT 0,
            CONSTRAINT pk_usage_by_minute PRIMARY KEY (organisation_id, minute),
            CONSTRAINT fk_usage_by_minute_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisations (id)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE usage_by_minute")
