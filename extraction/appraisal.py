"""Appraisal: which tools a study's design asks for, and what their items came to. No score is ever made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.fields import Field
from references.protocol import Section

ANY = "*"
MOST_NAMED = 2  # weak items put into words in a cell of a table; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question of an appraisal tool."""

    item: str  # as the tool numbers it: "S1", "AU"
    designs: tuple[str, ...]  # the designs it is asked of; "*" for all
    question: str
    answers: tuple[str, ...]  # the first one means that the item is met
    from_abstract: bool  # can be answered where only the abstract was read
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """An appraisal tool; its official guide decides in doubt."""

    key: str
    name: str
    official: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a design is appraised with."""

    tools: tuple[str, ...] = ()  # keys of tools; none: described in words
    strands: tuple[str, ...] = ()  # designs whose items are asked as well
    instead: tuple[str, ...] = ()  # designs whose items may be answered in place of a strand's


@dataclass(frozen=True, slots=True, kw_only=True)
class Grey:
    """Which tools a grey report gets besides those of its design, and which answer to the form makes it one."""

    tools: tuple[str, ...]
    when: str  # a key of the form
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """All tools, and which designs they are for."""

    tools: tuple[Tool, ...]
    routes: Mapping[str, Route]  # by design
    grey: Grey | None = None

    def items_for(self, design: str, grey: bool = False) -> tuple[tuple[Tool, Item], ...]:
        """The items asked of a design, tool by tool; none where no route names it.

        Mixed methods get the items of both strands besides their own. The protocol names the strands in the route
        (`strands`): here qualitative and quantitative descriptive, the commonest pair; where the quantitative strand
        is of another kind, its items may be answered instead (`instead`). A grey report gets the tools of
        [appraisal.grey] whole, besides what its design asks for.
        """
        route = self.routes.get(design, Route())
        added = self.grey.tools if grey and self.grey else ()
        return tuple(
            (tool, item)
            for tool in self._ordered(dict.fromkeys((*route.tools, *added)))
            for item in tool.items
            if tool.key in added or set(item.designs) & {design, *route.strands, ANY}
        )

    def _ordered(self, keys: Mapping[str, None]) -> list[Tool]:
        return [tool for key in keys for tool in self.tools if tool.key == key]

    def items_of(self, values: Mapping[str, Any]) -> tuple[tuple[Tool, Item], ...]:
        """The items asked of a study with these answers to the form, whether or not what was read can answer them."""
        grey = self.grey is not None and values.get(self.grey.when) in self.grey.values
        return self.items_for(str(values.get("design", "")), grey)

    def find(self, key: str) -> tuple[Tool, Item]:
        """The tool and item of "TOOL/ITEM"; ValueError naming what there is."""
        name, _, number = key.partition("/")
        for tool in self.tools:
            if tool.key == name:
                for item in tool.items:
                    if item.item == number:
                        return tool, item
                raise ValueError(f"{tool.name} has no item {number!r}; it has {', '.join(item.item for item in tool.items)}")
        raise ValueError(f"no appraisal tool {name!r} (in {key}); the protocol has {', '.join(tool.key for tool in self.tools)}")

    def clean(self, key: str, text: str) -> str:
        """An answer to an item as it is stored; ValueError where the item or the answer is unknown."""
        _, item = self.find(key)
        if text.strip() not in item.answers:
            raise ValueError(f"{key} is {text!r}; expected {', '.join(item.answers)}")
        return text.strip()

    def wrong(self, key: str, values: Mapping[str, Any]) -> str:
        """Why an item may not be answered for a study with these answers to the form; empty where it may."""
        tool, item = self.find(key)
        design = str(values.get("design", ""))
        if not design:
            return f"{key} is answered, but not yet the design that decides whether it is asked; answer design too"
        route = self.routes.get(design, Route())
        instead = tool.key in route.tools and set(item.designs) & set(route.instead)
        if not instead and (tool, item) not in self.items_of(values):
            asked = ", ".join(dict.fromkeys(one.name for one, _ in self.items_of(values))) or "no tool"
            return f"{key} is not asked of the design {design}, which gets {asked}; it is for {', '.join(item.designs)}"
        read = str(values.get("read_from", "full_text"))
        if read != "full_text" and not item.from_abstract:
            return f"{key} cannot be answered from {read.replace('_', ' ')}; leave it out until the full text is read"
        return ""

    def asked(self, values: Mapping[str, Any]) -> tuple[tuple[Tool, Item], ...]:
        """The items to ask of a study with these answers; of one that was read as an abstract, only what that can answer."""
        return tuple((tool, item) for tool, item in self.items_of(values) if not self.wrong(f"{tool.key}/{item.item}", values))

    def fields_for(self, values: Mapping[str, Any]) -> tuple[Field, ...]:
        """The same items as fields of a form; none before the design is known."""
        return tuple(
            Field(
                key=f"{tool.key}/{item.item}",
                label=f"{tool.name} {item.item}",
                group="Appraisal",
                type="enum",
                options=item.answers,
                missing=(),
                required=False,
                help=" ".join(filter(None, (item.question, item.note))),
                filled=False,
            )
            for tool, item in self.asked(values)
        )


def summary(tool: Tool, answers: Mapping[str, str], asked: Sequence[Item] = ()) -> str:
    """Items met of items asked, and the weakest in words: "AACODS: 1 of 3 met; weak: Objectivity (no); 1 not answered".

    `answers` is {item: answer}; `asked` the items that were asked, or those answered where it is not given. A plain
    no is weaker than what cannot be told. No total score: the makers of MMAT 2018 advise against one.
    """
    items = asked or [item for item in tool.items if item.item in answers]
    given = [item for item in items if item.item in answers]
    weak = [item for item in given if answers[item.item] != item.answers[0]]
    weak.sort(key=lambda item: item.answers.index(answers[item.item]))
    named = ", ".join(f"{_short(item)} ({answers[item.item].replace('_', ' ')})" for item in weak[:MOST_NAMED])
    parts = [f"{tool.name}: {len(given) - len(weak)} of {len(items)} met"]
    if weak:
        parts.append(f"weak: {named}" + (f" and {len(weak) - MOST_NAMED} more" if len(weak) > MOST_NAMED else ""))
    if len(given) < len(items):
        parts.append(f"{len(items) - len(given)} not answered")
    return "; ".join(parts)


def _short(item: Item) -> str:
    """ "Objectivity" of "Objectivity: can bias be seen?", else the whole question after its number."""
    domain, colon, _ = item.question.partition(":")
    return domain if colon else f"{item.item} {item.question}"


def read_appraisal(section: Section) -> Appraisal:
    """Read [appraisal]."""
    tools: list[Tool] = []
    for table in section.sections("tools"):
        tool = _read_tool(table)
        if tool.key and tool.key in {other.key for other in tools}:
            table.complain("key", f"{tool.key!r} names two tools; each needs its own key")
        tools.append(tool)
    keys = [tool.key for tool in tools]
    routes: dict[str, Route] = {}
    for table in section.sections("routes", required=False):
        design = table.text("design")
        if design in routes:
            table.complain("design", f"{design!r} has two routes; name all its tools in one")
        routes[design] = _read_route(table, keys)
    grey = _read_grey(section.section("grey"), keys) if "grey" in section.data else None
    section.text("note", required=False)
    section.done()
    return Appraisal(tools=tuple(tools), routes=routes, grey=grey)


def _read_tool(table: Section) -> Tool:
    answers = table.texts("answers", required=False)
    key = table.text("key")
    items: list[Item] = []
    for row in table.sections("items"):
        item = _read_item(row, answers)
        if item.item and item.item in {other.item for other in items}:
            row.complain("item", f"{item.item!r} stands twice in {key}; each item needs its own")
        items.append(item)
    if "/" in key:
        table.complain("key", f"{key!r} holds a /, which is kept for what stands between a tool and its item")
    tool = Tool(key=key, name=table.text("name"), official=table.text("official", required=False), items=tuple(items))
    table.done()
    return tool


def _read_item(table: Section, answers: tuple[str, ...]) -> Item:
    item = Item(
        item=table.text("item"),
        designs=table.texts("designs"),
        question=table.text("question"),
        answers=table.texts("answers", required=not answers) or answers,
        from_abstract=table.flag("from_abstract"),
        note=table.text("note", required=False),
    )
    table.done()
    return item


def _read_route(table: Section, tools: Sequence[str]) -> Route:
    route = Route(
        tools=table.texts("tools", options=tools, required=False),
        strands=table.texts("strands", required=False),
        instead=table.texts("instead", required=False),
    )
    if not route.tools and not table.text("note", required=False):
        table.complain(None, "names no tool; say in a note how such studies are appraised")
    table.text("note", required=False)
    table.done()
    return route


def _read_grey(table: Section, tools: Sequence[str]) -> Grey:
    grey = Grey(tools=table.texts("tools", options=tools), when=table.text("when"), values=table.texts("is"))
    table.text("note", required=False)
    table.done()
    return grey
