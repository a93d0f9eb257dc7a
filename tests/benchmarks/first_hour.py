"""What a newcomer waits for, each beside its limit, as a ratio: python tests/benchmarks/first_hour.py

Not a test: machines are noisy. CPU seconds of the child processes; the limits are those the project sets itself.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from references.review import Review
from screening.sitting import Sitting

REVIEW = [sys.executable, "-c", "from flows.cli import main; main()"]


def cpu(*words: str, cwd: str) -> float:
    """CPU seconds of one run of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*REVIEW, *words], cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def many(folder: Path, number: int) -> None:
    """An export of so many different records."""
    entries = (
        f"TY  - JOUR\nTI  - Title number {n} on partnership {n * 7919}\nAU  - Name{n}, A\nPY  - {2007 + n % 18}\nER  - \n\n"
        for n in range(number)
    )
    (folder / "imports" / "many.ris").write_text("".join(entries))


def main() -> None:
    folder = tempfile.mkdtemp()
    rows = [("review --help, CPU s", min(cpu("--help", cwd=folder) for _ in range(3)), 0.5)]
    started = time.perf_counter()
    cpu("demo", "demo", "--direct", cwd=folder)
    rows.append(("review demo --direct, wall s", time.perf_counter() - started, 15.0))
    started = time.perf_counter()
    cpu("demo", "prefect", cwd=folder)
    rows.append(("review demo under Prefect, wall s", time.perf_counter() - started, 60.0))
    rows.append(("review status on the demo, CPU s", cpu("--review", "demo", "status", cwd=folder), 2.0))
    cpu("init", "large", cwd=folder)
    large = Path(folder) / "large"
    many(large, 5000)
    started = time.perf_counter()
    cpu("--review", "large", "refresh", "--offline", "--direct", cwd=folder)
    rows.append(("5,000 records read and grouped, wall s", time.perf_counter() - started, 10.0))
    sitting = Sitting(Review(large), stage="abstract", by="ana")
    started = time.perf_counter()
    for _ in range(200):
        sitting.press("i")
    rows.append(("one decision among 5,000 reports, ms", (time.perf_counter() - started) * 5, 50.0))
    for name, value, limit in rows:
        print(f"{name:<42} {value:8.2f}  limit {limit:6.2f}  ratio {value / limit:5.2f}")


if __name__ == "__main__":
    os.environ.pop("REVIEW_DATABASE_URL", None)
    main()
