"""files that officers send to reporters"""

import sqlalchemy as sa
from alembic import op



revision = '0005_relay'
down_revision = '0004_private_channel'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('attachments', sa.Column('officer_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_attachments_officer_id_officers'), 'attachments', 'officers', ['officer_id'], ['id'])


def downgrade() -> None:
    op.drop_constraint(op.f('fk_attachments_officer_id_officers'), 'attachments', type_='foreignkey')
    op.drop_column('attachments', 'officer_id')
