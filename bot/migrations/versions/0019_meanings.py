"""what the questions of the catalogue mean"""

import sqlalchemy as sa
from alembic import op

revision = "0019_meanings"
down_revision = "0018_pace"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "procedure_vectors",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_procedure_vectors")),
    )


def downgrade() -> None:
    op.drop_table("procedure_vectors")
