"""procedures with their versions, and the commune's station"""

import sqlalchemy as sa
from alembic import op

revision = "0016_procedures"
down_revision = "0015_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commune", sa.Column("station", sa.JSON(), nullable=True))
    op.create_table(
        "catalogue_stamp",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Uuid(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_stamp_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_stamp")),
    )
    op.create_table(
        "procedures",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(32), nullable=True),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("standing_version", sa.Integer(), nullable=True),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("file_digest", sa.String(64), nullable=True),
        sa.CheckConstraint(
            "published_version IS NULL OR published_version = standing_version",
            name=op.f("ck_procedures_standing"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
    )
    op.create_table(
        "procedure_versions",
        sa.Column("procedure_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"],
            ["procedures.id"],
            name=op.f("fk_procedure_versions_procedure_id_procedures"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["officers.id"], name=op.f("fk_procedure_versions_author_id_officers")
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"],
            ["officers.id"],
            name=op.f("fk_procedure_versions_approver_id_officers"),
        ),
        sa.PrimaryKeyConstraint("procedure_id", "number", name=op.f("pk_procedure_versions")),
    )
    op.create_index("ix_procedure_versions_status", "procedure_versions", ["status"])
    op.create_index(
        "uq_procedure_versions_published",
        "procedure_versions",
        ["procedure_id"],
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
    )


def downgrade() -> None:
    op.drop_table("procedure_versions")
    op.drop_table("procedures")
    op.drop_table("catalogue_stamp")
    op.drop_column("commune", "station")
