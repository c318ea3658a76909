"""messages wait in their own tables, each in its lane"""

import sqlalchemy as sa
from alembic import op

revision = "0023_lanes"
down_revision = "0022_retention"
branch_labels = None
depends_on = None

WAITED_IN_DBOS = """
DO $$ BEGIN
    IF to_regclass('dbos.workflow_status') IS NOT NULL THEN
        UPDATE inbound SET lane = queue_partition_key FROM dbos.workflow_status
        WHERE handled_at IS NULL AND workflow_uuid = 'handle_message-' || id
            AND queue_partition_key IS NOT NULL;
        UPDATE outbound SET in_group = queue_name = 'outbound_group', urgent = priority = 0
        FROM dbos.workflow_status
        WHERE outbound.status = 'pending' AND workflow_uuid = 'deliver-' || id;
        DELETE FROM dbos.workflow_status WHERE name IN ('handle_message', 'deliver');
    END IF;
    IF to_regclass('dbos.queues') IS NOT NULL THEN
        DELETE FROM dbos.queues WHERE name IN ('inbound', 'outbound', 'outbound_group');
    END IF;
END $$
"""


def upgrade() -> None:
    op.add_column("inbound", sa.Column("lane", sa.String(32)))
    op.execute("UPDATE inbound SET lane = replace(id::text, '-', '')")
    op.alter_column("inbound", "lane", nullable=False)
    for column in ("in_group", "urgent"):
        op.add_column(
            "outbound", sa.Column(column, sa.Boolean(), nullable=False, server_default="false")
        )
        op.alter_column("outbound", column, server_default=None)
    for table, came in (("inbound", "received_at"), ("outbound", "created_at")):
        op.add_column(table, sa.Column("turn", sa.BigInteger(), sa.Identity(), nullable=False))
        # What is there already comes before whatever comes next, in the order in which it came.
        op.execute(
            f"UPDATE {table} SET turn = -place FROM (SELECT id, row_number() OVER"
            f" (ORDER BY {came} DESC, id DESC) AS place FROM {table}) AS old WHERE old.id = {table}.id"
        )
    op.execute(WAITED_IN_DBOS)
    op.create_index(
        "ix_inbound_turn",
        "inbound",
        ["turn"],
        postgresql_where=sa.text("handled_at IS NULL AND failed IS NULL"),
    )
    op.drop_index("ix_outbound_waiting", "outbound")
    op.create_index(
        "ix_outbound_turn",
        "outbound",
        ["channel", sa.text("urgent DESC"), "turn"],
        postgresql_where=sa.text("status = 'pending'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbound_turn", "outbound")
    op.create_index(
        "ix_outbound_waiting",
        "outbound",
        ["target_key", "created_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    for column in ("turn", "urgent", "in_group"):
        op.drop_column("outbound", column)
    op.drop_index("ix_inbound_turn", "inbound")
    for column in ("turn", "lane"):
        op.drop_column("inbound", column)
