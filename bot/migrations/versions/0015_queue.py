"""one index for each folder of the officers' queue"""

import sqlalchemy as sa
from alembic import op

revision = "0015_queue"
down_revision = "0014_sign_in"
branch_labels = None
depends_on = None

OPEN = sa.text("status <> 'closed'")
CLOSED = sa.text("status = 'closed'")
URGENT_FIRST = sa.text("(NOT urgent)")


def upgrade() -> None:
    op.drop_index("ix_reports_queue", "reports")
    op.create_index(
        "ix_reports_queue", "reports", [URGENT_FIRST, "created_at", "id"], postgresql_where=OPEN
    )
    op.create_index(
        "ix_reports_queue_officer",
        "reports",
        ["officer_id", URGENT_FIRST, "created_at", "id"],
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_reports_queue_review",
        "reports",
        [URGENT_FIRST, "created_at", "id"],
        postgresql_where=sa.text("needs_review AND status <> 'closed'"),
    )
    op.drop_index("ix_reports_due", "reports")
    op.create_index(
        "ix_reports_queue_overdue",
        "reports",
        [URGENT_FIRST, "due_at", "id"],
        postgresql_where=sa.text("due_at IS NOT NULL AND status <> 'closed'"),
    )
    op.create_index(
        "ix_reports_queue_closed", "reports", ["created_at", "id"], postgresql_where=CLOSED
    )
    op.create_index(
        "ix_reports_queue_closed_hamlet",
        "reports",
        ["hamlet_id", "created_at", "id"],
        postgresql_where=CLOSED,
    )


def downgrade() -> None:
    for name in ("officer", "review", "overdue", "closed", "closed_hamlet"):
        op.drop_index(f"ix_reports_queue_{name}", "reports")
    op.create_index(
        "ix_reports_due", "reports", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_index("ix_reports_queue", "reports")
    op.create_index(
        "ix_reports_queue",
        "reports",
        [sa.text("urgent DESC"), "created_at", "id"],
        postgresql_where=OPEN,
    )
