"""indexes for the page of figures"""

import sqlalchemy as sa
from alembic import op



revision = '0012_figures'
down_revision = '0011_deadlines'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_reports_figures', 'reports', ['created_at'], postgresql_include=['category', 'hamlet_id', 'managers_only', 'urgent'])
    op.create_index(
        'ix_deadlines_figures',
        'deadlines',
        ['began_at'],
        postgresql_include=['report_id', 'done_at', 'missed_at'],
        postgresql_where=sa.text("kind = 'acknowledgement' AND done_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index('ix_deadlines_figures', table_name='deadlines')
    op.drop_index('ix_reports_figures', table_name='reports')
