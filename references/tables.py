"""What this room stores: protocols, searches with their payloads, records as read from them, judgements.

Facts are only ever added. `records`, `sightings`, `changes`, `notices` and `diagnostics` are read out of payloads and can be read again;
`compared`, `blocks` and `pairs` are worked out of the records.
"""

from __future__ import annotations

import sqlalchemy as sa

from references.database import fact_table, metadata

# A protocol is named by the SHA-256 of its text, so the same text is one version and any change another.
protocols = sa.Table(
    "protocols",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("version", sa.String(100), nullable=False),  # as the protocol calls itself
    sa.Column("text", sa.Text, nullable=False),
    info={"fact": True},
)

# One query at one source in one run, or one file read in: PRISMA-S counts by these.
searches = fact_table(
    "searches",
    sa.Column("source", sa.String(300), nullable=False, index=True),  # as in Record.source
    sa.Column("line", sa.String(100)),  # the protocol's name of the search line; NULL for a file
    sa.Column("address", sa.Text),  # where it was sent, without secrets; a file's path inside the review
    sa.Column("query", sa.Text),  # exactly as sent
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("window_from", sa.String(10)),  # ISO date or NULL: no lower bound
    sa.Column("window_to", sa.String(10)),
    sa.Column("program", sa.String(100), nullable=False),  # "evidence-review 0.1.0"
)

# How a search ended: complete, failed, refused or waiting. A search without an end was cut off and goes on.
search_ends = fact_table(
    "search_ends",
    sa.Column("search", sa.String(32), nullable=False, index=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("total", sa.Integer),  # as the source reported it; NULL where it never said
    sa.Column("retrieved", sa.Integer, nullable=False),  # different records stored from it
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("until", sa.String(32)),  # UTC: when a source that asked to be left alone may be asked again
)

# What came back, byte for byte, before anything was read out of it.
payloads = fact_table(
    "payloads",
    sa.Column("search", sa.String(32), nullable=False, index=True),
    sa.Column("page", sa.Integer, nullable=False),  # from 1
    sa.Column("cursor", sa.Text),  # what was asked for
    sa.Column("next_cursor", sa.Text),  # where the walk goes on; NULL at its end
    sa.Column("request", sa.JSON(none_as_null=True)),  # as it was sent, without secrets; NULL for a file
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("media", sa.String(100), nullable=False),  # "application/json", "application/x-research-info-systems"
    sa.Column("sha256", sa.String(64), nullable=False, index=True),  # of the bytes as they came
    sa.Column("digest", sa.String(64), index=True),  # of a file's text, whatever its encoding and line ends
    sa.Column("body", sa.LargeBinary, nullable=False),  # zlib
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("source", sa.String(300), nullable=False, index=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),  # record.to_data()
    sa.Column("payload", sa.String(32), nullable=False),  # where it was first seen
    sa.Column("position", sa.Integer, nullable=False),
)

# Each time an entry was seen: the same record on two pages, or in two runs, is one record with two sightings.
sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("payload", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),  # from 1, in the payload's order
    sa.Column("record", sa.String(16), nullable=False, index=True),
    sa.Column("digest", sa.String(32), nullable=False),  # of the content seen, to tell a changed record
    sa.Column("first_line", sa.Integer),
    sa.Column("last_line", sa.Integer),
)

# A record that its source gave otherwise than before: as it is since then, and what is different.
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("payload", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("record", sa.String(16), nullable=False, index=True),
    sa.Column("what", sa.JSON, nullable=False),  # "abstract gained", "retracted", ...
    sa.Column("data", sa.JSON, nullable=False),  # record.to_data()
)

# What sources said of reports that were looked up: one row for each document on a page, also where there is nothing to tell.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("payload", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("doi", sa.Text),
    sa.Column("pmid", sa.String(20)),
    sa.Column("what", sa.JSON, nullable=False),  # "retracted", "commentCorrection: Erratum in MED:9"
)

# What a reader did not understand, or mended, line by line: nothing is dropped without a row here.
diagnostics = sa.Table(
    "diagnostics",
    metadata,
    sa.Column("payload", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("line", sa.Integer),
    sa.Column("severity", sa.String(10), nullable=False),  # note, warning, error
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("done", sa.Text, nullable=False),  # what was done about it
)

# A person on two records: same, different, unsure, companion; or withdrawn, which undoes an earlier judgement.
judgements = fact_table(
    "judgements",
    sa.Column("left", sa.String(16), nullable=False, index=True),
    sa.Column("right", sa.String(16), nullable=False, index=True),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("undoes", sa.String(32)),
)

# What comparing the records gave (references/duplicates/stored.py). It is worked out of `records` alone, is thrown away and
# worked out again when the rules of comparing change, and is never carried to another copy of the review.
compared = sa.Table(
    "compared",
    metadata,
    sa.Column("record", sa.String(16), primary_key=True),
    sa.Column("rules", sa.String(16), nullable=False),
    info={"derived": True},
)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),  # a hash of what records must share to be compared
    sa.Column("record", sa.String(16), primary_key=True),
    info={"derived": True},
    sqlite_with_rowid=False,
)

pairs = sa.Table(
    "pairs",
    metadata,
    sa.Column("left", sa.String(16), primary_key=True),
    sa.Column("right", sa.String(16), primary_key=True, index=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),  # as Edge.kind
    sa.Column("reasons", sa.JSON, nullable=False),
    info={"derived": True},
    sqlite_with_rowid=False,
)
