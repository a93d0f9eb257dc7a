"""What this room stores: decisions, retrievals and calibration rounds. All are facts, only ever added."""

from __future__ import annotations

import sqlalchemy as sa

from references.database import fact_table

# One reviewer on one record at one stage. `withdrawn` with `undoes` takes an earlier decision back.
decisions = fact_table(
    "decisions",
    sa.Column("record", sa.String(16), nullable=False, index=True),
    sa.Column("stage", sa.String(20), nullable=False),  # abstract, fulltext
    sa.Column("verdict", sa.String(20), nullable=False),  # include, exclude, unsure, withdrawn
    sa.Column("reason", sa.String(100)),  # the protocol's exclusion code, for an exclusion
    sa.Column("answers", sa.JSON, nullable=False),  # {criterion: yes | no | unclear}
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("role", sa.String(20), nullable=False),  # reader, settler: a settler's decision ends a conflict
    sa.Column("round", sa.String(100)),  # the calibration round it belongs to
    sa.Column("undoes", sa.String(32)),
)

# Whether the document was got hold of: retrieved, not_retrieved, withdrawn.
retrievals = fact_table(
    "retrievals",
    sa.Column("record", sa.String(16), nullable=False, index=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("undoes", sa.String(32)),
)

# The records that all reviewers read in a calibration round, one row each.
rounds = fact_table(
    "rounds",
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("record", sa.String(16), nullable=False),
)
