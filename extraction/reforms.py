"""The reforms a review follows, and the stage of a reform that data were gathered in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from references.protocol import Section

PARTIAL = r"[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reform:
    """One reform that studies are coded to."""

    code: str
    name: str
    start: str  # from when stages are counted: year, year-month or year-month-day; blank where it is not settled
    dates: str  # in words
    seen: str  # where the dates were seen


def read_reforms(section: Section) -> tuple[Reform, ...]:
    """Read [reforms]."""
    reforms: list[Reform] = []
    for table in section.sections("list"):
        reform = Reform(
            code=table.text("code"),
            name=table.text("name"),
            start=table.text("start", required=False),
            dates=table.text("dates", required=False),
            seen=table.text("seen", required=False),
        )
        if reform.start and not re.fullmatch(PARTIAL, reform.start):
            table.complain("start", f"expected a year, year-month or year-month-day, or nothing, found {reform.start!r}")
        if reform.code and reform.code in {other.code for other in reforms}:
            table.complain("code", f"{reform.code!r} stands twice; each reform needs its own")
        table.done()
        reforms.append(reform)
    section.text("note", required=False)
    section.done()
    return tuple(reforms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """How the stage of a reform follows from its start and the dates of a study's data."""

    field: str  # the coded stage
    reform: str  # the field that says which reforms
    first: str  # the field with the date the data begin
    last: str  # and end
    names: tuple[str, ...]  # codes of the stages, in time's order
    years: tuple[int, ...]  # after the start: where one stage ends and the next begins; one fewer than names
    several: str  # the code for data of more than one stage
    unless: str  # a field whose answer explains a stage that does not agree; or ""
    message: str
    starts: Mapping[str, str]  # {reform code: start}, of the reforms whose start is settled

    def disagree(self, values: Mapping[str, Any]) -> bool:
        """Whether the coded stage fits none of the study's reforms; never where a date or a start is not known.

        Dates may be as rough as a year: a stage is accepted where any day that they allow is in it.
        """
        coded, reforms = values.get(self.field), values.get(self.reform)
        if coded not in (*self.names, self.several) or (self.unless and values.get(self.unless)):
            return False
        starts = [self.starts.get(code, "") for code in reforms] if isinstance(reforms, list) else []
        first, last = (_known(values.get(key)) for key in (self.first, self.last))
        if not starts or not all(starts) or not (first or last):
            return False
        return coded not in {stage for start in starts for stage in self._fitting(start, first, last, len(starts) > 1)}

    def _fitting(self, start: str, first: str, last: str, more: bool) -> set[str]:
        """The codes that data from `first` to `last` may have for a reform that started at `start`."""
        lowest = self._stage(_earliest(first), _latest(start)) if first else 0
        highest = self._stage(_latest(last), _earliest(start)) if last else len(self.names) - 1
        surely = bool(first and last) and self._stage(_latest(first), _earliest(start)) < self._stage(_earliest(last), _latest(start))
        spans = {self.several} if highest > lowest or more else set()  # two reforms may be of different age
        return spans if surely else spans | set(self.names[lowest : highest + 1])

    def _stage(self, day: str, start: str) -> int:
        return sum(day >= f"{int(start[:4]) + years:04d}{start[4:]}" for years in self.years)


def _known(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch(PARTIAL, value) else ""


def _earliest(partial: str) -> str:
    """The first day a partial date allows; days compare as text."""
    return partial + "-01-01"[len(partial) - 4 :]


def _latest(partial: str) -> str:
    return partial + "-12-31"[len(partial) - 4 :]


def read_stages(table: Section, codes: Mapping[str, Sequence[str]]) -> Stages:
    """Read [form.stages]. `codes` is {key of a field: the codes it allows}."""
    keys = list(codes)
    field, reform = table.choice("field", keys), table.choice("reform", keys)
    offered = codes.get(field, ())
    reforms = read_reforms(table.other("reforms"))
    stages = Stages(
        field=field,
        reform=reform,
        first=table.choice("first", keys),
        last=table.choice("last", keys),
        names=table.texts("names", options=offered),
        years=_years(table),
        several=table.choice("several", offered),
        unless=table.choice("unless", keys, required=False),
        message=table.text("message"),
        starts={one.code: one.start for one in reforms if re.fullmatch(PARTIAL, one.start)},
    )
    if stages.names and len(stages.years) != len(stages.names) - 1:
        table.complain("years", f"expected {len(stages.names) - 1} borders between {len(stages.names)} stages, found {len(stages.years)}")
    if unknown := [one.code for one in reforms if one.code and reform and one.code not in codes[reform]]:
        table.complain("reform", f"[reforms] has {', '.join(unknown)}, but {reform} offers no such option; add it to the form too")
    table.done()
    return stages


def _years(table: Section) -> tuple[int, ...]:
    years = table.numbers("years")
    if list(years) != sorted(set(years)):
        table.complain("years", f"expected rising numbers of years after the start, found {', '.join(map(str, years))}")
    return years
