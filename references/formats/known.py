"""The formats that are known here, and which of them a file is: told by its content, not by its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from references.formats.bibtex import BIBTEX
from references.formats.cochrane import COCHRANE
from references.formats.csl_json import CSL_JSON
from references.formats.csv_exports import CSV
from references.formats.endnote_xml import ENDNOTE_XML
from references.formats.format import Format
from references.formats.headers import TABLES
from references.formats.medline import MEDLINE
from references.formats.openalex_json import OPENALEX_JSON
from references.formats.ovid import OVID, OVID_LABELS
from references.formats.pubmed_xml import PUBMED_XML
from references.formats.reading import Reading
from references.formats.refer import REFER
from references.formats.refworks import REFWORKS
from references.formats.ris import BARE_RIS, RIS
from references.formats.text import Text
from references.formats.vendors import PUBLISHERS, SIGNS, vendor_of
from references.formats.wos import WOS


class Unknown(ValueError):
    """A file in no format that is known here."""


OFFICE = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")  # how workbooks begin, and other ZIP and old Office files
# In the order in which they are looked for: the telling signs first.
FORMATS: tuple[Format, ...] = (
    ENDNOTE_XML,
    PUBMED_XML,
    CSL_JSON,
    OPENALEX_JSON,
    COCHRANE,
    OVID,
    RIS,
    MEDLINE,
    WOS,
    REFER,
    REFWORKS,
    OVID_LABELS,
    BIBTEX,
    CSV,
    BARE_RIS,
)


def reading_of(text: Text, source: str, *, format: str = "", vendor: str = "") -> Reading:
    """A file ready to be read, in the format and by the vendor that its content shows, or that the user says.

    Unknown where no format fits, or where the user names one that is not known.
    """
    head = text.head()
    if text.encoding == "xlsx":
        chosen, why = named("XLSX"), "a workbook"
    else:
        chosen, why = (named(format), "as you said") if format else recognise(head)
    seller, reason = (_vendor(vendor), "as you said") if vendor else vendor_of(chosen.name, head)
    if not seller and (seller := chosen.about(text, "").vendor):
        reason = "its headers"
    return Reading(text, chosen, source, seller, f"{chosen.name}: {why}" + (f"; {seller}: {reason}" if seller else ""))


_VENDORS = sorted({vendor for vendor, *_ in SIGNS} | set(PUBLISHERS.values()) | {vendor for vendor in TABLES if vendor})


def _vendor(name: str) -> str:
    """The vendor of this name, capitals or not. Unknown where there is none: a slip would change how a file is understood."""
    found = next((vendor for vendor in _VENDORS if vendor.lower() == name.lower()), None)
    if found is None:
        raise Unknown(f"{name!r} is no vendor whose exports are known here; expected one of {', '.join(_VENDORS)}")
    return found


def open_file(path: Path) -> Text:
    """A file, ready for reading_of(): a text, or a workbook that answers as one."""
    with path.open("rb") as file:
        if not file.read(8).startswith(OFFICE):
            return Text.at(path)
    from references.formats.xlsx import read_workbook

    return cast(Text, read_workbook(lambda: path.open("rb")))


def recognise(head: str) -> tuple[Format, str]:
    """The format that the head of a file shows, and what in it shows that."""
    for format in FORMATS:
        if why := format.sign(head):
            return format, why
    page = " It looks like a web page, perhaps a sign-in page saved in its place." if re.match(r"\s*<(?:!doctype|html)", head, re.I) else ""
    first = next((line.strip() for line in head.split("\n") if line.strip()), "")
    raise Unknown(
        f"no format that is known here; it begins with {first[:80]!r}.{page} "
        f"Expected one of {_names()}; if you know which it is, name it with --format"
    )


def named(name: str) -> Format:
    """The format of this name, capitals or not."""
    if name.upper() == "XLSX":
        from references.formats.xlsx import XLSX  # it takes longer to import than all the others together

        return XLSX
    for format in FORMATS:
        if format.name.lower() == name.lower():
            return format
    raise Unknown(f"{name!r} is no format that is known here; expected one of {_names()}")


def _names() -> str:
    return ", ".join(dict.fromkeys([*(format.name for format in FORMATS), "XLSX"]))
