"""Remember of a platform admin that it is the provider who says so.

Downgrade: who is an admin by claim stays one until somebody revokes it.
"""

from alembic import op

revision = "044_add_admin_by_claim"
down_revision = "043_read_audit_by_reference"


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD COLUMN is_admin_by_claim boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN is_admin_by_claim")
