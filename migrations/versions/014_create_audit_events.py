"""Create the audit log: who did what to whom.

Downgrade: the log is gone. Export it first.
"""

from alembic import op

revision = "014_create_audit_events"
down_revision = "013_create_sic_codes"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE audit_events (
            id uuid NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            actor text NOT NULL,
            actor_user_id uuid,
            action text NOT NULL,
            organisation_id uuid,
            subject text,
            changes jsonb NOT NULL DEFAULT '{}',
            reason text,
            reference text,
            CONSTRAINT pk_audit_events PRIMARY KEY (id),
            CONSTRAINT ck_audit_events_actor_known CHECK (actor IN ('user', 'cli', 'system')),
            CONSTRAINT ck_audit_events_actor_user_named CHECK ((actor = 'user') = (actor_user_id IS NOT NULL)),
            CONSTRAINT fk_audit_events_actor_user_id FOREIGN KEY (actor_user_id) REFERENCES users (id),
            CONSTRAINT fk_audit_events_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisations (id)
        )
    """)
    op.execute("CREATE INDEX ix_audit_events_organisation_id_at ON audit_events (organisation_id, at)")


def downgrade() -> None:
    op.execute("DROP TABLE audit_events")
