"""Find what an error page's reference belongs to.

Without holding anybody up, and from the beginning where it was broken off before.

Downgrade: nothing is lost but time.
"""

from alembic import op

revision = "043_read_audit_by_reference"
down_revision = "042_read_audit_by_action"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_reference")
        op.execute("CREATE INDEX CONCURRENTLY ix_audit_events_reference ON audit_events (reference)")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_audit_events_reference")
