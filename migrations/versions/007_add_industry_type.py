"""Add the industry as one of the labels Foyer knows, beside the older free text.

Organisations that are there already are 'default'; what they call their trade is kept in `industry`. The column comes
with a constant default, so no row is rewritten.

Downgrade: which industry each organisation chose is lost.
"""

from alembic import op

revision = "007_add_industry_type"
down_revision = "006_add_sic_code"


def upgrade() -> None:
    # A type left behind by a failed downgrade is used again if, and only if, it has exactly these labels.
    op.execute("""
        DO $$
        DECLARE
            wanted text[] := ARRAY['cinema', 'hotel', 'gym', 'b2b', 'retail', 'default'];
            found text[];
        BEGIN
            CREATE TYPE industry AS ENUM ('cinema', 'hotel', 'gym', 'b2b', 'retail', 'default');
        EXCEPTION WHEN duplicate_object THEN
            SELECT array_agg(enumlabel::text ORDER BY enumsortorder) INTO found
            FROM pg_enum WHERE enumtypid = to_regtype('industry');
            IF found IS DISTINCT FROM wanted THEN
                RAISE EXCEPTION 'type industry already exists with labels %, expected %', found, wanted;
            END IF;
        END $$
    """)
    op.execute("ALTER TABLE organisations ADD COLUMN industry_type industry NOT NULL DEFAULT 'default'")


def downgrade() -> None:
    op.execute("ALTER TABLE organisations DROP COLUMN industry_type")
    op.execute("DROP TYPE industry")
