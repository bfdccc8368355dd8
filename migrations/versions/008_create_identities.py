"""Create identities: what a person is recognised by, an issuer and its permanent name for them.

The reference to the user is checked at commit, so that the identity can go in first and settle who makes the user.

Downgrade: nobody who signed in before is recognised any more; the users themselves stay.
"""

from alembic import op

revision = "008_create_identities"
down_revision = "007_add_industry_type"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE identities (
            id uuid NOT NULL,
            user_id uuid NOT NULL,
            issuer text NOT NULL,
            subject text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_identities PRIMARY KEY (id),
            CONSTRAINT uq_identities_issuer_subject UNIQUE (issuer, subject),
            CONSTRAINT fk_identities_user_id FOREIGN KEY (user_id) REFERENCES users (id)
                DEFERRABLE INITIALLY DEFERRED
        )
    """)
    op.execute("CREATE INDEX ix_identities_user_id ON identities (user_id)")


def downgrade() -> None:
    op.execute("DROP TABLE identities")
