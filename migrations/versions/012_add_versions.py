"""Number an organisation's changes, so that an edit of something already changed is noticed, and limits apart.

Downgrade: the numbers are lost, and count from 1 again after the next upgrade.
"""

from alembic import op

revision = "012_add_versions"
down_revision = "011_add_onboarding"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE organisations
            ADD COLUMN limits_version integer NOT NULL DEFAULT 1,
            ADD COLUMN version integer NOT NULL DEFAULT 1
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE organisations
            DROP COLUMN version,
            DROP COLUMN limits_version
    """)
