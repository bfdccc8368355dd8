"""Let an organisation be suspended and a person be blocked. Everyone who is there already stays active.

Downgrade: who was suspended or blocked is lost, and may come in again.
"""

from alembic import op

revision = "004_add_is_active"
down_revision = "003_add_subscription_plan"


def upgrade() -> None:
    op.execute("ALTER TABLE organisations ADD COLUMN is_active boolean NOT NULL DEFAULT true")
    op.execute("ALTER TABLE users ADD COLUMN is_active boolean NOT NULL DEFAULT true")


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN is_active")
    op.execute("ALTER TABLE organisations DROP COLUMN is_active")
