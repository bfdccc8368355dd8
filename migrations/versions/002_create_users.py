"""Create users: the people who sign in. An e-mail address may be missing, and is not what they are recognised by.

Downgrade: the users are gone.
"""

from alembic import op

revision = "002_create_users"
down_revision = "001_create_organisations"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE users (
            id uuid NOT NULL,
            email text,
            email_verified boolean,
            display_name text NOT NULL,
            is_platform_admin boolean NOT NULL DEFAULT false,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_signed_in_at timestamptz,
            CONSTRAINT pk_users PRIMARY KEY (id)
        )
    """)
    op.execute("CREATE INDEX ix_users_email_lower ON users (lower(email))")


def downgrade() -> None:
    op.execute("DROP TABLE users")
