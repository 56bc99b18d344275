"""Which stages of which rules each event satisfies: all rules at once, one batch after the other.

    cells ──words──► leaves that hold ──class, covers──► candidate pairs ──code──► hits

What a value of a field satisfies is found once and remembered across batches (`words`); a row
costs what its values and its few candidate stages cost (`rows`), however many rules are loaded. A
pair that hangs on a leaf which compiled code cannot decide is settled by the evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import Cells, Scalar
from tocsin.match import desk as at
from tocsin.match.canonical import canonical, locked
from tocsin.match.evaluate import Evaluator
from tocsin.match.hashing import Words
from tocsin.match.kinds import Kinds, gates_of
from tocsin.match.memo import empty_table, spread
from tocsin.match.routing import Router
from tocsin.match.row_cells import NO_ROUTE, Batch
from tocsin.match.rows import match_rows
from tocsin.match.words import learn_exact
from tocsin.plan import tables
from tocsin.plan.program import Program
from tocsin.plan.tables import Int32s

OUTPUT = 1 << 15
"""Hits that the kernel may note before they are taken away."""

SMALLEST_TABLE = 1 << 12
"""Places of the memo's first hash table."""


@dataclass(slots=True)
class Hits:
    """Row and stage (int32 each) of each pair that holds, by row, then stage."""

    row: npt.NDArray[np.int32]
    stage: npt.NDArray[np.int32]


