"""How long a refresh takes beside what the rate limits of its slowest source allow: python tests/benchmarks/refresh.py [--records N]

Four sources with N records each (10,000) are served on this machine by processes of their own, with the limits that the services
state: Europe PMC 5 requests a second (what we hold to), PubMed 3, OpenAlex 5 for broad searches with a free key, Crossref 1.
The floor is the number of requests a source needs times its interval; the bar is 1.2 times that of the slowest source.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

SENTENCE = (
    "joint boards of health and social care share budgets slowly where mandates meet local partnership and trust grows over time "
    "among staff who work across municipal and hospital services with users who wait at home"
)
WORDS = SENTENCE.split()
_SOUNDS = random.Random(1)
VOCABULARY = [
    "".join(_SOUNDS.choice(("ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ra", "su", "ti")) for _ in range(4)) for _ in range(3000)
]
QUERIES = {
    "europepmc": ("x", "Europe PMC", 0.2, 1000),
    "pubmed": ("x", "PubMed", 1 / 3, 200),
    "openalex": ("title_and_abstract.search:a AND b AND c AND d AND e AND f AND g", "OpenAlex", 0.2, 100),
    "crossref": ("filter=issn:1234-5679", "Crossref", 1.0, 1000),
}
PROTOCOL = '[searches]\nfrom = "2007-01-01"\noverlap_days = 60\n\n'


def varied(made: list[Any], first: int = 1) -> list[Any]:
    """The records with a title, an author and a year of their own each, the same for the same number: alike ones would all be compared."""
    return [json.loads(_varied(json.dumps(raw), number)) for number, raw in enumerate(made, first)]


def _varied(text: str, number: int) -> str:
    chance = random.Random(number)
    title = " ".join(chance.choice(VOCABULARY) for _ in range(chance.randint(7, 15))).capitalize()
    text = re.sub(r"Joint working in health and social care, part (<i>)?\d+(</i>)?", title, text)
    text = re.sub(r"\bMoe\b", chance.choice(VOCABULARY).capitalize(), text)
    text = re.sub(r"<Volume>\d+</Volume>", "<Volume>4</Volume>", text)  # as the other services have it
    return re.sub(
        r'(?<=Publication": )2019|(?<=pubYear": ")2019|2019(?= Mar|-03-01)|(?<=<PubDate><Year>)\d{4}', str(2008 + number % 12), text
    )


def served(name: str, count: int) -> Any:
    """A replay server with as many records, each with an abstract of some 200 words. Three have the same reports, OpenAlex has others."""
    from tests import replay_crossref, replay_europepmc, replay_openalex, replay_pubmed

    text = " ".join(WORDS * 7)
    if name == "europepmc":
        return replay_europepmc.Replay([{**raw, "abstractText": text} for raw in varied(replay_europepmc.made(count))])
    if name == "openalex":
        index: dict[str, list[int]] = {}
        for place, word in enumerate(WORDS * 7):
            index.setdefault(word, []).append(place)
        works = [{**raw, "abstract_inverted_index": index} for raw in varied(replay_openalex.made(count, 1_000_001), 1_000_001)]
        return replay_openalex.Replay(works, credits=10_000)
    if name == "pubmed":
        return replay_pubmed.Replay(varied(replay_pubmed.made(count)), strict=True)
    works = [{**raw, "abstract": f"<jats:p>{text}</jats:p>", "ISSN": ["1234-5679"]} for raw in varied(replay_crossref.made(count))]
    return replay_crossref.Replay(works, rates=((1, 1),))


def serve(name: str, count: int, pipe: Connection) -> None:
    """Serve until told to stop, then say how many requests came and the most in a second."""
    with served(name, count) as server:
        pipe.send(server.base)
        pipe.recv()
        pipe.send((len(server.heard), server.most_in(1.0), server.most_at_once))


def main() -> None:
    """Serve, refresh, and say how long it took beside the floor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000)
    count = parser.parse_args().records
    folder = Path(tempfile.mkdtemp())
    pipes = {}
    lines = [PROTOCOL]
    for name, (query, _, _, _) in QUERIES.items():
        ours, theirs = multiprocessing.Pipe()
        multiprocessing.get_context("spawn").Process(target=serve, args=(name, count, theirs), daemon=True).start()
        pipes[name] = ours
        os.environ[f"REVIEW_{name.upper()}_URL"] = ours.recv()
        lines.append(f'[[searches.lines]]\nname = "{name}"\nsource = "{name}"\nquery = \'{query}\'\n\n')
    os.environ |= {"NO_PROXY": "127.0.0.1", "REVIEW_OPENALEX_KEY": "a-free-key"}
    text = (Path(__file__).parents[1] / "data" / "small_protocol.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[searches]")
    body = "".join(lines)
    (folder / "protocol.toml").write_text(head + body + rest[rest.index("[imports]") :], encoding="utf-8")
    (folder / "imports").mkdir()
    report(folder, count, pipes)
    shutil.rmtree(folder)


def report(folder: Path, count: int, pipes: dict[str, Connection]) -> None:
    """One refresh, and a table of it."""
    from flows import refresh as module
    from references.review import Review

    review = Review(folder)
    with review.reading():
        pass  # the database is made before the clock starts
    searched: list[float] = []

    def side_by_side(chains: Any) -> Any:
        found = module.side_by_side(chains)
        searched.append(time.monotonic())
        return found

    start = time.monotonic()
    done = module.refresh(str(folder), by="benchmark", together=side_by_side)
    took, whole, results = searched[0] - start, time.monotonic() - start, done.searches
    floors = []
    print(f"{'source':<12}{'state':<10}{'records':>8}{'requests':>10}{'most in 1 s':>13}{'floor s':>9}")
    for result in results:
        _, platform, interval, _ = QUERIES[result.source]
        pipes[result.source].send("stop")
        requests, most, at_once = pipes[result.source].recv()
        floors.append(requests * interval)
        print(f"{platform:<12}{result.state:<10}{result.retrieved:>8,}{requests:>10}{most:>10} ({at_once}){floors[-1]:>9.1f}")
        assert (result.state, result.retrieved) == ("complete", count), result.message
    slowest = max(floors)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{done.after.records:,} records, {done.after.reports:,} reports; {memory:.0f} MiB; the slowest source's floor {slowest:.1f} s")
    print(f"searches side by side: {took:.1f} s wall, ratio {took / slowest:.2f} (bar 1.20)")
    print(f"with comparing and counting what came: {whole:.1f} s, ratio {whole / slowest:.2f}")


if __name__ == "__main__":
    main()
