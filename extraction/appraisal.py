"""Appraisal: which tools a study's design asks for, and what their items came to. No score is ever made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extraction.form import Field
from references.protocol import Section

ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question of an appraisal tool."""

    item: str  # as the tool numbers it: "S1", "AU"
    designs: tuple[str, ...]  # the designs it is asked of; "*" for all
    question: str
    answers: tuple[str, ...]  # the first one means that the item is met
    from_abstract: bool  # can be answered where only the abstract was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """An appraisal tool; its official guide decides in doubt."""

    key: str
    name: str
    official: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """All tools, and which designs they are for."""

    tools: tuple[Tool, ...]
    routes: Mapping[str, tuple[str, ...]]  # {design: tool keys}

    def items_for(self, design: str) -> tuple[tuple[Tool, Item], ...]:
        """The items asked of a design, tool by tool, in the order of its route; none where no route names it."""
        tools = {tool.key: tool for tool in self.tools}
        return tuple(
            (tools[key], item)
            for key in self.routes.get(design, ())
            for item in tools[key].items
            if design in item.designs or ANY in item.designs
        )

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
        """Why an item may not be answered for a study with these answers; empty where it may."""
        _, item = self.find(key)
        design = str(values.get("design", ""))
        if not design:
            return f"{key} is answered, but not yet the design that decides whether it is asked; answer design too"
        if design not in item.designs and ANY not in item.designs:
            return f"{key} is not asked of the design {design}; it is for {', '.join(item.designs)}"
        if values.get("read_from", "full_text") != "full_text" and not item.from_abstract:
            return f"{key} cannot be answered from {values['read_from'].replace('_', ' ')}; leave it out until the full text is read"
        return ""

    def fields_for(self, values: Mapping[str, Any]) -> tuple[Field, ...]:
        """The items to ask of a study with these answers, as fields of a form; none before its design is known."""
        asked = self.items_for(str(values.get("design", "")))
        return tuple(
            Field(
                key=f"{tool.key}/{item.item}",
                label=f"{tool.name} {item.item}",
                group="Appraisal",
                type="enum",
                options=item.answers,
                missing=(),
                required=False,
                help=item.question,
                filled=False,
            )
            for tool, item in asked
            if not self.wrong(f"{tool.key}/{item.item}", values)
        )


def summary(tool: Tool, answers: Mapping[str, str]) -> str:
    """Items met of items answered, and the others by their question: "AACODS: 1 of 2 met. Objectivity: no".

    `answers` is {item: answer}. No total score: the makers of MMAT 2018 advise against one.
    """
    asked = [item for item in tool.items if item.item in answers]
    met = [item for item in asked if answers[item.item] == item.answers[0]]
    weak = [item for item in asked if item not in met]
    weak.sort(key=lambda item: answers[item.item] != "no")  # a plain no before what cannot be told
    named = "; ".join(f"{item.item} {item.question.partition(':')[0].rstrip('?')}: {answers[item.item].replace('_', ' ')}" for item in weak)
    return f"{tool.name}: {len(met)} of {len(asked)} answered items met" + (f". {named}" if named else "")


def read_appraisal(section: Section) -> Appraisal:
    """Read [appraisal]."""
    tools: list[Tool] = []
    for table in section.sections("tools"):
        tool = Tool(
            key=table.text("key"),
            name=table.text("name"),
            official=table.text("official", required=False),
            items=tuple(_read_item(item) for item in table.sections("items")),
        )
        for number in sorted({item.item for item in tool.items if [other.item for other in tool.items].count(item.item) > 1}):
            table.complain("items", f"item {number!r} stands twice")
        table.done()
        tools.append(tool)
    routes = {}
    for table in section.sections("routes", required=False):
        routes[table.text("design")] = table.texts("tools", options=[tool.key for tool in tools], required=False)
        table.text("note", required=False)
        table.done()
    section.text("note", required=False)
    section.done()
    return Appraisal(tools=tuple(tools), routes=routes)


def _read_item(table: Section) -> Item:
    item = Item(
        item=table.text("item"),
        designs=table.texts("designs"),
        question=table.text("question"),
        answers=table.texts("answers"),
        from_abstract=table.flag("from_abstract"),
    )
    table.done()
    return item
