"""what is wrong with the installation, and who was told"""

import sqlalchemy as sa
from alembic import op

revision = "0021_troubles"
down_revision = "0020_vault_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "troubles",
        sa.Column("check_name", sa.String(32), nullable=False),
        sa.Column("line", sa.String(300), nullable=False),
        sa.Column("remedy", sa.String(300), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fine_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("check_name", name=op.f("pk_troubles")),
    )


def downgrade() -> None:
    op.drop_table("troubles")
