"""who answers when: duty hours, managers on duty, phones that residents may be given"""

import sqlalchemy as sa
from alembic import op



revision = '0006_person'
down_revision = '0005_relay'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('commune', sa.Column('duty', sa.JSON(), nullable=True))
    op.add_column('officers', sa.Column('on_duty', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('officers', sa.Column('phone_public', sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column('officers', 'on_duty', server_default=None)
    op.alter_column('officers', 'phone_public', server_default=None)


def downgrade() -> None:
    op.drop_column('officers', 'phone_public')
    op.drop_column('officers', 'on_duty')
    op.drop_column('commune', 'duty')
