"""The sentence that tells what happened (`tocsin.alerts.reason`), up to the rule's part, compiled.

It is written as it stands within a JSON string. The parts are texts as the event has them, and
short integers; with any other value the event is in doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.alerts.cells import cell
from tocsin.alerts.lookup import (
    CATEGORY,
    DESTINATION_ADDRESS,
    DESTINATION_IP,
    DESTINATION_PORT,
    DOUBT,
    FILE,
    HOST,
    PARENT_PROCESS,
    PROCESS,
    SOURCE_ADDRESS,
    SOURCE_IP,
    SOURCE_PORT,
    USER,
    find,
    first_of,
    next_of,
)
from tocsin.alerts.phrase import AN_EVENT, AND, BY, EVENT, ON, WITH, copied, put, said
from tocsin.alerts.phrase import PROCESS as A_PROCESS
from tocsin.alerts.phrase import SOURCE as A_SOURCE
from tocsin.alerts.tokens import COLON, COMMA, is_integer
from tocsin.alerts.tree import ARRAY, END, KIND, KINDS, NEXT, START
from tocsin.columns.native import lean, load8
from tocsin.columns.string import QUOTE

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes


@lean
def write_sentence(  # noqa: C901
    data: Bytes, tree: Table, paths: Table, names: Bytes, text: Bytes, out: int, limit: int
) -> int:
    """Write the sentence of one event."""
    begin = out
    field = find(data, tree, paths, names, CATEGORY)
    node = first_of(tree, field)
    while node >= 0:
        out = write_value(data, tree, node, text, out, limit)
        node = (
            next_of(tree, cell(tree, node, NEXT))
            if cell(tree, field, KIND) & KINDS == ARRAY
            else -1
        )
        if node >= 0:
            out = said(AND, text, out, limit)
    if node == DOUBT:
        return limit + 1
    out = said(AN_EVENT if out > begin else EVENT, text, out, limit)
    begin = out
    for part in range(5):
        row = (PROCESS, PARENT_PROCESS, FILE, SOURCE_IP, DESTINATION_IP)[part]
        node = filled(data, tree, paths, names, row)
        port = -1
        if part >= 3:
            other = SOURCE_ADDRESS if part == 3 else DESTINATION_ADDRESS
            node = filled(data, tree, paths, names, other) if node == -1 else node
            other = SOURCE_PORT if part == 3 else DESTINATION_PORT
            port = filled(data, tree, paths, names, other)
        if DOUBT in (node, port):
            return limit + 1
        if node >= 0:
            out = said(AND if out > begin else WITH, text, out, limit)
            out = said(A_PROCESS + part if part < 3 else A_SOURCE + part - 3, text, out, limit)
            out = write_value(data, tree, node, text, out, limit)
            if port >= 0:
                out = put(COLON, text, out, limit)
                out = write_value(data, tree, port, text, out, limit)
    for part in range(2):
        node = filled(data, tree, paths, names, HOST if part else USER)
        if node == DOUBT:
            return limit + 1
        if node >= 0:
            if part == 0 and out > begin:
                out = put(COMMA, text, out, limit)
            out = said(ON if part else BY, text, out, limit)
            out = write_value(data, tree, node, text, out, limit)
    return out


@lean
def filled(data: Bytes, tree: Table, paths: Table, names: Bytes, row: int) -> int:
    """The first value of a field; none if that is an empty text."""
    node = first_of(tree, find(data, tree, paths, names, row))
    if node >= 0 and cell(tree, node, END) - cell(tree, node, START) == 2:
        return -1 if load8(data, cell(tree, node, START)) == QUOTE else node
    return node


@lean
def write_value(data: Bytes, tree: Table, node: int, text: Bytes, out: int, limit: int) -> int:
    """Write a value as text."""
    at, end = cell(tree, node, START), cell(tree, node, END)
    if load8(data, at) == QUOTE:
        return copied(data, at + 1, end - 1, text, out, limit)
    return copied(data, at, end, text, out, limit) if is_integer(data, at, end) else limit + 1
