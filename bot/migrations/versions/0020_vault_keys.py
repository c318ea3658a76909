"""keys that seal columns are kept wrapped, so that they can be changed"""

import sqlalchemy as sa
from alembic import op

revision = "0020_vault_keys"
down_revision = "0019_meanings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("wrapped_before", sa.LargeBinary()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_vault_keys")),
    )
    op.create_index(
        "uq_vault_keys_active",
        "vault_keys",
        ["purpose"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )


def downgrade() -> None:
    """An earlier version reads nothing that these keys have sealed."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM vault_keys")):
        raise RuntimeError("without its keys everything sealed would be lost")
    op.drop_table("vault_keys")
