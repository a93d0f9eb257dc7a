"""The worked example: a whole review of mandated partnership working, without a network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from hashlib import blake2s
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from extraction.sheets import apply_answers
from extraction.studies import apply_links
from flows.publish import Published
from flows.refresh import Step
from flows.refreshed import Refreshed, lines
from references.error import ReviewError
from references.review import PROTOCOL, Review
from screening.exchange import apply_decisions, apply_retrievals

DEPLOYMENTS = "prefect.yaml"  # for those who schedule refreshes with Prefect's workers
WORKED = "flows.protocols.partnership_working"


def make_review(folder: Path) -> None:
    """Make a new review from the partnership-working protocol; ReviewError where the folder holds one."""
    if (folder / PROTOCOL).exists():
        raise ReviewError(f"{folder / PROTOCOL} exists: {folder} is a review already. Name another folder.")
    if folder.exists() and not folder.is_dir():
        raise ReviewError(f"{folder} is a file; name a folder.")
    (folder / "imports").mkdir(parents=True, exist_ok=True)
    text = files(WORKED).joinpath(PROTOCOL).read_bytes()
    (folder / PROTOCOL).write_bytes(text)
    if not (folder / DEPLOYMENTS).exists():
        named = files("flows").joinpath(DEPLOYMENTS).read_text(encoding="utf-8").replace("- name: ", f"- name: {deployment(folder)} ")
        (folder / DEPLOYMENTS).write_text(named, encoding="utf-8")


def deployment(folder: Path) -> str:
    """What a review's schedules are called: a server may hold those of several, and takes a second one of a name for the first.

    Its folder's name and four digits of the path to it: "partnership-3fa2".
    """
    path = folder.resolve()
    name = re.sub(r"[^a-z0-9]+", "-", path.name.lower()).strip("-") or "review"
    return f"{name}-{blake2s(str(path).encode()).hexdigest()[:4]}"


def copy_example(folder: Path) -> Path:
    """Put the example's export files into imports/ and its decisions and answers into example/; where the latter is."""
    with as_file(files(WORKED).joinpath("example")) as example:
        for path in sorted((example / "imports").iterdir()):
            shutil.copyfile(path, folder / "imports" / path.name)
        target = folder / "example"
        target.mkdir(exist_ok=True)
        for path in sorted(example.iterdir()):
            if path.is_file() and path.suffix in (".csv", ".md"):
                shutil.copyfile(path, target / path.name)
    return target


def given(folder: str, name: str) -> str:
    """Apply one of the example's tables as a reviewer would with --from; what it came to, in words."""
    review, path = Review(Path(folder)), Path(folder) / "example" / name
    kind, _, rest = name.removesuffix(".csv").partition("_")
    stage, _, by = rest.partition("_")
    if kind == "decisions":
        new, _ = apply_decisions(review, path, stage=stage, by=by)
        return f"{by} decided on {new} reports"
    if kind == "settled":
        new, _ = apply_decisions(review, path, stage=stage, by="eva", role="settler")
        return f"eva settled {new} conflicts"
    if kind == "retrievals":
        new, _ = apply_retrievals(review, path, by="ana")
        return f"{new} reports sought: found or given up"
    if kind == "links":
        new, _ = apply_links(review, path, by="ana")
        return f"{new} reports linked to their studies"
    if kind == "answers":
        applied = apply_answers(review, path, by=rest)
        return f"{rest} gave {applied.new} answers on {len(applied.studies)} studies"
    applied = apply_answers(review, path, by="eva", role="agreed")
    return f"eva settled {applied.new} answers that differed"


STEPS = (
    ("Title and abstract", ("decisions_abstract_ana.csv", "decisions_abstract_ben.csv", "settled_abstract.csv")),
    ("Retrieval", ("retrievals.csv",)),
    ("Full text", ("decisions_fulltext_ana.csv", "decisions_fulltext_ben.csv", "settled_fulltext.csv")),
    ("Studies", ("links.csv",)),
    ("Extraction", ("answers_ana.csv", "answers_ben.csv", "agreed.csv")),
)


def demo(folder: str, *, refresh: Callable[..., Refreshed], publish: Callable[..., Published], step: Step[Any]) -> None:
    """Walk the example from its export files to the synthesis table, and print each step with its numbers."""
    number = _numbers()
    click.echo(f"{next(number)} Files and searches")
    _say(lines(refresh(folder, by="the worked example", offline=True)))
    for title, tables in STEPS:
        click.echo(f"{next(number)} {title}")
        _say([f"  {step(f'take {name}', given)(folder, name)}" for name in tables if (Path(folder) / "example" / name).is_file()])
    click.echo(f"{next(number)} Tables, figures and PRISMA counts")
    _say(publish(folder, by="the worked example").lines())


def _numbers() -> Iterator[str]:
    yield from (click.style(f"{number}.", bold=True) for number in range(1, 100))


def _say(said: list[str]) -> None:
    for line in said:
        click.echo(line)
