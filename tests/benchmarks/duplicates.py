"""Deduplication beside bib-dedupe on the labelled sets, what it costs at 80,000 to 1,000,000 records, and how it generalises.

    python tests/benchmarks/duplicates.py [--rival PYTHON] [SET ...]     errors and CPU seconds, each set
    python tests/benchmarks/duplicates.py --sizes [RECORDS ...]          time and memory of tables made of the real sets
    python tests/benchmarks/duplicates.py --living                       new records beside 53,000 that were compared before
    python tests/benchmarks/duplicates.py --leave-one-out                each set with the mark that suits all the others

Needs ../shared. PYTHON is that of an environment with bib-dedupe installed. Everything is measured as a user meets it:
`review dedupe` and the rival as processes of their own, start-up, reading and writing included.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
SHARED = ROOT.parent / "shared"
DATA = SHARED / "data" / "dedup"
SETS = (
    "tafenoquine", "copper", "stroke", "haematology", "cytology_screening", "diabetes", "mis_quarterly", "dblp_acm", "mis_grobid",
    "cardiac", "srsr",
)  # fmt: skip
OF_THE_FIELD = tuple(name for name in SETS if name not in ("mis_quarterly", "dblp_acm", "mis_grobid"))
# As users have it: with modules that are compiled once, not at each start.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MARKS = (5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0)  # points from which two records are joined
RIVAL = """
import sys, pandas as pd
from bib_dedupe.bib_dedupe import prep, block, match, cluster
table = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False).rename(columns={"id": "ID", "entrytype": "ENTRYTYPE"})
home = {id: min(ids) for ids in cluster(match(block(prep(table)))) for id in ids}  # merge() would take more time, and fails on mis_grobid
with open(sys.argv[2], "w") as out:
    print("id,cluster", file=out)
    for id in table["ID"]:
        print(f"{id},{home.get(id, id)}", file=out)
"""


class Run(NamedTuple):
    """What one process cost."""

    cpu: float  # seconds, of it and its children
    wall: float  # seconds
    memory: float  # MiB at most


def run(command: list[str], times: int = 1) -> Run:
    """The run that took the least CPU time."""
    found = []
    for _ in range(times):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=ENVIRONMENT)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{' '.join(command)} failed")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append(Run(cpu, time.perf_counter() - began, used.ru_maxrss / 1024))
    return min(found)


def ours(table: Path, clusters: Path) -> list[str]:
    """The command of a user, with the Python that runs this."""
    return [sys.executable, "-c", "from flows.cli import main; main()", "dedupe", str(table), "--output", str(clusters)]


def score(name: str, clusters: Path) -> dict[str, float]:
    """FP (works lost), FN (duplicates left) and F1 a record, and wrong pairs, as the shared scorer defines them."""
    scorer = [sys.executable, str(SHARED / "tools" / "score_dedup.py"), str(DATA / name / "clusters.csv.gz"), str(clusters), "--json"]
    found = json.loads(subprocess.run(scorer, capture_output=True, text=True, check=True).stdout)
    flat = {**found, **{key: value for part in found.values() if isinstance(part, dict) for key, value in part.items()}}
    return {key.lower(): value for key, value in flat.items() if isinstance(value, (int, float))}


def unpacked(name: str, folder: Path) -> Path:
    """The records of a set as a plain table."""
    path = folder / f"{name}.csv"
    path.write_bytes(gzip.decompress((DATA / name / "records.csv.gz").read_bytes()))
    return path


def compare(names: tuple[str, ...], rival: str | None) -> None:
    """One line a set: errors and CPU seconds, ours and the rival's, in one run."""
    total = [0, 0, 0, 0]
    print(f"{'set':<20}{'F1':>8}{'FP':>4}{'FN':>5}{'pairs':>7}{'CPU s':>8}{'MiB':>6}   rival: F1, FP, FN, pairs, CPU s, times the CPU")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in names:
            table, clusters = unpacked(name, folder), folder / "clusters.csv"
            cost = run(ours(table, clusters), 5)
            mine = score(name, clusters)
            line = f"{name:<20}{mine['f1']:>8.4f}{mine['fp']:>4}{mine['fn']:>5}{mine['pair_fp']:>7}{cost.cpu:>8.2f}{cost.memory:>6.0f}"
            total[0] += int(mine["fp"])
            total[1] += int(mine["fn"])
            if rival:
                spent = run([rival, "-c", RIVAL, str(table), str(clusters)])
                other = score(name, clusters)
                total[2] += int(other["fp"])
                total[3] += int(other["fn"])
                figures = f"{other['f1']:>8.4f}{other['fp']:>4}{other['fn']:>5}{other['pair_fp']:>7}{spent.cpu:>8.1f}"
                line += f"   {figures}{spent.cpu / cost.cpu:>7.0f}"
            print(line, flush=True)
    said = f"together: {total[0]} works lost, {total[1]} duplicates left"
    print(said + (f"; the rival {total[2]} and {total[3]}" if rival else ""))


def sizes(counts: tuple[int, ...]) -> None:
    """One line a size."""
    print(f"{'records':>10}{'MB':>7}{'CPU s':>8}{'wall s':>8}{'MiB':>7}{'µs a record':>13}")
    with tempfile.TemporaryDirectory() as made:
        for count in counts:
            table = Path(made) / f"made-{count}.csv"
            make(table, count)
            cost = run(ours(table, Path(made) / "clusters.csv"))
            each = cost.cpu / count * 1e6
            print(
                f"{count:>10,}{table.stat().st_size / 1e6:>7.0f}{cost.cpu:>8.1f}{cost.wall:>8.1f}{cost.memory:>7.0f}{each:>13.0f}",
                flush=True,
            )
            table.unlink()


