"""The one text of all events that hold the same: what `tocsin.columns.content` hashes.

Compiled, for the events that are as `orjson` would write them but for order, dots and white space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.cells import cell
from tocsin.alerts.phrase import copied, put
from tocsin.alerts.tokens import BRACE, BRACE_END, BRACKET, BRACKET_END, COLON, COMMA
from tocsin.alerts.tree import (
    ARRAY,
    DEEPEST,
    END,
    FIRST,
    KEY,
    KEY_END,
    KIND,
    KINDS,
    NEXT,
    PARENT,
    START,
)
from tocsin.columns.native import lean
from tocsin.columns.string import QUOTE

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes


@lean
def write_canonical(data: Bytes, tree: Table, text: Bytes, out: int, limit: int) -> int:
    """Write a tree with its keys in order and without white space."""
    here, level = 0, 0
    out = put(BRACE, text, out, limit)
    node = cell(tree, 0, FIRST)
    while out <= limit:
        if node < 0:
            out = put(
                BRACKET_END if cell(tree, here, KIND) & KINDS == ARRAY else BRACE_END,
                text,
                out,
                limit,
            )
            if here == 0:
                return out
            level -= 1
            node = cell(tree, here, NEXT)
            here = cell(tree, here, KIND) >> PARENT
        else:
            kind = cell(tree, node, KIND) & KINDS
            if cell(tree, here, KIND) & KINDS != ARRAY:
                out = put(QUOTE, text, out, limit)
                out = copied(
                    data, cell(tree, node, KEY), cell(tree, node, KEY_END), text, out, limit
                )
                out = put(QUOTE, text, out, limit)
                out = put(COLON, text, out, limit)
            if kind >= ARRAY:
                if level == DEEPEST:
                    return limit + 1
                level += 1
                out = put(BRACKET if kind == ARRAY else BRACE, text, out, limit)
                here = node
                node = cell(tree, node, FIRST)
                continue
            out = copied(data, cell(tree, node, START), cell(tree, node, END), text, out, limit)
            node = cell(tree, node, NEXT)
        if node >= 0:
            out = put(COMMA, text, out, limit)
    return out
