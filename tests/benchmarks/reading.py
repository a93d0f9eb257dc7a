"""200,000 RIS records made of real ones: streamed beside rispy, brought into a database, and imported again.

    python tests/benchmarks/reading.py [RECORDS] [FOLDER]

Each reader runs in a process of its own, three times, and the best counts. Needs ../shared with real export files, and
rispy. The file (2.4 kB a record) is written to FOLDER, or a temporary one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "formats"
TIMES = 3

MEASURE = """
import json, resource, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
path = Path({path!r})
{before}
began, cpu = time.perf_counter(), time.process_time()
{work}
me, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([count, time.perf_counter() - began, time.process_time() - cpu, me.ru_maxrss / 1024]))
"""
READERS = {
    "rispy": ("import rispy", "with path.open(encoding='utf-8') as file:\n    count = len(rispy.load(file))"),
    "streamed": (
        "from references.formats.known import open_file, reading_of\nfrom references.formats.entry import Entry",
        "file = open_file(path)\ncount = sum(isinstance(one, Entry) for one in reading_of(file, 'file:x').format.entries(file))",
    ),
    "records": (
        "from references.formats.known import open_file, reading_of",
        "count = sum(1 for _ in reading_of(open_file(path), 'file:x'))",
    ),
}
IMPORT = (
    "from references.imports import import_file\nfrom references.review import Review\nreview = Review(Path({review!r}))",
    "result = import_file(review, path, by='benchmark', accept_counts=True)\ncount = result.{count}",
)


def make(path: Path, records: int) -> None:
    """Write a file of this many records, all different, out of the vendors' own."""
    rows = [json.loads(line) for line in (SHARED / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()]
    odd = ("variant", "tests", "made-up", "reconstructed")
    names = [row["file"] for row in rows if row["format"] == "ris" and not any(word in row["vendor"] for word in odd)]
    real = [entry for name in names for entry in _entries((SHARED / name).read_bytes())]
    with path.open("w", encoding="utf-8", newline="") as file:
        for number in range(records):
            file.write(f"{real[number % len(real)]}\nC8  - made {number}\nER  - \n\n")


def _entries(data: bytes) -> list[str]:
    """The entries of a file from TY to before ER, as they stand. Those with PMID as a tag are left out: rispy stops at them."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    parts = [part.partition("\nER  -")[0] for part in text.split("TY  - ")[1:]]
    return [f"TY  - {part}" for part in parts if "\nPMID  - " not in part]


def measure(before: str, work: str, path: Path, times: int = TIMES) -> list[float]:
    """[count, seconds, CPU seconds, MiB at most] of the run that took the least CPU time."""
    code = MEASURE.format(root=str(ROOT), path=str(path), before=before, work=work)
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT) for _ in range(times)]
    return min((list(json.loads(run.stdout)) for run in runs), key=lambda run: run[2])


def main(records: int, folder: Path) -> None:
    """Make the file, measure, and print one table."""
    path = folder / f"made-{records}.ris"
    make(path, records)
    print(f"{records:,} records, {path.stat().st_size / 1e6:,.0f} MB")
    rates = {}
    for name, (before, work) in READERS.items():
        count, seconds, cpu, peak = measure(before, work, path)
        rates[name] = count / cpu
        print(f"{name:<10} {count:>9,.0f} records {seconds:7.1f} s {cpu:7.1f} CPU s {count / cpu:9,.0f} records/s {peak:7.0f} MiB at most")
    print(f"streamed at {rates['streamed'] / rates['rispy']:.2f} times the rate of rispy (not less than 1.5 is asked for)")
    review = folder / "review"
    start = "from flows.cli import main; main()"
    subprocess.run([sys.executable, "-c", start, "init", str(review)], check=True, cwd=ROOT, capture_output=True)
    for name, counted in (("into the database", "new"), ("imported again, new", "new")):
        before, work = IMPORT
        count, seconds, _, peak = measure(before.format(review=str(review)), work.format(count=counted), path, times=1)
        print(f"{name:<22} {count:>9,.0f} records {seconds:7.1f} s {count / seconds:9,.0f} records/s {peak:7.0f} MiB at most")


if __name__ == "__main__":
    given = dict(islice(zip(("records", "folder"), sys.argv[1:], strict=False), 2))
    with tempfile.TemporaryDirectory() as temporary:
        main(int(given.get("records", 200_000)), Path(given.get("folder", temporary)))
