"""Create login sessions: one row for each browser in which somebody is signed in, by the hash of its cookie.

Downgrade: everyone is signed out.
"""

from alembic import op

revision = "010_create_login_sessions"
down_revision = "009_create_memberships"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE login_sessions (
            id uuid NOT NULL,
            token_hash bytea NOT NULL,
            user_id uuid NOT NULL,
            organisation_id uuid,
            auth_time timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_seen_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            user_agent text,
            address text,
            CONSTRAINT pk_login_sessions PRIMARY KEY (id),
            CONSTRAINT uq_login_sessions_token_hash UNIQUE (token_hash),
            CONSTRAINT fk_login_sessions_user_id FOREIGN KEY (user_id) REFERENCES users (id),
            CONSTRAINT fk_login_sessions_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisations (id)
        )
    """)
    op.execute("""
        CREATE INDEX ix_login_sessions_user_id_created_at_live ON login_sessions (user_id, created_at)
        WHERE ended_at IS NULL
    """)


def downgrade() -> None:
    op.execute("DROP TABLE login_sessions")
