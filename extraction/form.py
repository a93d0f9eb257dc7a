"""The extraction form: what is asked of each study, how an answer is stored, and which answers go together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from references.protocol import Section

TYPES = ("text", "integer", "date", "date_partial", "boolean", "enum", "multi_enum", "list_text", "quote_list")
MISSING = ("NR", "NA", "UN")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Answers that go together: where `when` is (or is not) one of some values, something must hold of another field."""

    when: str
    values: tuple[str, ...]  # "is"; empty: any answer but a missing code
    negated: bool  # "is_not" was written
    needs: str  # a field that must have an answer other than a missing code; or "" for
    field: str  # a field that
    forbids: tuple[str, ...]  # may not be one of these, or
    demands: tuple[str, ...]  # must be one of these
    not_before: str  # a field whose date `when` may not be before
    message: str
    query: bool  # worth a look rather than wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProblem:
    """Answers of one study that do not go together."""

    field: str
    what: str
    soft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """All fields in the order they are asked."""

    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    missing: Mapping[str, str]  # {code: what it means}

    def field(self, key: str) -> Field:
        """The field of that key; KeyError where there is none (the protocol's readers check all keys)."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)

    def open_fields(self, values: Mapping[str, Any]) -> tuple[Field, ...]:
        """The required fields that people fill in and nobody answered."""
        return tuple(field for field in self.fields if field.required and not field.filled and field.key not in values)

    def problems(self, values: Mapping[str, Any]) -> list[FormProblem]:
        """The form's rules that these answers ({key: stored value}) break."""
        broken = [rule for rule in self.rules if _breaks(rule, values)]
        return [FormProblem(field=rule.field or rule.needs or rule.when, what=rule.message, soft=rule.query) for rule in broken]


def _codes(value: Any) -> set[str]:
    return {str(item) for item in value} if isinstance(value, list) and all(isinstance(item, str) for item in value) else {str(value)}


def _given(value: Any) -> bool:
    return value is not None and value not in MISSING and value != []


def _breaks(rule: Rule, values: Mapping[str, Any]) -> bool:
    value = values.get(rule.when)
    if value is None:
        return False
    meets = bool(_codes(value) & set(rule.values)) if rule.values else _given(value)
    if meets == rule.negated:
        return False
    if rule.not_before:
        other = values.get(rule.not_before)
        return _given(value) and _given(other) and str(value)[: len(str(other))] < str(other)[: len(str(value))]
    if rule.needs:
        return not _given(values.get(rule.needs))
    other = values.get(rule.field)
    if other is None:
        return False
    return bool(_codes(other) & set(rule.forbids)) or bool(rule.demands and not _codes(other) & set(rule.demands))


def clean_answer(field: Field, text: str) -> Any:
    """A typed answer as it is stored; ValueError says what was expected.

    Stored as: text, date, date_partial, enum and boolean ("yes", "no") a str; integer an int; multi_enum and
    list_text a list of str; quote_list a list of {"finding", "quote", "place"}; a missing code as itself.
    """
    text = text.strip()
    if not text:
        codes = f", or {', '.join(field.missing)}" if field.missing else ""
        raise ValueError(f"{field.key} is blank; expected {_expected(field)}{codes}")
    if text.upper() in MISSING and text.upper() not in field.options:
        if text.upper() in field.missing:
            return text.upper()
        allowed = f"; of the missing codes it allows {', '.join(field.missing)}" if field.missing else "; it allows no missing code"
        raise ValueError(f"{field.key} cannot be {text.upper()}: expected {_expected(field)}{allowed}")
    return _CLEANERS[field.type](field, text)


def _wrong(field: Field, text: str) -> ValueError:
    return ValueError(f"{field.key} is {text!r}; expected {_expected(field)}")


def _expected(field: Field) -> str:
    named = {
        "text": "text",
        "integer": "a whole number",
        "date": "a date, year-month-day",
        "date_partial": "a year or a year-month, as in 2015 or 2015-04",
        "boolean": "yes or no",
        "enum": "one of " + ", ".join(field.options),
        "multi_enum": "one or more, with ; between, of " + ", ".join(field.options),
        "list_text": "texts with ; between",
        "quote_list": "findings, each with its place",
    }
    return named[field.type]


