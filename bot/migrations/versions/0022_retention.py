"""how long things are kept, and what was erased when"""

import sqlalchemy as sa
from alembic import op

revision = "0022_retention"
down_revision = "0021_troubles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purges",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purges")),
    )
    op.create_index(op.f("ix_purges_at"), "purges", ["at"])
    op.add_column("reports", sa.Column("words_gone_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_reports_with_words",
        "reports",
        ["closed_at"],
        postgresql_where=sa.text("status = 'closed' AND words_gone_at IS NULL"),
    )
    op.add_column("officers", sa.Column("left_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE officers SET left_at = now() WHERE NOT active")


def downgrade() -> None:
    op.drop_column("officers", "left_at")
    op.drop_index("ix_reports_with_words", "reports")
    op.drop_column("reports", "words_gone_at")
    op.drop_table("purges")
