"""Create the hourly counts behind the admin's charts. Industry is text: counting must not depend on an enum type.

Downgrade: the history of the charts is gone.
"""

from alembic import op

revision = "015_create_activity"
down_revision = "014_create_audit_events"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE activity (
            hour timestamptz NOT NULL,
            what text NOT NULL,
            cause text NOT NULL DEFAULT '',
            industry text NOT NULL DEFAULT '',
            count integer NOT NULL,
            CONSTRAINT pk_activity PRIMARY KEY (hour, what, cause, industry)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE activity")
