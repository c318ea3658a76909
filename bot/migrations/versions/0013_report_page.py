"""what officers do on a report's page just now; ready answers as managers changed them"""

import sqlalchemy as sa
from alembic import op



revision = '0013_report_page'
down_revision = '0012_figures'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('at_reports',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=False),
    sa.Column('writes_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sees_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_at_reports_officer_id_officers')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_at_reports_report_id_reports')),
    sa.PrimaryKeyConstraint('report_id', 'officer_id', name=op.f('pk_at_reports'))
    )
    op.create_table('canned_replies',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('category', sa.String(length=32), nullable=True),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('removed', sa.Boolean(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_replies')),
    sa.UniqueConstraint('key', name=op.f('uq_canned_replies_key'))
    )


def downgrade() -> None:
    op.drop_table('canned_replies')
    op.drop_table('at_reports')
