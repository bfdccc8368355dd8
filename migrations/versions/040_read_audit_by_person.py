"""Read what somebody did.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "040_read_audit_by_person"
down_revision = "039_read_audit_log"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_actor_user_id_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_audit_events_actor_user_id_at ON audit_events (actor_user_id, at)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_actor_user_id_at")
