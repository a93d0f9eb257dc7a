"""Which answers of one study go together: the form's rules, as the protocol words them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extraction.fields import MISSING, Field
from references.protocol import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where `when` is (or is not) one of some values, something must hold of another field."""

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

    @property
    def about(self) -> str:
        """The field that the rule speaks of, where the other one is given."""
        return self.field or self.needs or self.when

    def broken(self, values: Mapping[str, Any]) -> bool:
        """Whether these answers ({key: stored value}) break the rule; what is not answered yet breaks nothing but `needs`."""
        value = values.get(self.when)
        if value is None or self._applies(value) == self.negated:
            return False
        if self.not_before:
            return _earlier(value, values.get(self.not_before))
        if self.needs:
            return not _given(values.get(self.needs))
        other = values.get(self.field)
        if other is None:
            return False
        return bool(_codes(other) & set(self.forbids)) or bool(self.demands and not _codes(other) & set(self.demands))

    def _applies(self, value: Any) -> bool:
        return bool(_codes(value) & set(self.values)) if self.values else _given(value)


def _codes(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else {str(value)}


def _given(value: Any) -> bool:
    return value is not None and value not in MISSING and value != []


def _earlier(one: Any, other: Any) -> bool:
    """Whether one date is before the other, as far as both are exact: 2015 is not before 2015-04."""
    return _given(one) and _given(other) and str(one)[: len(str(other))] < str(other)[: len(str(one))]


def read_rule(table: Section, fields: Mapping[str, Field]) -> Rule:
    """Read one of [[form.rules]]."""
    keys = list(fields)
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
    _known_codes(table, fields.get(rule.when), is_=values, is_not=negated)
    _known_codes(table, fields.get(rule.field), forbids=rule.forbids, demands=rule.demands)
    _one_meaning(table, rule, bool(values and negated), fields)
    table.done()
    return rule


def _known_codes(table: Section, field: Field | None, **given: tuple[str, ...]) -> None:
    """A code that the field does not offer would make a rule that never applies."""
    if field is None:
        return
    offered = (*field.codes, "yes", "no") if field.type == "boolean" else field.codes
    for name, codes in given.items():
        for code in codes:
            if code not in offered:
                table.complain(
                    name.rstrip("_"), f"{code!r} is no answer to {field.key}; expected one of {', '.join(offered) or 'no codes'}"
                )


def _one_meaning(table: Section, rule: Rule, both: bool, fields: Mapping[str, Field]) -> None:
    if both:
        table.complain("is_not", "stands beside is; write one of them, or two rules")
    if (rule.forbids or rule.demands) and not rule.field:
        table.complain(None, "forbids and demands speak of a field; name it as field")
    meant = [bool(rule.needs), bool(rule.not_before), bool(rule.field and (rule.forbids or rule.demands))]
    if sum(meant) != 1:
        found = "says nothing" if not any(meant) else "says more than one thing"
        table.complain(None, f"{found}; write one of needs, not_before, or field with forbids or demands")
    for key in filter(None, (rule.not_before, rule.not_before and rule.when)):
        if key in fields and fields[key].type not in ("date", "date_partial"):
            table.complain("not_before", f"compares dates, but {key} is of type {fields[key].type}")
    named = dict.fromkeys(filter(None, (rule.when, rule.about)))
    if rule.message and named and not any(key in rule.message for key in named):
        table.complain("message", f"does not say which answer it is about; name {' or '.join(named)} in it")
