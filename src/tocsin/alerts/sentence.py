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
    NONE,
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
from tocsin.alerts.tokens import COLON, COMMA, MINUS, SPACE, is_integer
from tocsin.alerts.tree import ARRAY, END, KIND, KINDS, NEXT, START
from tocsin.columns.native import lean, load8
from tocsin.columns.string import BACKSLASH, QUOTE

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes


_ESCAPED_DASH = 8
"""Bytes of a dash that is written as an escape, in quotes."""


@lean
def write_sentence(  # noqa: C901
    data: Bytes, tree: Table, paths: Table, names: Bytes, text: Bytes, out: int, limit: int
) -> int:
    """Write the sentence of one event."""
    field = filled(data, tree, paths, names, CATEGORY)
    if field == DOUBT:
        return limit + 1
    if field >= 0:
        out = write_values(data, tree, field, text, out, limit)
    out = said(AN_EVENT if field >= 0 else EVENT, text, out, limit)
    begin = out
    for part in range(5):
        row = (PROCESS, PARENT_PROCESS, FILE, SOURCE_IP, DESTINATION_IP)[part]
        field = filled(data, tree, paths, names, row)
        port = NONE
        if part >= 3:
            other = SOURCE_ADDRESS if part == 3 else DESTINATION_ADDRESS
            field = filled(data, tree, paths, names, other) if field == NONE else field
            other = SOURCE_PORT if part == 3 else DESTINATION_PORT
            port = filled(data, tree, paths, names, other)
        if DOUBT in (field, port):
            return limit + 1
        if field >= 0:
            out = put(SPACE, text, out if out > begin else said(WITH, text, out, limit), limit)
            out = said(A_PROCESS + part if part < 3 else A_SOURCE + part - 3, text, out, limit)
            out = write_values(data, tree, field, text, out, limit)
            if port >= 0:
                out = put(COLON, text, out, limit)
                out = write_values(data, tree, port, text, out, limit)
            if part < 3 or port >= 0:
                out = put(COMMA, text, out, limit)
    for part in range(2):
        field = filled(data, tree, paths, names, HOST if part else USER)
        if field == DOUBT:
            return limit + 1
        if field >= 0:
            out = said(ON if part else BY, text, out, limit)
            out = write_values(data, tree, field, text, out, limit)
    return out


@lean
def filled(data: Bytes, tree: Table, paths: Table, names: Bytes, row: int) -> int:
    """The node of a field that says something, NONE or DOUBT.

    An empty text or a dash alone says nothing.
    """
    field = find(data, tree, paths, names, row)
    node = first_of(tree, field)
    if node < 0:
        return node
    at = cell(tree, node, START)
    size = cell(tree, node, END) - at
    if size == _ESCAPED_DASH and load8(data, at + 1) == BACKSLASH:
        return DOUBT
    nothing = size == 2 or (size == 3 and load8(data, at + 1) == MINUS)
    if not nothing or load8(data, at) != QUOTE:
        return field
    if cell(tree, field, KIND) & KINDS != ARRAY:
        return NONE
    node = next_of(tree, cell(tree, node, NEXT))
    return field if node >= 0 else node


@lean
def write_values(data: Bytes, tree: Table, field: int, text: Bytes, out: int, limit: int) -> int:
    """Write all values of a field that has some, as texts."""
    node = first_of(tree, field)
    while True:
        at, end = cell(tree, node, START), cell(tree, node, END)
        if load8(data, at) == QUOTE:
            out = copied(data, at + 1, end - 1, text, out, limit)
        elif is_integer(data, at, end):
            out = copied(data, at, end, text, out, limit)
        else:
            return limit + 1
        if cell(tree, field, KIND) & KINDS != ARRAY:
            return out
        node = next_of(tree, cell(tree, node, NEXT))
        if node < 0:
            return limit + 1 if node == DOUBT else out
        out = said(AND, text, out, limit)
