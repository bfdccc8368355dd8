"""Let a platform admin look at Foyer as somebody else sees it: whom, in which login session, and until when.

Downgrade: whoever is looking as somebody else is themselves again.
"""

from alembic import op

revision = "045_create_looks"
down_revision = "044_add_admin_by_claim"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE looks (
            login_session_id uuid NOT NULL,
            user_id uuid NOT NULL,
            organisation_id uuid NOT NULL,
            began_at timestamptz NOT NULL DEFAULT now(),
            ends_at timestamptz NOT NULL,
            CONSTRAINT pk_looks PRIMARY KEY (login_session_id),
            CONSTRAINT fk_looks_login_session_id FOREIGN KEY (login_session_id) REFERENCES login_sessions (id)
                ON DELETE CASCADE,
            CONSTRAINT fk_looks_user_id FOREIGN KEY (user_id) REFERENCES users (id),
            CONSTRAINT fk_looks_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisations (id)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE looks")
