"""${message}

Upgrade: what changes, and why it is safe while the previous build is serving.
Downgrade: what becomes of the rows.
"""

from alembic import op
% if imports:
import sqlalchemy as sa
${imports}
% endif

revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else None}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
