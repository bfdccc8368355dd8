"""Add an organisation's SIC 2007 code, for those who know it.

Downgrade: the codes that organisations gave are lost.
"""

from alembic import op

revision = "006_add_sic_code"
down_revision = "005_add_rate_limits"


def upgrade() -> None:
    op.execute("ALTER TABLE organisations ADD COLUMN sic_code char(5)")


def downgrade() -> None:
    op.execute("ALTER TABLE organisations DROP COLUMN sic_code")
