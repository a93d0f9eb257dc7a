"""Folding text to what two spellings of it share: letters without accents, digits, numbers written one way."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
    "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
_PLAIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "µ": "mu"}
_LETTERS = {ord("α") + place: name for place, name in enumerate(_GREEK)} | {ord(letter): plain for letter, plain in _PLAIN.items()}
# Only marks that journals set in titles: "p < 0.05 and q > 1" must survive.
_MARKUP = re.compile(r"</?(?:su[bp]|inf|i|b|u|em|strong|span|p|br|sc|scp|jats:\w+|mml:\w+)\b[^<>]{0,80}>", re.IGNORECASE)
_NOT_A_VALUE = re.compile(
    r"\W*(?:unknown|#name\?|n/?a|none|null|untitled|no title(?: available)?|title not available|not available)\W*", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’‘`´]")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")

_NUMBERS = {
    word: str(value)
    for series in (
        ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"),
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
        ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th"),
    )
    for value, word in enumerate(series, 1)
}


def unmarked(text: str) -> str:
    """The text without character references and markup; nothing for a mark of a missing value ("#NAME?", "n/a")."""
    if "&" in text:
        text = html.unescape(html.unescape(text))  # twice: "&amp;lt;" is common
    if "<" in text:
        text = _MARKUP.sub("", text)
    return "" if len(text) < 40 and _NOT_A_VALUE.fullmatch(text) else text


def fold(text: str) -> str:
    """Small letters without accents. Letters of other alphabets stay, or a title in them would vanish."""
    text = text.lower()
    if not text.isascii():
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text.translate(_LETTERS)) if not unicodedata.combining(mark))
        text = text.translate(_LETTERS)  # letters that only came out now, such as an accented Greek one
    return text.replace("&", " and ") if "&" in text else text


# ASCII marks to spaces, but for apostrophes, which go, and the ends of lines, which stay: quicker than a pattern.
_SPACES = {code: None if chr(code) in "'`" else " " for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded, in order. "women's" is one word."""
    if text.isascii():
        return (text.lower(),) if text.isalpha() else tuple(_ascii_words(text).split())
    text = fold(text)
    return tuple(_WORD.findall(_APOSTROPHES.sub("", _THOUSANDS.sub("", text))))


def lines_of_words(texts: Sequence[str]) -> list[str]:
    """The words of each text in a line with blanks between; all ASCII texts at once, which is quicker than one by one."""
    plain = [text.isascii() and "\n" not in text for text in texts]
    lines = _ascii_words("\n".join([text if ascii else "" for text, ascii in zip(texts, plain, strict=True)])).split("\n")
    return [line if ascii else " ".join(words(text)) for text, line, ascii in zip(texts, lines, plain, strict=True)]


def _ascii_words(text: str) -> str:
    text = text.lower()
    if "&" in text:
        text = text.replace("&", " and ")
    return (_THOUSANDS.sub("", text) if "," in text else text).translate(_SPACES)


def numbered(words: Sequence[str]) -> Iterator[str]:
    """The words, those that are numbers in letters or Roman numerals turned into digits."""
    return map(_NUMBERS.get, words, words)  # a word is its own default


def spelling(word: str) -> str:
    """A word with British and American spelling, and singular and plural, made one. For comparing only: it is no English."""
    word = word.replace("ae", "e").replace("oe", "e").replace("our", "or").replace("is", "iz").replace("yz", "ys")
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
