"""Remember of an organisation which step of its first visit is counted next.

Empty for those who are there already: what nobody saw them do is not counted of them now.

Downgrade: newcomers who are on their way are not counted at their next step.
"""

from alembic import op

revision = "048_follow_newcomers"
down_revision = "047_create_worker_signs"


def upgrade() -> None:
    op.execute("ALTER TABLE organisations ADD COLUMN awaited_step text")


def downgrade() -> None:
    op.execute("ALTER TABLE organisations DROP COLUMN awaited_step")
