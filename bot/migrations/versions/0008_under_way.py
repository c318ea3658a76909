"""whether a message was on its way to the platform when its gateway died"""

import sqlalchemy as sa
from alembic import op



revision = '0008_under_way'
down_revision = '0007_identity'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbound', sa.Column('under_way', sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column('outbound', 'under_way')
