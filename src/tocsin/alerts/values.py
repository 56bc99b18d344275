"""The values of the fields that a rule looks at, written for Python to read.

Compiled. It agrees with `tocsin.alerts.paths.values_at`: lists on the way to a field are searched,
element by element, and so are lists inside lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.cells import cell, set_cell
from tocsin.alerts.lookup import AFTER, child
from tocsin.alerts.phrase import copied, put
from tocsin.alerts.tokens import BRACKET, BRACKET_END, COMMA
from tocsin.alerts.tree import (
    ARRAY,
    DEEPEST,
    END,
    FIRST,
    KIND,
    KINDS,
    NEXT,
    OBJECT,
    SCALAR,
    STACK,
    START,
)
from tocsin.columns.native import lean

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

    Whole = Table

ELEMENT, PATH = 0, 1
"""Columns of what is open: the element of a list, and the row of the path from there, `THERE` at
its end."""

THERE = -1


@lean
def write_values(
    data: Bytes,
    tree: Table,
    ask: int,
    last: int,
    asked: Whole,
    paths: Table,
    names: Bytes,
    text: Bytes,
    out: int,
    limit: int,
) -> int:
    """Write a list with the list of each field's values."""
    mark = BRACKET
    while ask < last:
        out = put(mark, text, out, limit)
        out = put(BRACKET, text, out, limit)
        out = _write_field(data, tree, asked[ask], paths, names, text, out, limit)
        out = put(BRACKET_END, text, out, limit)
        mark = COMMA
        ask += 1
    return put(BRACKET_END, text, out, limit)


@lean
def _write_field(
    data: Bytes,
    tree: Table,
    row: int,
    paths: Table,
    names: Bytes,
    text: Bytes,
    out: int,
    limit: int,
) -> int:
    """Write the values of the field whose path begins at a row, commas between them."""
    begin, node, depth = out, 0, 0
    while True:
        kind = cell(tree, node, KIND) & KINDS
        if kind >= OBJECT and row != THERE:
            inner = child(data, tree, paths, names, node, row)
            if inner >= 0:
                node, row = inner, row + 1 if paths[row, AFTER] > 0 else THERE
                continue
        elif kind == SCALAR and row == THERE:
            if out > begin:
                out = put(COMMA, text, out, limit)
            out = copied(data, cell(tree, node, START), cell(tree, node, END), text, out, limit)
        elif kind == ARRAY and cell(tree, node, FIRST) >= 0:
            if depth == DEEPEST:
                return limit + 1
            node = cell(tree, node, FIRST)
            set_cell(tree, STACK + depth, ELEMENT, node)
            set_cell(tree, STACK + depth, PATH, row)
            depth += 1
            continue
        depth = _advanced(tree, depth)
        if depth == 0:
            return out
        node = cell(tree, STACK + depth - 1, ELEMENT)
        row = cell(tree, STACK + depth - 1, PATH)


@lean
def _advanced(tree: Table, depth: int) -> int:
    """Go on to the next element of the lists that are open; how many still are."""
    while depth > 0:
        following = cell(tree, cell(tree, STACK + depth - 1, ELEMENT), NEXT)
        if following >= 0:
            set_cell(tree, STACK + depth - 1, ELEMENT, following)
            break
        depth -= 1
    return depth
