"""an alarm among what waits goes first"""

import sqlalchemy as sa
from alembic import op

revision = "0025_alarms"
down_revision = "0024_tries"
branch_labels = None
depends_on = None

WAITS = sa.text("handled_at IS NULL AND failed IS NULL")


def upgrade() -> None:
    op.add_column(
        "inbound", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.drop_index("ix_inbound_turn", "inbound")
    op.create_index(
        "ix_inbound_turn", "inbound", [sa.text("urgent DESC"), "turn"], postgresql_where=WAITS
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_turn", "inbound")
    op.create_index("ix_inbound_turn", "inbound", ["turn"], postgresql_where=WAITS)
    op.drop_column("inbound", "urgent")
