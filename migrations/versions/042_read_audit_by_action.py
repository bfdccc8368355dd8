"""Read what happened of one kind.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "042_read_audit_by_action"
down_revision = "041_read_audit_by_subject"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_action_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_audit_events_action_at ON audit_events (action, at, id)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_action_at")
