"""Where buckets and ``inline stats`` may stand.

``bucket`` and ``tbucket`` stand behind ``by``, and in what is made of such groups; ``inline stats``
behind neither ``sort`` nor ``limit``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from tocsin.diagnostics import Span
from tocsin.languages.esql import nodes
from tocsin.languages.node import Node, walk

BUCKETS = frozenset({"bucket", "tbucket", "bin"})
"""Functions that only group rows."""


def misplaced_buckets(commands: Sequence[nodes.Command]) -> Iterator[tuple[str, Span]]:
    """The buckets of a query that stand where none can be: how each is called, and where."""
    for command in commands:
        if not isinstance(command, nodes.Stats):
            yield from _buckets(command)
            continue
        groups = [named.expression for named in command.groups]
        for group in groups:
            for node in walk(group):
                if _is_bucket(node):
                    yield from (found for part in node.arguments for found in _buckets(part))
        for aggregate in command.aggregates:
            yield from _buckets(aggregate, groups)


def _buckets(root: Node, groups: Sequence[nodes.Expression] = ()) -> Iterator[tuple[str, Span]]:
    for node in walk(root):
        if _is_bucket(node) and node not in groups:
            yield node.name, node.span


def _is_bucket(node: Node) -> TypeGuard[nodes.Call]:
    return isinstance(node, nodes.Call) and node.name in BUCKETS


def late_inline_stats(commands: Sequence[nodes.Command]) -> Iterator[tuple[str, Span]]:
    """Every ``inline stats`` behind ``sort`` or ``limit``: which of them, and where it stands."""
    before = ""
    for command in commands:
        if isinstance(command, nodes.Limit):
            before = "limit"
        elif isinstance(command, nodes.Sort):
            before = before or "sort"
        elif isinstance(command, nodes.Stats) and command.inline and before:
            yield before, command.span
        elif isinstance(command, nodes.Stats) and before == "sort":
            before = ""  # groups have no order
