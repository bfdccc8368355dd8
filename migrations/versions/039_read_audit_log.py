"""Read the audit log from its end.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "039_read_audit_log"
down_revision = "038_read_sign_in_history"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_audit_events_at ON audit_events (at, id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_at")
