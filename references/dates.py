"""Dates as sources write them, brought to ISO and never made more exact than they were."""

from __future__ import annotations

import re
from functools import lru_cache

EARLIEST, LATEST = 1400, 2100  # a number outside of these is no year of a publication

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar januari janvier enero janeiro ene", "feb february februar februari fevrier février febrero fevereiro fev",
            "mar march märz maerz mars marzo março mär", "apr april avril abril abr avr", "may mai maj mayo maio",
            "jun june juni juin junio junho", "jul july juli juillet julio julho", "aug august augusti août aout agosto ago",
            "sep sept september septembre septiembre setembro set", "oct october oktober octobre octubre outubro okt out",
            "nov november novembre noviembre novembro", "dec december dezember desember décembre decembre diciembre dezembro dez dic des",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d|2100)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:1[4-9]|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_ORDERED = re.compile(r"(?<!\d)(\d{4})\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{1,2})(?!\d))?(?!\d)")
_EUROPEAN = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(4096)  # files repeat their dates
def clean_year(text: str) -> int | None:
    """The year in a date of any form: "2018/04//abr-jun2018", "20170812", "c2011", "Dec 2024"."""
    found = _COMPACT.search(text) or _YEAR.search(text)
    return int(found[1]) if found else None


@lru_cache(4096)
def clean_date(text: str, year: int | None = None) -> str | None:
    """ISO date, as exact as the source is: "2018", "2018-04", "2018-04-16".

    `year` serves texts that have none ("AUG 15"). Of a range of months or days only what both ends share is kept.
    The first of January counts as the year alone: Emerald, HighWire and reference managers write it for every year.
    """
    found = clean_year(text) or year
    if found is None:
        return None
    month, day = _month_and_day(text, found)
    if month is None or (month, day) == (1, 1):
        return f"{found:04d}"
    return f"{found:04d}-{month:02d}" + (f"-{day:02d}" if day else "")


def _month_and_day(text: str, year: int) -> tuple[int | None, int | None]:
    if compact := _COMPACT.search(text):
        return int(compact[2]), int(compact[3])
    ordered = _ORDERED.search(text)
    if ordered and int(ordered[1]) == year and 1 <= int(ordered[2]) <= 12:
        day = int(ordered[3] or 0)
        return int(ordered[2]), day if 1 <= day <= 31 else None
    if european := _EUROPEAN.search(text):
        return _day_first(int(european[1]), int(european[2]))
    return _in_words(text)


def _day_first(first: int, second: int) -> tuple[int | None, int | None]:
    """12/31/2018 and 31.12.2018 are clear; 03/04/2018 may be either, so only the year is sure."""
    if first == second and 1 <= first <= 12:
        return first, second
    if 1 <= second <= 12 < first <= 31:
        return second, first
    if 1 <= first <= 12 < second <= 31:
        return first, second
    return None, None


def _in_words(text: str) -> tuple[int | None, int | None]:
    months = {_MONTHS[word.lower()] for word in _WORD.findall(text) if word.lower() in _MONTHS}
    if len(months) != 1:
        return None, None
    days = {int(number) for number in re.findall(r"(?<!\d)\d{1,2}(?!\d)", text) if 1 <= int(number) <= 31}
    return months.pop(), days.pop() if len(days) == 1 else None
