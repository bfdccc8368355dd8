"""Create organisations: the tenants, with the trade they are in as free text.

Downgrade: the organisations are gone.
"""

from alembic import op

revision = "001_create_organisations"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE organisations (
            id uuid NOT NULL,
            name text NOT NULL,
            industry text,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_organisations PRIMARY KEY (id),
            CONSTRAINT ck_organisations_name_length CHECK (length(name) BETWEEN 1 AND 120)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE organisations")
