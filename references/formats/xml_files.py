"""XML files of records, streamed: the encoding settled, nothing dangerous let in, one element in memory at a time.

lxml reads without a network, without loading a DTD and without entities; a DTD that declares any is refused before
anything is read, since the known bombs (billion laughs, quadratic blowup, external entities) are all made of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, cast

from lxml import etree

from references.formats.diagnostics import Diagnostic
from references.formats.entry import Entry, Line
from references.formats.format import Sides
from references.formats.text import Malformed, Text, TooLarge
from references.formats.xml_prologue import fed
from references.formats.xml_text import pieces, tags

Element = etree._Element

LONGEST_RECORD = 8_000_000  # characters; the longest real ones, with their references, have some hundred thousand
MOST_ROWS = 100_000  # values of one record
MOST_ATTRIBUTES = 200  # of one element; to list them takes lxml the square of their number
SHORT = 65_535  # libxml2 keeps an element's line exactly up to here


class Shape(NamedTuple):
    """How one format's files are built."""

    name: str  # "PubMed XML"
    records: tuple[str, ...]  # elements that are a record where they stand in no other
    rows: Callable[[Element], Iterable[Row]]
    unhashed: frozenset[str] = frozenset()  # tags, to the first "/", that number a record or tell of the program


class Row(NamedTuple):
    """A value with its path, and the element it stands in."""

    tag: str
    value: str
    element: Element


def entries(text: Text, shape: Shape) -> Iterator[Entry | Diagnostic | Sides]:
    """The records of an XML file, in its order; its start and end tags are counted apart, by a pattern.

    Malformed where it is no well-formed XML or declares entities, TooLarge for a record that is larger than any real one.
    """
    starts, ends = _counted(text, shape)
    yield Sides(len(starts), len(ends))
    number = 0
    for found in _elements(text, shape):
        if isinstance(found, Diagnostic):
            yield found
            continue
        element, offset = found
        known = number < len(starts) and number < len(ends)
        first = starts[number] if known else offset + line_of(element)
        yield _entry(element, shape, offset, first, ends[number] if known else first)
        number += 1


def _counted(text: Text, shape: Shape) -> tuple[array[int], array[int]]:
    """The lines on which records start and end; of elements inside each other only the outermost counts."""
    starts, ends = array("q"), array("q")
    depth = last = 0
    for tag in tags(text, shape.records):
        if tag.place - last > LONGEST_RECORD:
            what = f"{tag.place - last:,} characters before line {tag.line} in one record or outside of all"
            raise TooLarge(f"{what}; expected {LONGEST_RECORD:,} at most")
        last = tag.place
        if tag.opens:
            if depth == 0:
                starts.append(tag.line)
            depth += 1
        if tag.closes:
            depth = max(depth - 1, 0)
            if depth == 0:
                ends.append(tag.line)
    return starts, ends


def _entry(element: Element, shape: Shape, offset: int, first: int, last: int) -> Entry:
    rows = list(shape.rows(element))
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"the record that begins on line {first} has {len(rows):,} values; expected {MOST_ROWS:,} at most")
    lines: list[Line] = []
    after = last
    for row in reversed(rows):  # a value ends before the next one begins; references such as &#10; are no line ends
        begin = max(min(offset + line_of(row.element), after), first)
        lines.append(Line(row.tag, row.value, begin, begin if "/@" in row.tag else min(begin + _line_ends(row.element), after)))
        after = begin
    lines.reverse()
    text = "\n".join(f"{row.tag}\t{row.value}" for row in rows if row.tag.partition("/")[0] not in shape.unhashed)
    return Entry(lines=tuple(lines), first_line=first, last_line=last, started=True, closed_by="end", text=text)


# -- parsing -----------------------------------------------------------------------------------------------------------


def _elements(text: Text, shape: Shape) -> Iterator[tuple[Element, int] | Diagnostic]:
    """Each record's element with the number of lines before its document; it is emptied when the next one is asked for."""
    parser, offset, count, told = None, 0, 0, list[Diagnostic]()
    for piece in fed(pieces(text, told)):
        yield from _flush(told)
        try:
            if piece.opens:
                if parser is not None:
                    yield from _rest(parser.close(), shape, offset)
                    yield Diagnostic(piece.line, "note", "another XML document in the same file", "read as if it were one")
                parser, offset = _parser(shape), piece.line - 1
            assert parser is not None
            parser.feed(piece.text.encode("utf-8", "replace"))
        except etree.XMLSyntaxError as error:
            raise _refusal(error, offset, count + sum(1 for _ in _finished(parser, shape)), shape) from None
        for element in _finished(parser, shape):
            count += 1
            yield element, offset
            yield from _swept(element, shape, offset)
    yield from _flush(told)
    if parser is not None:
        try:
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise _refusal(error, offset, count, shape) from None
        yield from _rest(root, shape, offset)


def _flush(told: list[Diagnostic]) -> Iterator[Diagnostic]:
    yield from told
    told.clear()


