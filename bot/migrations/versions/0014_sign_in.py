"""second factors, recovery codes, what a session is known by, one-time passwords that expire"""

import sqlalchemy as sa
from alembic import op



revision = '0014_sign_in'
down_revision = '0013_report_page'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whoever is signed in signs in again: his session does not say with what it was opened.
    op.execute('DELETE FROM officer_sessions')
    op.add_column('officers', sa.Column('password_expires_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('officer_sessions', sa.Column('id', sa.Uuid(), nullable=False))
    op.add_column('officer_sessions', sa.Column('proved_at', sa.DateTime(timezone=True), nullable=False))
    op.add_column('officer_sessions', sa.Column('code_due', sa.Boolean(), nullable=False))
    op.add_column('officer_sessions', sa.Column('by_code', sa.Boolean(), nullable=False))
    op.add_column('officer_sessions', sa.Column('new_secret', sa.LargeBinary(), nullable=True))
    op.add_column('officer_sessions', sa.Column('address', sa.LargeBinary(), nullable=False))
    op.add_column('officer_sessions', sa.Column('browser', sa.String(length=64), nullable=False))
    op.create_unique_constraint(op.f('uq_officer_sessions_id'), 'officer_sessions', ['id'])
    op.create_table(
        'second_factors',
        sa.Column('officer_id', sa.Uuid(), nullable=False),
        sa.Column('secret', sa.LargeBinary(), nullable=False),
        sa.Column('last_step', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_second_factors_officer_id_officers')),
        sa.PrimaryKeyConstraint('officer_id', name=op.f('pk_second_factors')),
    )
    op.create_table(
        'recovery_codes',
        sa.Column('officer_id', sa.Uuid(), nullable=False),
        sa.Column('selector', sa.String(length=8), nullable=False),
        sa.Column('code_hash', sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_recovery_codes_officer_id_officers')),
        sa.PrimaryKeyConstraint('officer_id', 'selector', name=op.f('pk_recovery_codes')),
    )


def downgrade() -> None:
    op.drop_table('recovery_codes')
    op.drop_table('second_factors')
    op.drop_constraint(op.f('uq_officer_sessions_id'), 'officer_sessions', type_='unique')
    for column in ('browser', 'address', 'new_secret', 'by_code', 'code_due', 'proved_at', 'id'):
        op.drop_column('officer_sessions', column)
    op.drop_column('officers', 'password_expires_at')
