"""Where two texts differ, word by word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache

Spans = tuple[tuple[int, int], ...]  # (start, end) in characters
Words = list[tuple[tuple[int, int], str]]  # ((start, end), the word as it is compared)

SAME, ALIKE, OTHER, ONE = "same", "alike", "other", "one"
MOST_WORDS = 3000  # longer texts take seconds; they are said to differ, without where
_NO_SPACES = "\u2e80-\u9fff\uf900-\ufaff"  # Chinese and Japanese: each sign is a word here
_WORD = re.compile(rf"[{_NO_SPACES}]|(?:(?![{_NO_SPACES}])\w)+")
_TOO_FEW = 0.35  # share of words in common below which single words that agree say nothing
_SMALL = 3  # letters of a word that does not part two differences: "of", "and"


def compared(left: str, right: str, *, ordered: bool = True) -> str:
    """How two values stand to each other: SAME, ALIKE (but for capitals, accents and punctuation), OTHER, ONE (only one is there).

    `ordered`: without it, the same words in another order are ALIKE, as in "Huby, Guro" and "Guro Huby".
    """
    if not left or not right:
        return ONE
    if left == right:
        return SAME
    a, b = ([word for _, word in _words(text)] for text in (left, right))
    return ALIKE if a == b or (not ordered and sorted(a) == sorted(b)) else OTHER


@lru_cache(maxsize=256)
def differing(left: str, right: str, *, ordered: bool = True) -> tuple[Spans, Spans]:
    """The parts of each text that the other has not; capitals, accents and punctuation do not count.

    Texts with few words in common differ as a whole, and so do texts of more than MOST_WORDS words. Where the order of
    words says nothing (`ordered`), a word differs that the other text does not hold as often.
    """
    a, b = _words(left), _words(right)
    if not ordered:
        return _beside(left, _spans(a, _more(a, b))), _beside(right, _spans(b, _more(b, a)))
    whole = (((0, len(left)),), ((0, len(right)),))
    if max(len(a), len(b)) > MOST_WORDS:
        return whole
    matcher = SequenceMatcher(None, [word for _, word in a], [word for _, word in b], autojunk=False)
    if len(a) + len(b) > 8 and matcher.ratio() < _TOO_FEW:
        return whole
    left_runs: list[list[int]] = []
    right_runs: list[list[int]] = []
    after_small = False  # whether all that lies between the last difference and this one is a word too small to part them
    last = ""
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            after_small = last == "replace" and i2 - i1 == 1 and len(a[i1][1]) <= _SMALL and not a[i1][1].isdigit()
            continue
        for runs, start, end in ((left_runs, i1, i2), (right_runs, j1, j2)):
            if after_small and kind == "replace":
                runs[-1][1] = end
            elif start < end:
                runs.append([start, end])
        last = kind
    return _spans(a, left_runs), _spans(b, right_runs)


def _more(these: Words, others: Words) -> list[list[int]]:
    """The runs of words that the others do not hold, or not as often."""
    left = Counter(word for _, word in others)
    runs: list[list[int]] = []
    for place, (_, word) in enumerate(these):
        left[word] -= 1
        if left[word] < 0:
            runs.append([place, place + 1])
    return runs


def _beside(text: str, spans: Spans) -> Spans:
    """Spans with nothing but a blank between them as one."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and text[found[-1][1] : start] == " ":
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def _words(text: str) -> Words:
    """Each word with its place, without accents and capitals."""
    return [(match.span(), _folded(match[0])) for match in _WORD.finditer(text)]


def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark)).casefold()


def _spans(words: Words, runs: list[list[int]]) -> Spans:
    return tuple((words[start][0][0], words[end - 1][0][1]) for start, end in runs)
