"""at how many starts in a row a message was there"""

import sqlalchemy as sa
from alembic import op

revision = "0024_tries"
down_revision = "0023_lanes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0")
    op.add_column("inbound", column)


def downgrade() -> None:
    op.drop_column("inbound", "tries")
