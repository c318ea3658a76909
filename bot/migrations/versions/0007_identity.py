"""who wants to stay unnamed, whose data was erased, which groups know the rules"""

import sqlalchemy as sa
from alembic import op



revision = '0007_identity'
down_revision = '0006_person'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('members', sa.Column('anonymous', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('members', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('groups', sa.Column('rules_said_at', sa.DateTime(timezone=True), nullable=True))
    op.alter_column('members', 'anonymous', server_default=None)


def downgrade() -> None:
    op.drop_column('groups', 'rules_said_at')
    op.drop_column('members', 'erased_at')
    op.drop_column('members', 'anonymous')
