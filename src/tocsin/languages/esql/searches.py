"""Where searches may stand: ``match``, ``kql`` and their like ask an index for its documents.

So they are conditions, and come before what makes other rows of the events than were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tocsin.diagnostics import Span
from tocsin.languages.esql import nodes
from tocsin.languages.node import Node, parts_of, walk

_OF_FIELDS = frozenset({"match", "match_phrase", "multi_match"})
_OF_EVENTS = frozenset({"kql", "qstr"})
SEARCHES = _OF_FIELDS | _OF_EVENTS
"""Functions that are searches."""
_KEEP_EVENTS = (nodes.From, nodes.Where, nodes.Sort)
"""Commands behind which events are still what they were."""
_MAKE_ROWS = (nodes.Row, nodes.Limit, nodes.Stats, nodes.MvExpand)
"""Commands behind which no field is searched."""
_LOGIC = (nodes.And, nodes.Or, nodes.Not, nodes.Comparison)
"""What may stand around a search."""


class Misplaced(NamedTuple):
    """What is wrong with the place of a search, where it stands, and what to write."""

    message: str
    span: Span
    hint: str


def misplaced(commands: Sequence[nodes.Command]) -> Iterator[Misplaced]:
    """What is wrong with the places of a query's searches."""
    for place, command in enumerate(commands):
        match command:
            case nodes.Where(condition):
                yield from _behind(condition, commands[:place])
                yield from _inside(condition)
            case nodes.Stats(_, groups):
                yield from _outside(groups)
            case _:
                yield from _outside((command,))


def _behind(condition: nodes.Expression, before: Sequence[nodes.Command]) -> Iterator[Misplaced]:
    for node, name in _searches(condition):
        for command in reversed(before):
            if isinstance(command, _KEEP_EVENTS):
                continue
            if name in _OF_EVENTS or isinstance(command, _MAKE_ROWS):
                message = (
                    f"`{name}` asks for events as they were found, not behind `{_word(command)}`"
                )
                yield Misplaced(message, node.span, "put it in a `where` right behind `from`")
                break


def _inside(condition: nodes.Expression) -> Iterator[Misplaced]:
    """Searches that something other than ``and``, ``or`` and ``not`` is made of."""
    pending: list[Node] = [condition]
    while pending:
        node = pending.pop()
        if isinstance(node, _LOGIC):
            pending += parts_of(node)
        elif not _name(node):
            for each, name in _searches(node):
                message = f"`{name}` stands alone, or with `and`, `or` and `not`"
                yield Misplaced(message, each.span, "write it as a condition of its own")


def _outside(roots: Sequence[Node]) -> Iterator[Misplaced]:
    hint = "find the events first: `… | where … | eval …`"
    for root in roots:
        for node, name in _searches(root):
            message = f"`{name}` stands only in `where`"
            yield Misplaced(message, node.span, hint)


def _searches(root: Node) -> Iterator[tuple[Node, str]]:
    """The searches in a tree, each with how it is called."""
    for node in walk(root):
        if name := _name(node):
            yield node, name


def _name(node: Node) -> str:
    if isinstance(node, nodes.Match):
        return ":"
    if isinstance(node, nodes.Call) and node.name in SEARCHES:
        return node.name
    return ""


def _word(command: nodes.Command) -> str:
    return "mv_expand" if isinstance(command, nodes.MvExpand) else type(command).__name__.lower()
