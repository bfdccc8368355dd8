"""Create the record of what `flask enums repair` moved: each row, what it held before and what it holds since.

Downgrade: what the moved rows held before is lost. Export it first.
"""

from alembic import op

revision = "018_create_enum_repairs"
down_revision = "017_create_limit_counters"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE enum_repairs (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            at timestamptz NOT NULL DEFAULT now(),
            table_name text NOT NULL,
            column_name text NOT NULL,
            row_id text NOT NULL,
            old_label text,
            new_label text NOT NULL,
            CONSTRAINT pk_enum_repairs PRIMARY KEY (id)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE enum_repairs")