def _parser(shape: Shape) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{name}" for name in shape.records],
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _finished(parser: etree.XMLPullParser | None, shape: Shape) -> Iterator[Element]:
    """The records whose end was met, but for elements of those names inside a record."""
    for _, element in parser.read_events() if parser is not None else ():
        if isinstance(element, Element) and not any(local(above) in shape.records for above in element.iterancestors()):
            yield element


def _refusal(error: etree.XMLSyntaxError, offset: int, before: int, shape: Shape) -> Malformed | TooLarge:
    line, what = offset + (error.lineno or 1), " ".join((error.msg or "an error").split())
    stood = f"{before} {'record' if before == 1 else 'records'} stood before that, and nothing of the file is read"
    if "huge" in what.lower() or "depth" in what.lower():
        return TooLarge(f"line {line}: {what}; no real file of {shape.name} has that; {stood}")
    hint = "; the file seems to be cut off" if "Premature end" in what else ""
    return Malformed(f"line {line}: {what}{hint}; expected well-formed XML; {stood}. Export the records again, or mend that line")


def _swept(element: Element, shape: Shape, offset: int) -> Iterator[Diagnostic]:
    """Empty a record that was read, and let go of all that stands before it."""
    element.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs do not know it
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        yield from _outside(before, shape, offset)
        parent.remove(before)


def _rest(root: Element, shape: Shape, offset: int) -> Iterator[Diagnostic]:
    """What a file holds beside its records."""
    for element in root.iter():
        if isinstance(element.tag, str):
            yield from _outside(element, shape, offset, deep=False)


def _outside(element: Element, shape: Shape, offset: int, deep: bool = True) -> Iterator[Diagnostic]:
    """Text that stands in no record: in an element that is none, or behind a record."""
    within = element.text or ""
    if deep and local(element) not in shape.records:
        within = " ".join(map(str, element.itertext()))
    for found in (within, element.tail or ""):
        if said := " ".join(found.split()):
            line = offset + line_of(element)
            yield Diagnostic(line, "warning", f"text outside of any record: {said[:200]!r}", "kept here only")


# -- elements ----------------------------------------------------------------------------------------------------------


def local(element: Element) -> str:
    """An element's name without its namespace; "" for an entity that stands for itself."""
    return _local(element.tag)


@lru_cache(maxsize=4096)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def line_of(element: Element) -> int:
    """The line, from 1, on which the element begins; beyond SHORT as near as libxml2's count of text allows."""
    line = cast(int, element.sourceline or 1)
    if line < SHORT:
        return line
    while not element.text and len(element):
        element = element[0]
    return max(SHORT, line - (element.text or element.tail or "").count("\n"))


def _line_ends(element: Element) -> int:
    if not len(element):
        return (element.text or "").count("\n")
    return sum(str(part).count("\n") for part in element.itertext())


def words(element: Element) -> str:
    """All the text in an element, markup undone; white space that only lays out runs of <style> is left out."""
    text = "".join(_texts(element)) if len(element) else element.text or ""
    return text.strip() if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _texts(element: Element, formula: bool = False) -> Iterator[str]:
    """The text of an element, and in a formula the names of empty elements that stand for a sign (<infinity/>, <plus/>)."""
    name = local(element)
    formula = formula or name == "math"
    if formula and not len(element) and not element.text and not name.startswith("m"):
        yield f" {name} "
    styled = any(local(child) == "style" for child in element)
    for child, loose in ((None, element.text), *((child, child.tail) for child in element)):
        if child is not None and local(child):
            yield from _texts(child, formula)
        elif child is not None:
            yield child.text or ""  # the name of an entity that nobody declared
        if loose and not (styled and "\n" in loose and not loose.strip()):
            yield loose


# Markup of running text; an element that holds nothing else is one value.
INLINE = frozenset({"style", "i", "b", "u", "sub", "sup", "sc", "em", "strong", "math", "DispFormula", ""})

Special = Mapping[str, Callable[[Element, str], Iterable[Row]]]


def rows(element: Element, path: str, special: Special, unkept: frozenset[str]) -> list[Row]:
    """Every value in an element, in its order, by its path, and its attributes as "path/@name".

    `special` reads some elements, by their names, in its own way; `unkept` are attributes that say nothing of a record.
    """
    found: list[Row] = []
    if len(element.attrib) > MOST_ATTRIBUTES:
        raise TooLarge(f"{len(element.attrib):,} attributes in one <{local(element)[:40]}>; expected {MOST_ATTRIBUTES} at most")
    if element.attrib:
        for name, value in element.attrib.items():
            if (name := _local(name)) not in unkept and (value := str(value).strip()):
                found.append(Row(f"{path}/@{name}", value, element))
    if not len(element) or all(local(child) in INLINE for child in element):
        if value := words(element):
            found.append(Row(path, value, element))
        return found
    if element.text and (value := element.text.strip()):
        found.append(Row(path, value, element))
    for child in element:
        name = local(child)
        if name in special:
            found += special[name](child, path)
        elif name:
            found += rows(child, f"{path}/{name}" if path else name, special, unkept)
        else:
            found.append(Row(path, child.text or "", element))
        if child.tail and (value := child.tail.strip()):
            found.append(Row(path, value, element))
    return found
