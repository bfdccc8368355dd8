"""Let one organisation have limits of its own. Empty inherits them, so defaults are never copied into rows.

Downgrade: the overrides are lost, and every organisation inherits again.
"""

from alembic import op

revision = "005_add_rate_limits"
down_revision = "004_add_is_active"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE organisations
            ADD COLUMN rate_limit_per_hour integer,
            ADD COLUMN burst_limit integer,
            ADD COLUMN rate_limit_enabled boolean NOT NULL DEFAULT true,
            ADD CONSTRAINT ck_organisations_rate_limit_per_hour_positive CHECK (rate_limit_per_hour > 0),
            ADD CONSTRAINT ck_organisations_burst_limit_positive CHECK (burst_limit > 0),
            ADD CONSTRAINT ck_organisations_burst_limit_within_hour CHECK (burst_limit <= rate_limit_per_hour)
    """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE organisations
            DROP COLUMN rate_limit_enabled,
            DROP COLUMN burst_limit,
            DROP COLUMN rate_limit_per_hour
    """)
