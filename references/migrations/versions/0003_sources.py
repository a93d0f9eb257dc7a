"""What was asked for each payload, until when a source asks to be left alone, and records that their source changed."""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("payloads", sa.Column("request", sa.JSON()))
    op.add_column("search_ends", sa.Column("until", sa.String(32)))
    op.create_table(
        "changes",
        sa.Column("payload", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("record", sa.String(16), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_index("ix_changes_record", "changes", ["record"])
    op.create_table(
        "notices",
        sa.Column("payload", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("doi", sa.Text()),
        sa.Column("pmid", sa.String(20)),
        sa.Column("what", sa.JSON(), nullable=False),
    )
