"""What this room stores: which report belongs to which study, and the answers. Facts, only ever added."""

from __future__ import annotations

import sqlalchemy as sa

from references.database import fact_table

# A report (by one of its records) belongs to a study: main, report, companion; withdrawn takes a link back.
links = fact_table(
    "links",
    sa.Column("study", sa.String(100), nullable=False, index=True),
    sa.Column("record", sa.String(16), nullable=False, index=True),
    sa.Column("relation", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("undoes", sa.String(32)),
)

# One field of the form, or one appraisal item, for one study by one person.
answers = fact_table(
    "answers",
    sa.Column("study", sa.String(100), nullable=False, index=True),
    sa.Column("field", sa.String(200), nullable=False),  # "user_direction"; an appraisal item: "AACODS/AU"
    sa.Column("value", sa.JSON),  # by the field's type; None with `undoes` takes an answer back
    sa.Column("role", sa.String(20), nullable=False),  # extractor, agreed: the settled answer of the team
    sa.Column("record", sa.String(16)),  # the report it was read in
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("undoes", sa.String(32)),
)
