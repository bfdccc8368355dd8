"""Remember since when each part of the system has been as it is.

Downgrade: how long that has been so is forgotten.
"""

from alembic import op

revision = "046_create_health_states"
down_revision = "045_create_looks"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE health_states (
            check_name text NOT NULL,
            state text NOT NULL,
            since timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_health_states PRIMARY KEY (check_name)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE health_states")
