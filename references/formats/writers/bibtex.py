"""BibTeX, as BibLaTeX and reference managers read it: UTF-8, with only TeX's own characters escaped."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from references.formats.names import as_person
from references.formats.reading import Found
from references.formats.writers.writer import CONTENT, Writer, encoded
from references.record import Record, surname

_TYPES = {
    "journal-article": "article",
    "conference-abstract": "inproceedings",
    "conference-paper": "inproceedings",
    "preprint": "misc",
    "review-notice": "article",
    "book": "book",
    "book-chapter": "incollection",
    "thesis": "phdthesis",
    "report": "techreport",
    "working-paper": "unpublished",
    "web-page": "online",
    "news": "article",
    "dataset": "dataset",
}
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_SPECIALS = re.compile(r"[\\{}%&#_$~^]")
_VERBATIM = ("doi", "url", "pmid", "pmcid", "issn", "isbn", "year", "date")  # read as they stand


_LIGATURE = re.compile(r"(?<=(['`-]))(?=\1)")  # two of them would be read as one mark


def _escaped(text: str) -> str:
    return _LIGATURE.sub("{}", _SPECIALS.sub(lambda found: _SPECIAL[found[0]], text))


_SUFFIX = re.compile(r"(?:[JS]r|I{2,3}|IV|V|2nd|3rd|4th)\.?", re.I)


def _name(name: str) -> str:
    """A person as "Family, Given"; a body, or a name of which only the order is known, in braces so that it stays whole."""
    name = as_person(name)
    family, *given = name.split(", ")
    if len(given) == 2 and _SUFFIX.fullmatch(given[1]):  # BibTeX has "Jr." in the middle
        return _escaped(", ".join([family, *reversed(given)]))
    return _escaped(name) if len(given) == 1 and " and " not in name else f"{{{_escaped(name)}}}"


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    holder = "booktitle" if record.type in ("book-chapter", "conference-paper", "conference-abstract") else "journal"
    texts: list[tuple[str, str | int | None]] = [
        ("title", record.title),
        ("origtitle", record.title_alt),
        (holder, record.journal),
        ("year", record.year),
        ("date", record.date),
        ("volume", record.volume),
        ("number", record.issue),
        ("pages", re.sub(r"(?<=\w)-(?=\w)", "--", record.pages or "")),
        ("doi", record.doi),
        ("pmid", record.pmid),
        ("pmcid", record.pmcid),
        ("issn", record.issn),
        ("isbn", record.isbn),
        ("publisher", record.publisher),
        ("language", record.language),
        ("abstract", record.abstract),
        ("abstract_alt", "\n\n".join(text for _, text in record.abstract_alt)),
        ("keywords", "; ".join(record.keywords)),
        ("url", record.url),
    ]
    for name, people in (("author", record.authors), ("editor", record.editors)):
        if people:
            yield name, " and ".join(_name(person) for person in people)
    for name, value in texts:
        if value:
            yield name, str(value).replace("{", "").replace("}", "") if name in _VERBATIM else _escaped(str(value))
    if record.retracted:
        yield "note", "Retracted publication"


def _key(record: Record, met: Counter[str]) -> str:
    """ "huby2018can": surname, year and the first word of the title, with a letter behind it where that is taken."""
    word = next((word for word in re.findall(r"\w+", record.title.lower()) if len(word) > 2), "")
    name = re.sub(r"\W", "", surname(record.authors[0])) if record.authors else "anon"
    plain = unicodedata.normalize("NFKD", f"{name}{record.year or ''}{word}".lower()).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]", "", plain) or "record"
    met[plain] += 1
    return plain if met[plain] == 1 else f"{plain}-{met[plain]}"


def _write(found: Iterable[Found], file: BinaryIO) -> Iterator[str]:
    met: Counter[str] = Counter()

    def texts() -> Iterator[str]:
        for one in found:
            entry = ",\n".join(f"  {name} = {{{value}}}" for name, value in _fields(one.record))
            yield f"@{_TYPES.get(one.record.type or '', 'misc')}{{{_key(one.record, met)},\n{entry}\n}}\n\n"

    encoded(texts(), file)
    return iter(())


BIBTEX = Writer(
    name="BibTeX",
    suffixes=(".bib", ".bibtex"),
    write=_write,
    holds=frozenset(CONTENT) - {"database", "accession"},
)
