"""mailboxes and files of the web chat"""

import sqlalchemy as sa
from alembic import op

revision = "9936173c2f3a"
down_revision = "adc1ad988b7f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_files",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("mime", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_files")),
    )
    op.create_index(op.f("ix_web_files_expires_at"), "web_files", ["expires_at"], unique=False)
    op.create_index(op.f("ix_web_files_owner"), "web_files", ["owner"], unique=False)
    op.create_index(op.f("ix_web_files_post_id"), "web_files", ["post_id"], unique=False)
    op.create_table(
        "web_mailbox",
        sa.Column("mailbox", sa.String(length=32), nullable=False),
        sa.Column("frame", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_mailbox")),
    )
    op.create_index(op.f("ix_web_mailbox_expires_at"), "web_mailbox", ["expires_at"], unique=False)
    op.create_index(
        "ix_web_mailbox_mailbox_created_at", "web_mailbox", ["mailbox", "created_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_web_mailbox_mailbox_created_at", table_name="web_mailbox")
    op.drop_index(op.f("ix_web_mailbox_expires_at"), table_name="web_mailbox")
    op.drop_table("web_mailbox")
    op.drop_index(op.f("ix_web_files_post_id"), table_name="web_files")
    op.drop_index(op.f("ix_web_files_owner"), table_name="web_files")
    op.drop_index(op.f("ix_web_files_expires_at"), table_name="web_files")
    op.drop_table("web_files")
