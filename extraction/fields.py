"""One question of the extraction form: what may be answered, how an answer is stored, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MISSING = ("NR", "NA", "UN")  # not reported, does not apply, unclear: stored as they are, whatever the type
ALONE = (*MISSING, "none")  # say that there is nothing, so they stand beside no other code

EXPECTED = {
    "text": "text",
    "integer": "a whole number",
    "date": "a date, year-month-day",
    "date_partial": "a year or a year-month, as in 2015 or 2015-04",
    "boolean": "yes or no",
    "enum": "one of",
    "multi_enum": "one or more, with ; between, of",
    "list_text": "texts with ; between",
    "quote_list": "findings, each with its place",
}
TYPES = tuple(EXPECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of the form."""

    key: str
    label: str
    group: str  # the group's label
    type: str  # out of TYPES
    options: tuple[str, ...]  # of enum and multi_enum, without the missing codes
    missing: tuple[str, ...]  # the missing codes it allows, out of MISSING
    required: bool
    help: str
    filled: bool  # the program knows it and fills it in

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that may be answered: the options, then the missing codes."""
        return (*self.options, *(code for code in self.missing if code not in self.options))

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen from a list, in the order of its numbers; none where the answer is written freely."""
        offered = {"enum": self.codes, "multi_enum": self.codes, "boolean": ("yes", "no", *self.codes)}
        return offered.get(self.type, ())


def clean_answer(field: Field, text: str) -> Any:
    """A typed answer as it is stored; ValueError says what was expected.

    Stored as: text, date, date_partial, enum and boolean ("yes", "no") a str; integer an int; multi_enum and
    list_text a list of str; quote_list a list of {"finding", "quote", "place"}; a missing code as itself.
    """
    text = _plain(text)
    if not text:
        raise ValueError(f"{field.key} is blank; expected {_expected(field)}")
    if text.upper() in MISSING and text not in field.options:
        if text.upper() in field.missing:
            return text.upper()
        raise ValueError(f"{field.key} cannot be {text.upper()}; expected {_expected(field)}")
    return _CLEANERS[field.type](field, text)


def _plain(text: str) -> str:
    """Without control characters, which no typed answer needs; line breaks become blanks."""
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", "", re.sub(r"\s+", " ", text)).strip()


def _expected(field: Field) -> str:
    options = f" {', '.join(field.options)}" if field.type in ("enum", "multi_enum") else ""
    codes = f"; or of the missing codes {', '.join(field.missing)}" if field.missing else "; it allows no missing code"
    return f"{EXPECTED[field.type]}{options}{codes}"


def _wrong(field: Field, text: str) -> ValueError:
    return ValueError(f"{field.key} is {text!r}; expected {_expected(field)}")


def _text(field: Field, text: str) -> str:
    return text


def _integer(field: Field, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise _wrong(field, text)
    return int(text)


def _date(field: Field, text: str) -> str:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # fromisoformat alone takes weeks and bare digits too
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass  # a 30th of February is refused like any other text
    raise _wrong(field, text)


def _date_partial(field: Field, text: str) -> str:
    if not re.fullmatch(r"[12][0-9]{3}(-(0[1-9]|1[0-2]))?", text):
        raise _wrong(field, text)
    return text


def _boolean(field: Field, text: str) -> str:
    if text.lower() not in ("yes", "no"):
        raise _wrong(field, text)
    return text.lower()


def _enum(field: Field, text: str) -> str:
    if text not in field.options:
        raise _wrong(field, text)
    return text


def _multi_enum(field: Field, text: str) -> list[str]:
    """In the form's order, so that the same choice is the same answer."""
    parts = _list_text(field, text)
    for part in parts:
        if part not in field.codes:
            raise _wrong(field, part)
        if part in ALONE and len(parts) > 1:
            raise ValueError(f"{field.key} is {text!r}; {part} stands alone or not at all")
        if part in MISSING:
            raise _wrong(field, text)
    return [option for option in field.options if option in parts]


def _list_text(field: Field, text: str) -> list[str]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise _wrong(field, text)
    return parts


def _quote_list(field: Field, text: str) -> list[dict[str, str]]:
    raise ValueError(f"{field.key} takes findings, each with quote and place, not a value; found {text!r}; expected {_expected(field)}")


_CLEANERS: dict[str, Callable[[Field, str], Any]] = {
    "text": _text,
    "integer": _integer,
    "date": _date,
    "date_partial": _date_partial,
    "boolean": _boolean,
    "enum": _enum,
    "multi_enum": _multi_enum,
    "list_text": _list_text,
    "quote_list": _quote_list,
}


def clean_finding(finding: str, quote: str, place: str) -> dict[str, str]:
    """One finding of a quote list; ValueError where it is blank, or a quotation has no place."""
    finding, quote, place = _plain(finding), _plain(quote), _plain(place)
    if not finding:
        raise ValueError("the finding is blank; say in your own words what was found")
    if quote and not place:
        raise ValueError("a quotation without a place; give the page, or where else it stands")
    return {"finding": finding, "quote": quote, "place": place}


def display(field: Field, value: Any) -> str:
    """A stored answer in words: "cost control; equity", "Room was narrower (p. 4)", NR.

    Codes lose their underscores, but those in capitals are names and stay (SCO_PBJW_2014). Of a quote list only
    the finding and its place are shown: a quotation is for whoever checks.
    """
    if isinstance(value, list):
        return "; ".join(_finding(item) if isinstance(item, dict) else display(field, item) for item in value)
    text = str(value)
    return text.replace("_", " ") if text in field.options and not text.isupper() else text


def _finding(item: Mapping[str, str]) -> str:
    return f"{item['finding'].rstrip('.')} ({item['place']})" if item.get("place") else item["finding"]
