"""What people said about two records: a log that is only added to, and what of it stands."""

from __future__ import annotations

import sqlalchemy as sa

from references.duplicates.judgement import VERDICTS, Judgement, standing
from references.error import ReviewError
from references.review import Review
from references.tables import judgements, records


def all_judgements(connection: sa.Connection) -> tuple[Judgement, ...]:
    """Every judgement ever made, withdrawn ones too, oldest first."""
    rows = connection.execute(sa.select(judgements).order_by(judgements.c.at, judgements.c.id))
    return tuple(
        Judgement(id=row.id, left=row.left, right=row.right, verdict=row.verdict, by=row.by, at=row.at, note=row.note, undoes=row.undoes)
        for row in rows
    )


def standing_judgements(connection: sa.Connection) -> tuple[Judgement, ...]:
    """The judgements of a review that count now, one a pair."""
    return standing(all_judgements(connection))


def judge(review: Review, connection: sa.Connection, left: str, right: str, verdict: str, note: str, by: str) -> Judgement:
    """Add a judgement on two records, by their ids. ReviewError for an unknown verdict or record, or one record twice."""
    if verdict not in VERDICTS:
        raise ReviewError(f"{verdict!r} is no verdict on two records; one of {', '.join(VERDICTS)} was expected.")
    _known(connection, left, right)
    return _add(review, connection, {"left": left, "right": right, "verdict": verdict, "note": note, "undoes": None}, by)


def withdraw(review: Review, connection: sa.Connection, left: str, right: str, *, by: str, note: str = "") -> Judgement:
    """Take back the latest judgement on two records that `by` made; what stood before counts again. ReviewError where there is none."""
    pair = tuple(sorted((left, right)))
    log = all_judgements(connection)
    gone = {judgement.undoes for judgement in log if judgement.verdict == "withdrawn"}
    mine = [one for one in log if one.pair == pair and one.by == by and one.verdict != "withdrawn" and one.id not in gone]
    if not mine:
        raise ReviewError(
            f"{by} has no judgement on {left} and {right} to take back. A judgement of somebody else is answered with one of your own."
        )
    return _add(review, connection, {"left": left, "right": right, "verdict": "withdrawn", "note": note, "undoes": mine[-1].id}, by)


def _add(review: Review, connection: sa.Connection, row: dict[str, str | None], by: str) -> Judgement:
    [made] = review.add(connection, judgements, [row], by=by)
    return Judgement(**{name: made[name] for name in ("id", "left", "right", "verdict", "by", "at", "note", "undoes")})


def _known(connection: sa.Connection, *ids: str) -> None:
    if len(set(ids)) < len(ids):
        raise ReviewError(f"Record {ids[0]} was named twice; a judgement is about two records.")
    found = set(connection.execute(sa.select(records.c.id).where(records.c.id.in_(ids))).scalars())
    if missing := [id for id in ids if id not in found]:
        raise ReviewError(f"No record {' or '.join(missing)} in this review; give record ids as `review duplicates` lists them.")
