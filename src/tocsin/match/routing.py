"""Which stages see an event: a route for each set of indices that events may stand in."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from tocsin.columns.cells import NO_TIME, STRING, Bytes, Cells
from tocsin.columns.native import lean
from tocsin.match.canonical import views
from tocsin.match.hashing import Words, hashed, mix, signed, unsigned
from tocsin.match.indices import Patterns, candidates
from tocsin.plan.program import ROUTING_FIELDS, Program
from tocsin.plan.tables import STAGE_WORDS, Int32s, bitset

MOST_KNOWN = 1 << 12
"""Different routing values, and routes, that are remembered."""


class RoutingCells(NamedTuple):
    """The arrays of `Cells`, and for each field its place among the routing fields, from 1."""

    row_start: Words
    slot: Int32s
    tag: Bytes
    start: Words
    length: Int32s
    text: Bytes
    roles: Bytes


@lean
def _find_routes(
    cells: RoutingCells,
    names: Int32s,
    seed: int,
    table: Words,
    row: int,
    route: Int32s,
    code: Words,
) -> int:
    """Write the routes of rows from ``row`` on, up to the first whose values are not known.

    Gives that row, or the number of rows. In ``code`` stand a hash of 128 bits of its values and
    its index, and its place in the table.
    """
    mask = table.size // 3 - 1
    while row < route.size:
        low = mix(unsigned(seed) ^ unsigned(names[row] + 1), unsigned(0xD6E8FEB86659FD93))
        high = mix(low, unsigned(0x9E3779B97F4A7C15))
        for cell in range(cells.row_start[row], cells.row_start[row + 1]):
            role = cells.roles[cells.slot[cell]]
            if role != 0 and cells.tag[cell] == STRING:
                secret = mix(unsigned(seed), unsigned(role + 0x5851F42D4C957F2D))
                start, length = cells.start[cell], cells.length[cell]
                value = unsigned(hashed(cells.text, start, length, False, secret))
                low = mix(low ^ value, unsigned(0x9E3779B97F4A7C15))
                high = mix(high ^ value, unsigned(0xA0761D6478BD642F))
        code[0], code[1] = signed(low), signed(high)
        place = code[0] & mask
        while table[3 * place + 2] != 0:
            if table[3 * place] == code[0] and table[3 * place + 1] == code[1]:
                break
            place = (place + 1) & mask
        if table[3 * place + 2] == 0:
            code[2] = place
            return row
        route[row] = table[3 * place + 2] - 1
        row += 1
    return row


class Router:
    """Gives each row its route: the number of a set of stages.

    ``stages`` holds the stages of all routes so far, bit by bit, equally many words for each;
    ``generation`` changes when they are numbered anew. ``unrouted`` counts events whose indices no
    rule's patterns match.
    """

    def __init__(self, program: Program, mode: Literal["auto", "strict", "off"]) -> None:
        self._mode = mode
        self._words = int(program.ints[STAGE_WORDS])
        groups: dict[tuple[str, ...], list[int]] = {}
        for stage, texts in enumerate(program.patterns):
            groups.setdefault(texts, []).append(stage)
        made = [(Patterns(texts), stages) for texts, stages in groups.items()]
        self._free = [stage for patterns, stages in made if not patterns for stage in stages]
        self._groups = [(patterns, stages) for patterns, stages in made if patterns]
        self._all = range(len(program.patterns))
        self._slots = [program.slot(name) for name in ROUTING_FIELDS]
        self._roles = np.zeros(len(program.fields.names), dtype=np.uint8)
        self._roles[self._slots] = range(1, len(self._slots) + 1)
        self._seed = secrets.randbits(62)
        self.unrouted = self.generation = 0
        self._forget()

    def routes(self, cells: Cells, indices: Sequence[str | None] | None) -> Int32s:
        """The route of each row; see `Matcher` for the modes."""
        count = len(cells.row_start) - 1
        route = np.zeros(count, dtype=np.int32)
        if self._mode == "off" or not self._groups:
            return route
        if len(self._numbers) > MOST_KNOWN:
            self._forget()
        names, code = self._names(indices, count), np.zeros(3, dtype=np.int64)
        viewed = RoutingCells(*views(cells), self._roles)
        row = 0
        while True:
            row = _find_routes(viewed, names, self._seed, self._table, row, route, code)
            if row == count:
                break
            values = {
                name: [value for value in cells.values(row, slot) if isinstance(value, str)]
                for name, slot in zip(ROUTING_FIELDS, self._slots, strict=True)
            }
            self._learn(code, self._route_of(candidates(values, indices[row] if indices else None)))
        route[cells.time == NO_TIME] &= ~1  # rejected, or soon to be
        self.unrouted += int(np.count_nonzero(route & 1))
        return route >> 1

    def _names(self, indices: Sequence[str | None] | None, count: int) -> Int32s:
        """A number for each row's index name, 0 for none."""
        if indices is None:
            return np.zeros(count, dtype=np.int32)
        if len(self._index_numbers) > MOST_KNOWN:
            self._forget()
        known = self._index_numbers
        if count and indices.count(indices[0]) == count:
            return np.full(count, known.setdefault(indices[0], len(known)), dtype=np.int32)
        return np.array([known.setdefault(name, len(known)) for name in indices], dtype=np.int32)

    def _forget(self) -> None:
        self._index_numbers: dict[str | None, int] = {None: 0}
        self._table = np.zeros(3 * 2 * MOST_KNOWN, dtype=np.int64)
        self._entered = 0
        self.stages = np.zeros(0, dtype=np.int64)
        self._numbers: dict[tuple[int, ...], int] = {}
        self.generation += 1
        self._number(self._all)

    def _learn(self, code: Words, route: int) -> None:
        """Remember the route of a code that is not in the table."""
        if self._entered == MOST_KNOWN:
            self._table[:] = 0
            self._entered = 0
            code[2] = code[0] & (len(self._table) // 3 - 1)
        place = 3 * int(code[2])
        self._table[place : place + 3] = code[0], code[1], route + 1
        self._entered += 1

    def _route_of(self, names: Sequence[str]) -> int:
        """Twice the number of the route of an event with these candidates; odd if none is meant."""
        seen = [stages for patterns, stages in self._groups if patterns.see(names)]
        if seen:
            return 2 * self._number(itertools.chain(self._free, *seen))
        if self._mode == "strict":
            return 2 * self._number(self._free) + 1
        offered = (stages for patterns, stages in self._groups if not patterns.reads_alerts)
        return 2 * self._number(itertools.chain(self._free, *offered)) + 1

    def _number(self, stages: Iterable[int]) -> int:
        """The number of a set of stages."""
        bits = bitset(stages, self._words)
        key = tuple(bits.tolist())
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            self.stages = np.concatenate((self.stages, bits))
        return self._numbers[key]
