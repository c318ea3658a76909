"""what was told and not meant, and which old names were put right"""

import sqlalchemy as sa
from alembic import op

revision = "0017_not_meant"
down_revision = "0016_procedures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("asked", sa.LargeBinary(), nullable=True))
    op.add_column("conversations", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "conversations", sa.Column("old_terms", sa.JSON(), nullable=False, server_default="{}")
    )
    op.alter_column("conversations", "old_terms", server_default=None)
    op.add_column(
        "procedure_gaps",
        sa.Column("reason", sa.String(32), nullable=False, server_default="unanswered"),
    )
    op.alter_column("procedure_gaps", "reason", server_default=None)
    op.add_column("procedure_gaps", sa.Column("told", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("procedure_gaps", "told")
    op.drop_column("procedure_gaps", "reason")
    op.drop_column("conversations", "old_terms")
    op.drop_column("conversations", "asked_at")
    op.drop_column("conversations", "asked")
