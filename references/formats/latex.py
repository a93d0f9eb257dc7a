"""TeX's way of writing letters and emphasis, read as plain text; only values that hold any are looked at."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307", '"': "\u0308",
    "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328", "b": "\u0331", "t": "\u0361",
}  # fmt: skip
_SYMBOLS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "ss": "ß", "i": "i",
    "j": "j", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "textendash": "–", "textemdash": "—",
    "ldots": "…", "dots": "…", "textellipsis": "…", "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“",
    "textquotedblright": "”", "textasciitilde": "~", "textasciicircum": "^", "textbackslash": "\\", "textunderscore": "_",
    "textregistered": "®", "texttrademark": "™", "copyright": "©", "textcopyright": "©", "pounds": "£", "textsterling": "£",
    "texteuro": "€", "euro": "€", "S": "§", "P": "¶", "textdegree": "°", "degree": "°", "guillemotleft": "«", "guillemotright": "»",
    "textbar": "|", "textless": "<", "textgreater": ">", "LaTeX": "LaTeX", "TeX": "TeX", "times": "×", "pm": "±", "cdot": "·",
    "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "approx": "≈", "sim": "∼", "infty": "∞", "rightarrow": "→", "to": "→",
    "leftarrow": "←", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "omega": "ω", "theta": "θ", "eta": "η", "zeta": "ζ",
    "Delta": "Δ", "Gamma": "Γ", "Sigma": "Σ", "Omega": "Ω", "Lambda": "Λ", "quad": " ", "qquad": " ", "newline": " ", "par": " ",
    "slash": "/", "noopsort": "", "protect": "", "relax": "", "ignorespaces": "", "break": " ", "linebreak": " ",
}  # fmt: skip
# Commands that change how their argument looks, and not what it says.
_LOOKS = frozenset(
    (
        "textit", "textbf", "emph", "textsc", "textrm", "textsf", "texttt", "textsl", "textup", "textmd", "textnormal", "text",
        "mathrm", "mathit", "mathbf", "mathsf", "mathcal", "mathbb", "mbox", "hbox", "it", "bf", "em", "sc", "rm", "sf", "tt", "sl",
        "enquote", "mkbibquote", "mkbibemph", "uppercase", "lowercase", "MakeUppercase", "textsuperscript", "textsubscript",
        "underline", "url", "path", "nolinkurl", "bibstring", "operatorname", "ensuremath", "boldsymbol",
    )
)  # fmt: skip

_ACCENT = re.compile(r"\\([`'^\"~=.])\s*(?:\{\s*\\?([A-Za-z])\s*\}|\\([ij])(?![A-Za-z])\s?|([A-Za-z]))")
_LETTER_ACCENT = re.compile(r"\\([uvHtcdbkr])(?:\s*\{\s*\\?([A-Za-z])\s*\}|\s+\\?([A-Za-z])(?![A-Za-z])|\s+([A-Za-z]))")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(\s*)")
_ESCAPED = re.compile(r"\\([&%$#_{}\\,;:!/@ -])")
_HELD = {"{": "\ue000", "}": "\ue001", "$": "\ue002", "\\": "\ue003", "~": "\ue004"}  # kept through the removal of markup
_BACK = str.maketrans({held: plain for plain, held in _HELD.items()})


def decode(text: str) -> str:
    """The text that TeX would set: letters with their accents, no commands and no braces; maths as it can be read."""
    return _decoded(text) if any(mark in text for mark in "\\{}~$") or "--" in text or "``" in text or "''" in text else text


@lru_cache(8192)  # names and journals come again and again
def _decoded(text: str) -> str:
    if "\\" in text:
        text = _ESCAPED.sub(_escaped, text)
        text = _LETTER_ACCENT.sub(_accented, _ACCENT.sub(_accented, text))
        text = _COMMAND.sub(_command, text)
    text = text.replace("~", " ").replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    text = re.sub(r"[{}$]", "", text)  # last: a brace between two apostrophes keeps them two
    return unicodedata.normalize("NFC", text.translate(_BACK))


def _escaped(found: re.Match[str]) -> str:
    sign = found[1]
    if sign in "/-!":  # a place to break a word, or no space at all
        return ""
    if sign in ",;: \\":
        return " "
    return _HELD.get(sign, sign)


def _accented(found: re.Match[str]) -> str:
    letter = next(filter(None, found.groups()[1:]))
    return unicodedata.normalize("NFC", letter + _COMBINING[found[1]])


def _command(found: re.Match[str]) -> str:
    name = found[1]
    if name in _SYMBOLS:
        return "".join(_HELD.get(sign, sign) for sign in _SYMBOLS[name])
    return "" if name in _LOOKS else found[0].replace("\\", _HELD["\\"])
