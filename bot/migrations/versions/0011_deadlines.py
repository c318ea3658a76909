"""what is due of each report, the duty calendar and limits as set on the console"""

import sqlalchemy as sa
from alembic import op



revision = '0011_deadlines'
down_revision = '0010_photos'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('commune', sa.Column('calendar', sa.JSON(), nullable=True))
    op.add_column('commune', sa.Column('deadlines', sa.JSON(), nullable=True))
    op.add_column('reports', sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('reports', sa.Column('due_kind', sa.String(length=32), nullable=True))
    op.create_index('ix_reports_due', 'reports', ['due_at'], postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_table(
        'deadlines',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('report_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('length', sa.Interval(), nullable=False),
        sa.Column('working', sa.Boolean(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('remaining', sa.Interval(), nullable=True),
        sa.Column('look_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('warned_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('missed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint('(due_at IS NULL) <> (remaining IS NULL)', name=op.f('ck_deadlines_runs_or_rests')),
        sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_deadlines_report_id_reports')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_deadlines')),
    )
    op.create_index('ix_deadlines_open', 'deadlines', ['report_id', 'kind'], unique=True, postgresql_where=sa.text('done_at IS NULL'))
    op.create_index('ix_deadlines_look_at', 'deadlines', ['look_at'], postgresql_where=sa.text('look_at IS NOT NULL'))
    op.create_index('ix_deadlines_missed_at', 'deadlines', ['missed_at'], postgresql_where=sa.text('missed_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_table('deadlines')
    op.drop_index('ix_reports_due', table_name='reports')
    op.drop_column('reports', 'due_kind')
    op.drop_column('reports', 'due_at')
    op.drop_column('commune', 'deadlines')
    op.drop_column('commune', 'calendar')
