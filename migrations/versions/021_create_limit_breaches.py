"""Remember when an organisation was refused: at most one row for each minute, with the limit that refused.

Downgrade: the history of refusals is gone.
"""

from alembic import op

revision = "021_create_limit_breaches"
down_revision = "020_add_limits_shadow"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE limit_breaches (
            organisation_id uuid NOT NULL,
            minute timestamptz NOT NULL,
            period text NOT NULL,
            allowed integer NOT NULL,
            CONSTRAINT pk_limit_breaches PRIMARY KEY (organisation_id, minute),
            CONSTRAINT ck_limit_breaches_period_known CHECK (period IN ('hour', 'burst')),
            CONSTRAINT fk_limit_breaches_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisations (id)
        )
    """)
    op.execute("CREATE INDEX ix_limit_breaches_minute ON limit_breaches (minute)")


def downgrade() -> None:
    op.execute("DROP TABLE limit_breaches")
