"""What was asked for each payload, and until when a source asks to be left alone."""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("payloads", sa.Column("request", sa.JSON()))
    op.add_column("search_ends", sa.Column("until", sa.String(32)))
