"""how well messages are read is counted from one index alone"""

import sqlalchemy as sa
from alembic import op

revision = "0018_pace"
down_revision = "0017_not_meant"
branch_labels = None
depends_on = None

FILED = ("filed_category", "filed_sensitive", "filed_urgent")


def upgrade() -> None:
    op.add_column("corrections", sa.Column("came_in_at", sa.DateTime(timezone=True)))
    op.add_column("corrections", sa.Column("filed_category", sa.String(32)))
    op.add_column("corrections", sa.Column("filed_sensitive", sa.Boolean()))
    op.add_column("corrections", sa.Column("filed_urgent", sa.Boolean()))
    op.execute(
        "UPDATE corrections SET came_in_at = reports.created_at,"
        " filed_category = reports.filed_category, filed_sensitive = reports.filed_sensitive,"
        " filed_urgent = reports.filed_urgent FROM reports WHERE reports.id = report_id"
    )
    op.alter_column("corrections", "came_in_at", nullable=False)
    op.create_index(
        "ix_corrections_figures",
        "corrections",
        ["came_in_at"],
        postgresql_include=["category", "sensitive", "urgent", *FILED],
        postgresql_where=sa.text("filed_category IS NOT NULL"),
    )
    op.create_index(
        "ix_corrections_waiting",
        "corrections",
        ["report_id"],
        postgresql_where=sa.text("consent = 'given' AND exported_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_corrections_waiting", "corrections")
    op.drop_index("ix_corrections_figures", "corrections")
    for column in ("filed_urgent", "filed_sensitive", "filed_category", "came_in_at"):
        op.drop_column("corrections", column)
