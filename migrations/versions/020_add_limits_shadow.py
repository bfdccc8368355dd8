"""Let limits be tried on one organisation without refusing anything, and count what would have been refused.

Downgrade: which organisations were on trial, and what would have been refused, is lost.
"""

from alembic import op

revision = "020_add_limits_shadow"
down_revision = "019_count_by_the_second"


def upgrade() -> None:
    op.execute("ALTER TABLE organisations ADD COLUMN limits_shadow boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE usage_by_minute ADD COLUMN over integer NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE usage_by_minute DROP COLUMN over")
    op.execute("ALTER TABLE organisations DROP COLUMN limits_shadow")
