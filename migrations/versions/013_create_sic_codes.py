"""Create the 731 classes of the UK's standard industrial classification (SIC 2007), and hold organisations to them.

An organisation's code that is not one of them stands for nothing, and is emptied.

Downgrade: the list is gone; the codes that organisations gave stay.
"""

import csv
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "013_create_sic_codes"
down_revision = "012_add_versions"

SIC_CODES = Path(__file__).parent.parent / "data" / "uk_sic_2007.csv"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE sic_codes (
            code char(5) NOT NULL,
            description text NOT NULL,
            CONSTRAINT pk_sic_codes PRIMARY KEY (code)
        )
    """)
    # The types are needed to print this as SQL, with the values in it.
    codes = sa.table("sic_codes", sa.column("code", sa.Text()), sa.column("description", sa.Text()))
    with SIC_CODES.open(encoding="utf-8", newline="") as file:
        op.bulk_insert(codes, list(csv.DictReader(file)))
    op.execute("UPDATE organisations SET sic_code = NULL WHERE sic_code NOT IN (SELECT code FROM sic_codes)")
    op.execute("""
        ALTER TABLE organisations
            ADD CONSTRAINT fk_organisations_sic_code FOREIGN KEY (sic_code) REFERENCES sic_codes (code)
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE organisations DROP CONSTRAINT fk_organisations_sic_code")
    op.execute("DROP TABLE sic_codes")