class Matcher:
    """Finds what satisfies the stages of a program; what it remembers never changes what it finds.

    Counters, from the first batch on: ``events``; ``candidate_pairs``, pairs of event and stage
    that were asked; ``residual_pairs``, those left to the evaluator; ``hits``; ``new_words``,
    values judged for the memo; ``memo_resets``; ``unrouted``, events that no rule's index patterns
    see; ``fields_seen``, for each slot whether any event had it.

    Parameters
    ----------
    routing
        ``off``: every stage sees every event. Else a stage sees the events of its index patterns;
        events that no stage's patterns see are with ``auto`` offered to all stages but those that
        read alerts, with ``strict`` only to stages without patterns.
    memo_bytes
        Most memory for remembered values.
    """

    def __init__(
        self,
        program: Program,
        *,
        routing: Literal["auto", "strict", "off"] = "off",
        memo_bytes: int = 64 << 20,
    ) -> None:
        self._program = program
        self._evaluator = Evaluator()
        self._router = Router(program, routing)
        self._generation = 0
        self._codes = locked(program.codes)
        records = program.ints[program.ints[tables.SLOT] + tables.FLAGS :: tables.SLOT_SIZE]
        self._flags: Int32s = records[: len(program.fields.names)].copy()
        self._desk = at.make_desk(program.ints)
        self._gates: Words | None = gates_of(program, self._desk)
        learn_exact(program.ints, self._codes, self._desk)
        self._most_places = max(SMALLEST_TABLE, memo_bytes // 4 // 17)
        self._table = empty_table(SMALLEST_TABLE)
        self._places = SMALLEST_TABLE
        self._arena = np.empty(memo_bytes // 4 * 3 // 8, dtype=np.int64)
        width = int(program.ints[tables.STAGE_WORDS])
        self._output = np.empty(max(OUTPUT, 128 * width), dtype=np.int64)
        self.events = self.hits = self.memo_resets = 0
        self.around: Callable[[int], AbstractContextManager[object]] | None = None
        """Held while the evaluator decides about a stage; where it swallows an error, the stage
        does not hold."""

    @property
    def candidate_pairs(self) -> int:
        """Pairs of event and stage that were asked."""
        return int(self._desk[at.ASKED])

    @property
    def residual_pairs(self) -> int:
        """Pairs left to the evaluator."""
        return int(self._desk[at.OPEN])

    @property
    def new_words(self) -> int:
        """Values judged."""
        return int(self._desk[at.NEW])

    @property
    def unrouted(self) -> int:
        """Events that no rule's index patterns see."""
        return self._router.unrouted

    @property
    def fields_seen(self) -> npt.NDArray[np.bool_]:
        """For each slot whether any event had it."""
        seen = self._desk[self._desk[at.SEEN] :][: len(self._program.fields.names)]
        return seen.astype(np.bool_)

    def absent(self, names: AbstractSet[str]) -> tuple[str, ...]:
        """Those of the program's fields of these names that no event had yet, sorted."""
        fields = zip(self._program.fields.names, self.fields_seen, strict=True)
        return tuple(sorted(name for name, seen in fields if name in names and not seen))

    @property
    def kinds(self) -> Kinds:
        """What the events so far were."""
        self._note_gates()
        names = zip(self._program.fields.names, self.fields_seen, strict=True)
        return Kinds(self._program, self._gates, frozenset(name for name, seen in names if seen))

    def _note_gates(self) -> None:
        found = gates_of(self._program, self._desk)
        self._gates = None if self._gates is None or found is None else self._gates | found

    def match(
        self,
        cells: Cells,
        indices: Sequence[str | None] | None = None,
        events: Callable[[int], bytes] | None = None,
    ) -> Hits:
        """Find the stages that each event of a batch satisfies.

        Parameters
        ----------
        indices
            The name of the index that each row comes from, where that is known.
        events
            Gives the whole event of a row as JSON; few questions need it.

        Raises
        ------
        ValueError
            If a question needs the whole event, and there is no ``events``.
        """
        program, desk = self._program, self._desk
        routes = self._router.routes(cells, indices)
        if self._generation != self._router.generation:
            self._generation = self._router.generation
            self._note_gates()
            at.forget_classes(desk)
        if cells.rejected:
            routes[list(cells.rejected)] = NO_ROUTE
        batch = Batch(*canonical(cells, self._flags), routes)
        count, row, parts = len(cells.row_start) - 1, 0, [np.zeros(0, dtype=np.int64)]
        while row < count:
            row = match_rows(
                program.ints,
                program.longs,
                self._codes,
                desk,
                self._table,
                self._arena,
                self._router.stages,
                batch,
                self._output,
                row,
            )
            parts.append(self._output[: desk[at.HITS]].copy())
            desk[at.HITS] = 0
            if desk[at.FULL]:
                self._make_room()
        self.events += count - len(cells.rejected)
        return self._settled(cells, np.concatenate(parts), events)

    def _settled(self, cells: Cells, found: Words, events: Callable[[int], bytes] | None) -> Hits:
        """The hits among certain and open pairs."""
        row, stage = (found >> 32).astype(np.int32), (found >> 1).astype(np.int32) & 0x7FFFFFFF
        kept = found & 1 == 0
        for place in np.flatnonzero(~kept).tolist():
            condition = self._program.conditions[stage[place]]
            values = self._values(cells, int(row[place]), events)
            if self.around is None:
                kept[place] = self._evaluator.holds(condition, values)
                continue
            with self.around(int(stage[place])):
                kept[place] = self._evaluator.holds(condition, values)
        self.hits += int(np.count_nonzero(kept))
        return Hits(row[kept], stage[kept])

    def _values(
        self, cells: Cells, row: int, events: Callable[[int], bytes] | None
    ) -> Callable[[str], list[Scalar]]:
        slot = self._program.slot
        whole: list[Scalar] = []

        def values(name: str) -> list[Scalar]:
            if name:
                return cells.values(row, slot(name))
            if not whole and events is not None:
                whole.append(events(row).decode("utf-8", "surrogatepass"))
            return whole

        return values

    def _make_room(self) -> None:
        """Enlarge the memo's table, or forget all words."""
        desk, places = self._desk, self._places
        crowded = 4 * desk[at.COUNT] >= 3 * places
        if crowded and 2 * places <= self._most_places:
            table = empty_table(2 * places)
            spread(self._table, table)
            self._table = table
            self._places = 2 * places
        else:
            self._table[:] = 0
            desk[at.TOP] = desk[at.COUNT] = 0
            self.memo_resets += 1
        desk[at.FULL] = 0
