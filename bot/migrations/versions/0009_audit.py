"""the log of what officers saw and did, to which rows can only be added"""

import sqlalchemy as sa
from alembic import op



revision = '0009_audit'
down_revision = '0008_under_way'
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log can only be added to';
END
$$;
CREATE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.number <= OLD.number THEN
        RAISE EXCEPTION 'the audit log only grows';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_head_forward();
"""


def upgrade() -> None:
    op.create_table('audit_entries',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('officer_id', sa.Uuid(), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('report_code', sa.String(length=16), nullable=True),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('seal', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['officers.id'], name=op.f('fk_audit_entries_officer_id_officers')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_entries'))
    )
    op.create_index('ix_audit_entries_officer', 'audit_entries', ['officer_id', 'number'])
    op.create_index('ix_audit_entries_report', 'audit_entries', ['report_code', 'number'])
    op.create_index('ix_audit_entries_action', 'audit_entries', ['action', 'number'])
    op.create_index('ix_audit_entries_at', 'audit_entries', ['at'])
    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('last', sa.LargeBinary(), nullable=False),
    sa.Column('seal', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_head_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.execute("INSERT INTO audit_head (id, number, last, seal) VALUES (1, 0, '', '')")
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table('audit_head')
    op.drop_table('audit_entries')
    op.execute('DROP FUNCTION audit_head_forward')
    op.execute('DROP FUNCTION audit_append_only')
