"""Let an admin change an industry's base figures without a release. An industry without a row has the built-in ones.

The industry is text: every request asks for its figures, and must not fail over the labels of an enum type.

So has one whose row holds no figures: it is kept when they are put back, because `version` must never return to an
earlier number. Remembered refusals go by it.

Downgrade: every industry has its built-in figures again.
"""

from alembic import op

revision = "022_create_industry_limits"
down_revision = "021_create_limit_breaches"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE industry_limits (
            industry text NOT NULL,
            requests_per_hour integer,
            burst integer,
            version integer NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_industry_limits PRIMARY KEY (industry),
            CONSTRAINT ck_industry_limits_requests_per_hour_positive CHECK (requests_per_hour > 0),
            CONSTRAINT ck_industry_limits_burst_positive CHECK (burst > 0),
            CONSTRAINT ck_industry_limits_burst_within_hour CHECK (burst <= requests_per_hour),
            CONSTRAINT ck_industry_limits_both_or_neither CHECK ((requests_per_hour IS NULL) = (burst IS NULL))
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE industry_limits")
