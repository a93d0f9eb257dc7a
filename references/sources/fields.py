"""Reading one JSON object of a source strictly: every field is taken, or told of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from references.formats.diagnostics import Diagnostic
from references.identifiers import clean_text
from references.record import Record

T = TypeVar("T")


class Fields:
    """One JSON object while it is read: what is understood is taken out, so that the rest can be told.

    `origins` gathers (field of the record, path, 0) for the object and those inside it.
    """

    def __init__(self, data: Any, path: str = "", origins: list[tuple[str, str, int]] | None = None) -> None:
        self.left: dict[str, Any] = dict(data) if isinstance(data, dict) else {}
        self.path = path
        self.origins: list[tuple[str, str, int]] = [] if origins is None else origins
        self.inner: list[Fields] = []

    def text(self, name: str, field: str | None = None) -> str | None:
        """A text or number; anything else is left where it is."""
        value = self.left.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            return None
        del self.left[name]
        cleaned = clean_text(str(value)) or None
        if cleaned and field:
            self.tell(field, name)
        return cleaned

    def read(self, name: str, clean: Callable[[str], T | None], field: str | None = None) -> T | None:
        """A text or number that `clean` accepts, given as it came; one that it does not is left where it is."""
        value = self.left.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)) or (cleaned := clean(str(value).strip())) is None:
            return None
        del self.left[name]
        if field:
            self.tell(field, name)
        return cleaned

    def tell(self, field: str, name: str) -> None:
        """Note that a field of the record comes from here."""
        origin = (field, self.path + name, 0)
        if origin not in self.origins:
            self.origins.append(origin)

    def inside(self, name: str) -> Fields:
        """An object in a field; an empty one where there is none."""
        value = self.left.pop(name) if isinstance(self.left.get(name), dict) else None
        self.inner.append(Fields(value, f"{self.path}{name}.", self.origins))
        return self.inner[-1]

    def texts(self, name: str, of: str, field: str | None = None) -> list[str]:
        """The texts of a list in an object, as in keywordList.keyword[]."""
        holder = self.inside(name)
        value = holder.left.get(of)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return []
        del holder.left[of]
        if value and field:
            holder.tell(field, of)
        return [text for item in value if (text := clean_text(item))]

    def objects(self, name: str, of: str) -> list[Fields]:
        """The objects of a list in an object, as in authorList.author[]."""
        holder = self.inside(name)
        value = holder.left.get(of)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            return []
        del holder.left[of]
        holder.inner += [Fields(item, f"{holder.path}{of}[].", self.origins) for item in value]
        return holder.inner

    def over(self, ignored: frozenset[str]) -> Iterator[tuple[str, str, int]]:
        """What nobody took, as Record.unread holds it, but for empty values and the paths to ignore."""
        for name, value in self.left.items():
            if self.path + name not in ignored and value not in (None, "", [], {}):
                yield clean_text(self.path + name), clean_text(value if isinstance(value, str) else json.dumps(value)), 0
        for inner in self.inner:
            yield from inner.over(ignored)


def not_understood(found: Sequence[Record], kept: frozenset[str] = frozenset()) -> list[Diagnostic]:
    """One line for each field that these records hold in `unread`, but for those that are kept there on purpose."""
    unknown = Counter(tag for record in found for tag in {tag for tag, _, _ in record.unread} - kept)
    first = {tag: record.key for record in reversed(found) for tag, _, _ in record.unread}
    return [
        Diagnostic(None, "warning", f"{tag}: not understood in {count} records, first in {first[tag]}", "kept as unread")
        for tag, count in sorted(unknown.items())
    ]
