"""Read what was done to somebody.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "041_read_audit_by_subject"
down_revision = "040_read_audit_by_person"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_subject_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_audit_events_subject_at ON audit_events (subject, at)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_subject_at")
