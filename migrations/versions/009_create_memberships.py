"""Create memberships: a person's place in an organisation, with a role.

Downgrade: who belongs where is lost; users and organisations stay.
"""

from alembic import op

revision = "009_create_memberships"
down_revision = "008_create_identities"


def upgrade() -> None:
    # A type left behind by a failed downgrade is used again if, and only if, it has exactly these labels.
    op.execute("""
        DO $$
        DECLARE
            wanted text[] := ARRAY['owner', 'member', 'viewer'];
            found text[];
        BEGIN
            CREATE TYPE membership_role AS ENUM ('owner', 'member', 'viewer');
        EXCEPTION WHEN duplicate_object THEN
            SELECT array_agg(enumlabel::text ORDER BY enumsortorder) INTO found
            FROM pg_enum WHERE enumtypid = to_regtype('membership_role');
            IF found IS DISTINCT FROM wanted THEN
                RAISE EXCEPTION 'type membership_role already exists with labels %, expected %', found, wanted;
            END IF;
        END $$
    """)
    op.execute("""
        CREATE TABLE memberships (
            id uuid NOT NULL,
            user_id uuid NOT NULL,
            organisation_id uuid NOT NULL,
            role membership_role NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_memberships PRIMARY KEY (id),
            CONSTRAINT uq_memberships_user_id_organisation_id UNIQUE (user_id, organisation_id),
            CONSTRAINT fk_memberships_user_id FOREIGN KEY (user_id) REFERENCES users (id),
            CONSTRAINT fk_memberships_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisations (id)
        )
    """)
    op.execute("CREATE INDEX ix_memberships_organisation_id ON memberships (organisation_id)")


def downgrade() -> None:
    op.execute("DROP TABLE memberships")
    op.execute("DROP TYPE membership_role")
