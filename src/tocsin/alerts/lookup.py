"""Finding the fields of an event in its tree.

``find``, ``child``, ``first_of`` and ``next_of`` are compiled; they agree with
`tocsin.alerts.paths` or doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.alerts.cells import cell
from tocsin.alerts.phrase import same
from tocsin.alerts.tree import (
    ARRAY,
    FIRST,
    KEY,
    KEY_END,
    KIND,
    KINDS,
    NEXT,
    OBJECT,
    SCALAR,
    WORD,
)
from tocsin.columns.native import inlined, lean
from tocsin.columns.vector import WIDTH

if TYPE_CHECKING:
    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

NONE, DOUBT = -1, -2
"""Instead of a node: there is no value; or a list on the way, or in a list, would have to be
searched."""

FIELDS = (
    "event.category",
    "process.name",
    "process.parent.name",
    "file.name",
    "source.ip",
    "source.address",
    "source.port",
    "destination.ip",
    "destination.address",
    "destination.port",
    "user.name",
    "host.name",
    "event",
    "event.kind",
    "data_stream",
    "kibana.alert.uuid",
)
"""The fields that every alert is asked for: those of its sentence, those it renames, and one that
tells whether it stands on an alert."""

_PREFIXES = [0, *np.cumsum([name.count(".") + 1 for name in FIELDS]).tolist()]
CATEGORY, PROCESS, PARENT_PROCESS, FILE = _PREFIXES[:4]
SOURCE_IP, SOURCE_ADDRESS, SOURCE_PORT = _PREFIXES[4:7]
DESTINATION_IP, DESTINATION_ADDRESS, DESTINATION_PORT = _PREFIXES[7:10]
USER, HOST, EVENT, EVENT_KIND, DATA_STREAM, ALERT = _PREFIXES[10:16]
"""Where the paths of these fields begin in `Paths.rows`."""

_KEY, _FROM, _TO, AFTER = range(4)
"""Columns of a path's rows: the key as in `tocsin.alerts.tree.WORD`, where it stands in the names,
and how many keys follow."""


class Paths:
    """The names of fields as the kernels read them; more can be added."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._rows: list[tuple[int, int, int, int]] = []
        self._names = bytearray()
        self.rows = np.empty((0, 4), np.int64)
        """int64[m, 4]: the keys of all paths, one path behind the other."""
        self.names = np.zeros(WIDTH, np.uint8)
        for name in FIELDS:
            self.row(name)
        self.settle()

    def row(self, name: str) -> int:
        """Where the path of a field begins; `settle` makes a new one known."""
        known = self._known.get(name)
        if known is not None:
            return known
        row = self._known[name] = len(self._rows)
        keys = name.encode("utf-8", "surrogatepass").split(b".")
        for number, key in enumerate(keys, 1):
            start = len(self._names)
            self._names += key
            word = int.from_bytes(key[:8].ljust(8, b"\0"), "big") - (1 << 63)
            self._rows.append((word, start, len(self._names), len(keys) - number))
        return row

    def settle(self) -> None:
        """Let the kernels see all paths."""
        if len(self._rows) != len(self.rows):
            self.rows = np.array(self._rows, np.int64)
            self.names = np.frombuffer(bytes(self._names) + bytes(WIDTH), np.uint8)


@lean
def find(data: Bytes, tree: Table, paths: Table, names: Bytes, row: int) -> int:
    """The node of the field whose path begins at a row, NONE or DOUBT."""
    node: int = 0
    while True:
        kind = cell(tree, node, KIND) & KINDS
        if kind < OBJECT:
            return DOUBT if kind == ARRAY and cell(tree, node, FIRST) >= 0 else NONE
        node = child(data, tree, paths, names, node, row)
        if node < 0:
            return NONE
        if paths[row, AFTER] == 0:
            return node
        row += 1


@inlined
def child(data: Bytes, tree: Table, paths: Table, names: Bytes, node: int, row: int) -> int:
    """The member of an object that has the key at a row of a path; NONE if there is none."""
    word, start = paths[row, _KEY], paths[row, _FROM]
    size = paths[row, _TO] - start
    node = cell(tree, node, FIRST)
    while node >= 0:
        key = cell(tree, node, KEY)
        if (
            cell(tree, node, WORD) == word
            and cell(tree, node, KEY_END) - key == size
            and (size <= 8 or same(data, key + 8, names, start + 8, size - 8))
        ):
            return node
        node = cell(tree, node, NEXT)
    return NONE


@lean
def first_of(tree: Table, node: int) -> int:
    """The first value of a field, by its node: the node of a scalar, NONE or DOUBT."""
    if node < 0:
        return node
    kind = cell(tree, node, KIND) & KINDS
    if kind == SCALAR:
        return node
    return next_of(tree, cell(tree, node, FIRST)) if kind == ARRAY else NONE


@lean
def next_of(tree: Table, node: int) -> int:
    """The first value from an element of a list on: the node of a scalar, NONE or DOUBT."""
    while node >= 0:
        kind = cell(tree, node, KIND) & KINDS
        if kind == SCALAR:
            return node
        if kind >= ARRAY:
            return DOUBT
        node = cell(tree, node, NEXT)
    return NONE
