"""The pairs of a large table compared in one process, in Prefect tasks over threads, and over the processes of Dask.

    python tests/benchmarks/partitions.py [RECORDS]

Says for each what it took, and a digest of the groups and proposals with their reasons: they have to be the same, bit
for bit. Needs ../shared and the extra `dask`. The table is made of the labelled sets, as in duplicates.py.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]
HELD: dict[str, Any] = {}  # what the flow is given and gives: its function goes to every worker, and must not carry them along
WAYS = ("one process", "threads", "dask")


def measure(way: str, path: str) -> dict[str, object]:
    """Group the records of a table in one of WAYS."""
    from references.duplicates.find import reports_of
    from references.duplicates.table import records_of
    from references.formats.text import Text

    gc.disable()  # as `review dedupe` does
    records = list(records_of(Text.at(Path(path)), way))
    began = time.perf_counter()
    if way == "one process":
        found = reports_of(records)
    else:
        from prefect import flow

        from flows.prefect_flows import task_runner

        HELD["records"] = records
        flow(name="group records", task_runner=task_runner(way), persist_result=False)(group)()
        found = HELD["found"]
    seconds = time.perf_counter() - began
    digest = blake2b(digest_size=8)
    for report in found.reports:
        digest.update("\t".join(record.id for record in report.records).encode() + b"\n")
    for proposal in (*found.proposals, *found.companions):
        digest.update(repr((proposal.left, proposal.right, proposal.score, proposal.reasons)).encode())
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    return {"wall": seconds, "cpu": cpu, "memory": used[0].ru_maxrss / 1024, "reports": len(found.reports), "digest": digest.hexdigest()}


def group() -> None:
    """Group HELD["records"] in the tasks of the flow that runs this."""
    from flows.prefect_flows import in_tasks
    from references.duplicates.find import reports_of

    HELD["found"] = reports_of(HELD["records"], compare=in_tasks)


def main(count: int) -> None:
    """One line for each way, each in a process of its own."""
    from duplicates import make

    csv.field_size_limit(1 << 24)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        make(path, count)
        print(
            f"{count:,} records{'wall s':>14}{'CPU s':>8}{'MiB':>7}{'reports':>10}   digest; CPU of it and its processes, start-up included"
        )
        for way in WAYS:
            code = f"import json, partitions; print(json.dumps(partitions.measure({way!r}, {str(path)!r})))"
            place = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(Path(__file__).parent)))}
            run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=place)
            if run.returncode:
                sys.exit(run.stderr[-3000:])
            one = json.loads(run.stdout.splitlines()[-1])
            numbers = f"{one['wall']:>8.0f}{one['cpu']:>8.0f}{one['memory']:>7.0f}{one['reports']:>10,}"
            print(f"{way:<22}{numbers}   {one['digest']}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
