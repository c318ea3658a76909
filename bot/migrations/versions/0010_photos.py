"""pictures that could not be rid of what stands around them"""

import sqlalchemy as sa
from alembic import op



revision = '0010_photos'
down_revision = '0009_audit'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('attachments', sa.Column('uncleaned', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column('attachments', 'uncleaned', server_default=None)


def downgrade() -> None:
    op.drop_column('attachments', 'uncleaned')
