"""What an alert's document has of its event: the event's own members, and the original ones.

Compiled. Members are copied as they stand in the event, but for those whose names are the alert's
own; ``event.kind`` becomes ``signal``, and ``event.*`` and ``data_stream.*`` stand a second time
under the names that alerts give them. A comma follows each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.cells import cell, set_cell
from tocsin.alerts.lookup import DATA_STREAM, DOUBT, EVENT, EVENT_KIND, find
from tocsin.alerts.phrase import (
    EVENT_KEY,
    EVENT_KIND_SIGNAL,
    KIND_SIGNAL,
    ORIGINAL,
    OURS,
    SIGNAL,
    TIMESTAMP_KEY,
    begins,
    copied,
    put,
    said,
)
from tocsin.alerts.tokens import (
    BRACE,
    BRACE_END,
    BRACKET,
    BRACKET_END,
    COLON,
    COMMA,
    DOT,
    SPACE,
)
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
    OBJECT,
    PARENT,
    SCALAR,
    STACK,
    START,
    TOPS,
)
from tocsin.columns.native import lean, load8
from tocsin.columns.string import QUOTE

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

OUR_NAMES, NAME_LENGTH = 3, 6


@lean
def write_members(
    data: Bytes,
    tree: Table,
    top: int,
    paths: Table,
    names: Bytes,
    text: Bytes,
    out: int,
    limit: int,
) -> int:
    """Write the members of one event's alert; ``top`` is the number of its members."""
    out = write_original(data, tree, find(data, tree, paths, names, EVENT), text, out, limit)
    out = write_original(data, tree, find(data, tree, paths, names, DATA_STREAM), text, out, limit)
    kind = find(data, tree, paths, names, EVENT_KIND)
    if kind == DOUBT or (kind >= 0 and cell(tree, kind, KIND) & KINDS >= OBJECT):
        return limit + 1
    hole = cell(tree, kind, START) if kind >= 0 else -1
    told = kind >= 0
    for member in range(top):
        at, value, end = (
            cell(tree, TOPS + member, 0),
            cell(tree, TOPS + member, 1),
            cell(tree, TOPS + member, 2),
        )
        if is_ours(data, at + 1):
            continue
        if at < hole < end:
            out = copied(data, at, hole, text, out, limit)
            out = said(SIGNAL, text, out, limit)
            at = cell(tree, kind, END)
        elif not told and load8(data, value) == BRACE and begins(data, at + 1, EVENT_KEY):
            told = True
            out = copied(data, at, value + 1, text, out, limit)
            out = said(KIND_SIGNAL, text, out, limit)
            at = value + 1
            while at < end and load8(data, at) <= SPACE:
                at += 1
            if load8(data, at) != BRACE_END:
                out = put(COMMA, text, out, limit)
        out = copied(data, at, end, text, out, limit)
        out = put(COMMA, text, out, limit)
    if told:
        return out
    return put(COMMA, text, said(EVENT_KIND_SIGNAL, text, out, limit), limit)


@lean
def is_ours(data: Bytes, at: int) -> bool:
    """Whether a key of the event is one that alerts have for themselves."""
    byte = load8(data, at)
    if byte == 0x40:
        return begins(data, at, TIMESTAMP_KEY)
    if load8(data, at + NAME_LENGTH) in (QUOTE, DOT):
        for name in range(OUR_NAMES):
            if begins(data, at, OURS + name):
                return True
    return False


@lean
def write_original(data: Bytes, tree: Table, root: int, text: Bytes, out: int, limit: int) -> int:
    """Write all values below a node, each under its whole name; nulls and empty objects are out."""
    node = root
    while node >= 0:
        kind = cell(tree, node, KIND) & KINDS
        if kind >= OBJECT and cell(tree, node, FIRST) >= 0:
            node = cell(tree, node, FIRST)
            continue
        if kind in (SCALAR, ARRAY):
            out = said(ORIGINAL, text, out, limit)
            out = write_name(data, tree, node, text, out, limit)
            out = put(COMMA, text, write_value(data, tree, node, text, out, limit), limit)
        while node != root and cell(tree, node, NEXT) < 0:
            node = cell(tree, node, KIND) >> PARENT
        node = cell(tree, node, NEXT) if node != root else -1
    return limit + 1 if root == DOUBT else out


@lean
def write_value(data: Bytes, tree: Table, node: int, text: Bytes, out: int, limit: int) -> int:
    """Write a value that is no object as it stood, or what is left of a list."""
    at = cell(tree, node, START)
    if at >= 0:
        return copied(data, at, cell(tree, node, END), text, out, limit)
    out = put(BRACKET, text, out, limit)
    node = cell(tree, node, FIRST)
    while node >= 0:
        out = copied(data, cell(tree, node, START), cell(tree, node, END), text, out, limit)
        node = cell(tree, node, NEXT)
        out = put(COMMA if node >= 0 else BRACKET_END, text, out, limit)
    return out


@lean
def write_name(data: Bytes, tree: Table, node: int, text: Bytes, out: int, limit: int) -> int:
    """Write the whole name of a node, its closing quote and the colon."""
    level = 0
    while node > 0:
        if level == DEEPEST:
            return limit + 1
        set_cell(tree, STACK + level, 0, node)
        level += 1
        node = cell(tree, node, KIND) >> PARENT
    while level > 0:
        level -= 1
        node = cell(tree, STACK + level, 0)
        out = copied(data, cell(tree, node, KEY), cell(tree, node, KEY_END), text, out, limit)
        out = put(DOT if level > 0 else QUOTE, text, out, limit)
    return put(COLON, text, out, limit)
