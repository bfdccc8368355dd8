"""Remember when an organisation finished or skipped its first page, and when it chose its industry.

Both are empty for organisations that are there already: nobody has asked them yet, and their owners will be.

Downgrade: the moments are lost; names and industries stay.
"""

from alembic import op

revision = "011_add_onboarding"
down_revision = "010_create_login_sessions"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE organisations
            ADD COLUMN onboarded_at timestamptz,
            ADD COLUMN industry_chosen_at timestamptz
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE organisations
            DROP COLUMN industry_chosen_at,
            DROP COLUMN onboarded_at
    """)
