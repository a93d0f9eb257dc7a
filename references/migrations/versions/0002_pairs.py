"""What comparing the records gave: worked out, and thrown away when the rules change."""

from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "compared",
        sa.Column("record", sa.String(16), primary_key=True),
        sa.Column("rules", sa.String(16), nullable=False),
    )
    op.create_table(
        "blocks",
        sa.Column("key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("record", sa.String(16), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pairs",
        sa.Column("left", sa.String(16), primary_key=True),
        sa.Column("right", sa.String(16), primary_key=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pairs_right", "pairs", ["right"])
