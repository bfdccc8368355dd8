"""Add what an organisation has bought. Organisations that are there already are on the basic plan.

Downgrade: which plan each organisation had is lost.
"""

from alembic import op

revision = "003_add_subscription_plan"
down_revision = "002_create_users"


def upgrade() -> None:
    # A type left behind by a failed downgrade is used again if, and only if, it has exactly these labels.
    op.execute("""
        DO $$
        DECLARE
            wanted text[] := ARRAY['basic', 'professional', 'enterprise'];
            found text[];
        BEGIN
            CREATE TYPE subscription_plan AS ENUM ('basic', 'professional', 'enterprise');
        EXCEPTION WHEN duplicate_object THEN
            SELECT array_agg(enumlabel::text ORDER BY enumsortorder) INTO found
            FROM pg_enum WHERE enumtypid = to_regtype('subscription_plan');
            IF found IS DISTINCT FROM wanted THEN
                RAISE EXCEPTION 'type subscription_plan already exists with labels %, expected %', found, wanted;
            END IF;
        END $$
    """)
    op.execute("ALTER TABLE organisations ADD COLUMN subscription_plan subscription_plan NOT NULL DEFAULT 'basic'")


def downgrade() -> None:
    op.execute("ALTER TABLE organisations DROP COLUMN subscription_plan")
    op.execute("DROP TYPE subscription_plan")