def make(path: Path, count: int) -> None:
    """A table of this many records: the real sets, then copies of them that are other works with as many duplicates.

    A copy has other long words in titles, other names and other numbers, the same for all records of one work, so that
    slips, abbreviations and gaps stay as they were.
    """
    real = [row for name in (*OF_THE_FIELD, "mis_quarterly", "dblp_acm") for row in rows(name)]
    words = [word for row in random.Random(1).sample(real, 4000) for word in row["title"].split() if len(word) > 5]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, [name for name in real[0] if name != "cluster"], extrasaction="ignore")
        out.writeheader()
        for number in range(count):
            copy, place = divmod(number, len(real))
            out.writerow(another(real[place], copy, words) if copy else real[place])


def rows(name: str) -> Iterator[dict[str, str]]:
    """The records of a set with their clusters, both named with the set."""
    with gzip.open(DATA / name / "clusters.csv.gz", "rt", encoding="utf-8") as file:
        cluster = {row["id"]: row["cluster"] for row in csv.DictReader(file)}
    with gzip.open(DATA / name / "records.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, "id": f"{name}_{row['id']}", "cluster": f"{name}_{cluster[row['id']]}"}


def another(row: dict[str, str], copy: int, words: list[str]) -> dict[str, str]:
    """The record made one of another work."""
    chance = random.Random(f"{copy} {row['cluster']}")
    key, step = chance.randrange(1 << 30), chance.randrange(1, 400)

    def word(old: str) -> str:
        letters = re.sub(r"\W", "", old.lower())
        return words[(sum(map(ord, letters)) * 7919 + len(letters) * 104_729 + key) % len(words)] if len(letters) > 4 else old

    def page(found: re.Match[str]) -> str:
        return str(int(found[0]) + step) if len(found[0]) > 2 else found[0]

    return {
        **row,
        "id": f"copy{copy}_{row['id']}",
        "title": " ".join(map(word, row["title"].split())),
        "author": re.sub(r"(?<=[A-Za-z]{3})[a-z](?![a-z])", lambda found: "aeioulnrst"[(ord(found[0]) + key) % 10], row["author"]),
        "abstract": " ".join(map(word, row["abstract"].split())),
        "pages": re.sub(r"\d+", page, row["pages"]),
        "year": str(int(row["year"]) - step % 25) if row["year"].isdigit() else row["year"],
        "volume": str((int(row["volume"]) + step) % 90 + 1) if row["volume"].isdigit() else row["volume"],
        "doi": f"{row['doi']}.{copy}" if row["doi"] else "",
    }


def leave_one_out() -> None:
    """For each set the mark from which to join that is best for all the others, and what it does to this one.

    A work lost counts as ten duplicates left: nobody will find it again.
    """
    from references.duplicates import find
    from references.duplicates.table import records_of
    from references.formats.text import Text

    errors: dict[str, dict[float, tuple[int, int]]] = {}
    with tempfile.TemporaryDirectory() as made:
        for name in SETS:
            table, clusters = unpacked(name, Path(made)), Path(made) / "clusters.csv"
            records = list(records_of(Text.at(table), name))
            for mark in MARKS:
                find.JOIN = mark  # type: ignore[misc]
                lines = [f"{one.id},{report.id}" for report in find.reports_of(records).reports for one in report.records]
                clusters.write_text("id,cluster\n" + "\n".join(lines) + "\n", encoding="utf-8")
                found = score(name, clusters)
                errors.setdefault(name, {})[mark] = (int(found["fp"]), int(found["fn"]))
    print(f"{'left out':<20}{'mark':>6}{'FP':>5}{'FN':>5}   FP and FN at each mark: {', '.join(map(str, MARKS))}")
    for name in SETS:
        others = [other for other in OF_THE_FIELD if other != name]
        best = min(MARKS, key=lambda mark: sum(10 * lost + left for lost, left in (errors[other][mark] for other in others)))
        lost, left = errors[name][best]
        told = "  ".join(f"{a}/{b}" for a, b in errors[name].values())
        print(f"{name:<20}{best:>6}{lost:>5}{left:>5}   {told}")


def living() -> None:
    """What comparing costs when a review grows: the largest set, then small ones; each again with nothing new."""
    from flows.demo import make_review
    from references.duplicates.stored import compare_new
    from references.imports import import_file
    from references.review import Review

    print(f"{'compared now':>14}{'in all':>9}{'CPU s':>8}{'µs a new record':>17}")
    with tempfile.TemporaryDirectory() as made:
        folder, held = Path(made) / "review", 0
        make_review(folder)
        review = Review(folder)
        for name in ("srsr", "tafenoquine", "copper", "stroke", "cytology_screening"):
            import_file(review, unpacked(name, folder / "imports"), by="benchmark", accept_counts=True)
            for _ in range(2):
                began = time.process_time()
                count = compare_new(review)
                cpu = time.process_time() - began
                held += count
                print(f"{count:>14,}{held:>9,}{cpu:>8.2f}{cpu / max(1, count) * 1e6:>17.0f}", flush=True)


@click.command()
@click.argument("values", nargs=-1)
@click.option("--rival")
@click.option("--sizes", "by_size", is_flag=True)
@click.option("--living", "grows", is_flag=True)
@click.option("--leave-one-out", "left_out", is_flag=True)
def main(values: tuple[str, ...], rival: str | None, by_size: bool, grows: bool, left_out: bool) -> None:
    """Measure."""
    csv.field_size_limit(1 << 24)
    if by_size:
        sizes(tuple(map(int, values)) or (80_000, 100_000, 1_000_000))
    elif grows:
        living()
    elif left_out:
        leave_one_out()
    else:
        compare(values or SETS, rival)


if __name__ == "__main__":
    main()
