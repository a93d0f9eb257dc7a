"""What this room stores: the versions of a living review that were published."""

from __future__ import annotations

import sqlalchemy as sa

from references.database import fact_table

# Counts as of a version are worked out from the facts up to its `at`.
versions = fact_table(
    "versions",
    sa.Column("version", sa.String(100), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),  # PRISMA-LSR: what triggered this version
    sa.Column("changes", sa.Text, nullable=False),
)
