"""Words that differ by a slip of the pen or of a program, and words that mean something else."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import OSA, Prefix

# Two letters apart, or alike at their beginning, and yet no slips.
_OPPOSITES = (
    ("hyper", "hypo"), ("inter", "intra"), ("pre", "peri"), ("pre", "post"), ("peri", "post"), ("quali", "quanti"), ("parent", "patient"),
    ("micro", "macro"), ("adolesc", "adult"), ("endo", "exo"), ("ante", "anti"), ("effer", "affer"),
)  # fmt: skip
SHORT = 4  # letters of a word that one slip may be in: "CHF" and "CHD" are one letter apart
LONG = 6  # and two: so are "men" and "women"
STEM = 5  # letters that two forms of one word share: "organized" and "organizational"


def one_letter(left: str, right: str) -> bool:
    """Whether two texts of some length differ in one letter, or two that changed places: not "CHF" and "CHD"."""
    return min(len(left), len(right)) >= SHORT and not _opposed(left, right) and OSA.distance(left, right, score_cutoff=1) <= 1


def only_slips(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether each word on the side with fewer has a counterpart on the other that is the same but for a slip or an ending.

    Footnote marks at a word's end are none of it; what the other side has beside them ("SIM competition paper: ...") is only added.
    """
    few, many = sorted((_without_marks(left), _without_marks(right)), key=len)
    return bool(few) and all(any(_slip(word, other) for other in many) for word in few)


def _without_marks(words: Sequence[str]) -> list[str]:
    return [bare for word in words if (bare := word.rstrip("0123456789"))]


def _slip(left: str, right: str) -> bool:
    if _opposed(left, right) or min(len(left), len(right)) < SHORT:
        return left == right
    alike = left[0] == right[0] and min(len(left), len(right)) >= LONG - 1 and OSA.distance(left, right, score_cutoff=2) <= 2
    run_on = left.startswith(right) or right.startswith(left)  # "faceto" for "face to"
    return one_letter(left, right) or alike or run_on or Prefix.similarity(left, right) >= STEM


def _opposed(left: str, right: str) -> bool:
    pairs = ((left, right), (right, left))
    return any(one.startswith(a) and two.startswith(b) for a, b in _OPPOSITES for one, two in pairs)