def _integer(field: Field, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise _wrong(field, text)
    return int(text)


def _date(field: Field, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _wrong(field, text) from None


def _date_partial(field: Field, text: str) -> str:
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", text):
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
    """In the form's order, so that the same choice is the same answer; a code that stands alone may not be joined."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if alone := [part for part in parts if part in MISSING or part == "none"]:
        if len(parts) > 1:
            raise ValueError(f"{field.key} is {text!r}; {alone[0]} stands alone or not at all")
        return [_enum(field, parts[0])]
    for part in parts:
        if part not in field.options:
            raise _wrong(field, part)
    return [option for option in field.options if option in parts]


def _list_text(field: Field, text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _quote_list(field: Field, text: str) -> list[dict[str, str]]:
    raise ValueError(f"{field.key} takes findings: give finding, quote and place, not a value ({text!r})")


_CLEANERS: dict[str, Any] = {
    "text": lambda field, text: text, "integer": _integer, "date": _date, "date_partial": _date_partial, "boolean": _boolean,
    "enum": _enum, "multi_enum": _multi_enum, "list_text": _list_text, "quote_list": _quote_list,
}  # fmt: skip


def clean_finding(finding: str, quote: str, place: str) -> dict[str, str]:
    """One item of a quote list; ValueError where the finding is blank, or a quotation has no place."""
    finding, quote, place = finding.strip(), quote.strip(), place.strip()
    if not finding:
        raise ValueError("the finding is blank; say in your own words what was found")
    if quote and not place:
        raise ValueError("a quotation without a place; give the page, or where else it stands")
    return {"finding": finding, "quote": quote, "place": place}


def display(field: Field, value: Any) -> str:
    """A stored answer in words: "cost control; equity", "Room was narrower (p. 4)", NR."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(_finding(item) for item in value)
    if isinstance(value, list):
        return "; ".join(display(field, item) for item in value)
    text = str(value)
    return text.replace("_", " ") if text in field.options and text.islower() else text


def _finding(item: Mapping[str, str]) -> str:
    quote = f" \u201c{item['quote']}\u201d" if item.get("quote") else ""
    return f"{item['finding']}{quote}" + (f" ({item['place']})" if item.get("place") else "")


def read_form(section: Section) -> Form:
    """Read [form]."""
    meanings = section.section("missing")
    missing = {code: meanings.text(code, required=False) for code in meanings.data if code in MISSING}
    meanings.done()
    fields: list[Field] = []
    for group in section.sections("groups"):
        group.text("key")
        label = group.text("label")
        for table in group.sections("fields"):
            field = _read_field(table, label)
            if field.key in {other.key for other in fields}:
                table.complain("key", f"{field.key!r} names two fields; each needs its own key")
            fields.append(field)
        group.done()
    keys = [field.key for field in fields]
    rules = tuple(_read_rule(table, keys) for table in section.sections("rules", required=False))
    section.text("note", required=False)
    section.done()
    return Form(fields=tuple(fields), rules=rules, missing=missing)


def _read_field(table: Section, group: str) -> Field:
    kind = table.choice("type", TYPES, default="text")
    field = Field(
        key=table.text("key"),
        label=table.text("label"),
        group=group,
        type=kind,
        options=table.texts("options", required=kind in ("enum", "multi_enum")),
        missing=table.texts("missing", required=False, options=MISSING),
        required=table.flag("required"),
        help=table.text("help", required=False),
        filled=table.flag("filled"),
    )
    table.done()
    return field


def _read_rule(table: Section, keys: list[str]) -> Rule:
    values, negated = table.texts("is", required=False), table.texts("is_not", required=False)
    rule = Rule(
        when=table.choice("when", keys),
        values=values or negated,
        negated=bool(negated),
        needs=table.choice("needs", keys, required=False),
        field=table.choice("field", keys, required=False),
        forbids=table.texts("forbids", required=False),
        demands=table.texts("demands", required=False),
        not_before=table.choice("not_before", keys, required=False),
        message=table.text("message"),
        query=table.flag("query"),
    )
    if not (rule.needs or rule.not_before or (rule.field and (rule.forbids or rule.demands))):
        table.complain(None, "says nothing; write needs, not_before, or field with forbids or demands")
    table.done()
    return rule
