"""the private channel: questions, anonymity, quiet while people talk, merged reports"""

import sqlalchemy as sa
from alembic import op



revision = '0004_private_channel'
down_revision = '0003_details'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('conversations', sa.Column('procedure', sa.String(length=64), nullable=True))
    op.add_column('conversations', sa.Column('procedure_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('conversations', sa.Column('introduced_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('conversations', sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_outbound_platform', 'outbound', ['channel', 'platform_id'], unique=False)
    op.add_column('reports', sa.Column('anonymous', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('reports', sa.Column('answers', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('reports', sa.Column('quiet_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('reports', sa.Column('merged_into_id', sa.Uuid(), nullable=True))
    op.create_index(op.f('ix_reports_merged_into_id'), 'reports', ['merged_into_id'], unique=False)
    op.create_foreign_key(op.f('fk_reports_merged_into_id_reports'), 'reports', 'reports', ['merged_into_id'], ['id'])
    op.alter_column('reports', 'anonymous', server_default=None)
    op.alter_column('reports', 'answers', server_default=None)


def downgrade() -> None:
    op.drop_constraint(op.f('fk_reports_merged_into_id_reports'), 'reports', type_='foreignkey')
    op.drop_index(op.f('ix_reports_merged_into_id'), table_name='reports')
    op.drop_column('reports', 'merged_into_id')
    op.drop_column('reports', 'quiet_until')
    op.drop_column('reports', 'answers')
    op.drop_column('reports', 'anonymous')
    op.drop_index('ix_outbound_platform', table_name='outbound')
    op.drop_column('conversations', 'stopped_at')
    op.drop_column('conversations', 'introduced_at')
    op.drop_column('conversations', 'procedure_at')
    op.drop_column('conversations', 'procedure')
