"""Facts, only ever added, and what is read out of payloads."""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


FACTS = ('answers', 'decisions', 'judgements', 'links', 'payloads', 'protocols', 'retrievals', 'rounds', 'search_ends', 'searches', 'versions')


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("study", sa.String(100), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("record", sa.String(16)),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", sa.String(32)),
    )
    op.create_index("ix_answers_at", "answers", ["at"])
    op.create_index("ix_answers_study", "answers", ["study"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("record", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(100)),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("round", sa.String(100)),
        sa.Column("undoes", sa.String(32)),
    )
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_index("ix_decisions_record", "decisions", ["record"])
    op.create_table(
        "diagnostics",
        sa.Column("payload", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("line", sa.Integer()),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
    )
    op.create_table(
        "judgements",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("left", sa.String(16), nullable=False),
        sa.Column("right", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", sa.String(32)),
    )
    op.create_index("ix_judgements_at", "judgements", ["at"])
    op.create_index("ix_judgements_left", "judgements", ["left"])
    op.create_index("ix_judgements_right", "judgements", ["right"])
    op.create_table(
        "links",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("study", sa.String(100), nullable=False),
        sa.Column("record", sa.String(16), nullable=False),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", sa.String(32)),
    )
    op.create_index("ix_links_at", "links", ["at"])
    op.create_index("ix_links_record", "links", ["record"])
    op.create_index("ix_links_study", "links", ["study"])
    op.create_table(
        "payloads",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("search", sa.String(32), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("next_cursor", sa.Text()),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("media", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_payloads_at", "payloads", ["at"])
    op.create_index("ix_payloads_digest", "payloads", ["digest"])
    op.create_index("ix_payloads_search", "payloads", ["search"])
    op.create_index("ix_payloads_sha256", "payloads", ["sha256"])
    op.create_table(
        "protocols",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("payload", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
    )
    op.create_index("ix_records_source", "records", ["source"])
    op.create_table(
        "retrievals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("record", sa.String(16), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", sa.String(32)),
    )
    op.create_index("ix_retrievals_at", "retrievals", ["at"])
    op.create_index("ix_retrievals_record", "retrievals", ["record"])
    op.create_table(
        "rounds",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("record", sa.String(16), nullable=False),
    )
    op.create_index("ix_rounds_at", "rounds", ["at"])
    op.create_table(
        "search_ends",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("search", sa.String(32), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("retrieved", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
    )
    op.create_index("ix_search_ends_at", "search_ends", ["at"])
    op.create_index("ix_search_ends_search", "search_ends", ["search"])
    op.create_table(
        "searches",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("line", sa.String(100)),
        sa.Column("address", sa.Text()),
        sa.Column("query", sa.Text()),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("window_from", sa.String(10)),
        sa.Column("window_to", sa.String(10)),
        sa.Column("program", sa.String(100), nullable=False),
    )
    op.create_index("ix_searches_at", "searches", ["at"])
    op.create_index("ix_searches_source", "searches", ["source"])
    op.create_table(
        "sightings",
        sa.Column("payload", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("record", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("first_line", sa.Integer()),
        sa.Column("last_line", sa.Integer()),
    )
    op.create_index("ix_sightings_record", "sightings", ["record"])
    op.create_table(
        "versions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(64), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
    )
    op.create_index("ix_versions_at", "versions", ["at"])

    for name in FACTS:
        _only_add(name)


def _only_add(table: str) -> None:
    """Let the database itself refuse to change or delete a fact, whoever asks."""
    message = f"{table} holds facts: rows are added, never changed or deleted"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        # INSERT OR REPLACE deletes without those triggers: a row whose id is known is left as it is.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(IGNORE); END"
        )
    else:
        op.execute(
            f"CREATE FUNCTION {table}_only_add() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_only_add BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_add()"
        )
