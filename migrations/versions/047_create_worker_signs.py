"""Let every worker process leave a sign of life. Unlogged: after a crash of the database it is left again.

Downgrade: which workers are there is unknown until the next upgrade.
"""

from alembic import op

revision = "047_create_worker_signs"
down_revision = "046_create_health_states"


def upgrade() -> None:
    op.execute("""
        CREATE UNLOGGED TABLE worker_signs (
            id uuid NOT NULL,
            host text NOT NULL,
            process_id integer NOT NULL,
            release text NOT NULL,
            store text NOT NULL,
            started_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            CONSTRAINT pk_worker_signs PRIMARY KEY (id)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE worker_signs")
