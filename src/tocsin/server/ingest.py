"""Events into the journal: what is answered as accepted is on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tocsin.journal.errors import JournalBusyError, JournalClosedError, JournalError
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.lines import Lines, Names, once
from tocsin.server.action import Fault
from tocsin.server.bulk import Bulk
from tocsin.server.counters import Counters

FRAME_BYTES = 4 << 20
"""About how many bytes of events one frame holds: what is written, and read, in one piece."""

SOURCE = "bulk"


class Log(Protocol):
    """The journal, as far as it is written to."""

    def append(self, frame: Frame) -> int:
        """Write a frame; it is durable when this returns."""
        ...


@dataclass(slots=True)
class Ingest:
    """Writes the events of bodies into the journal.

    ``clock``: the wall clock in milliseconds since 1970.
    """

    log: Log
    clock: Callable[[], int]
    counters: Counters

    def accept(self, bulk: Bulk) -> list[int]:
        """Write the events that nothing is wrong with; the position behind each, 0 for the others.

        Where the journal cannot take them, faults are added to the bulk: these are to be sent
        again, everything else is settled.
        """
        positions = [0] * len(bulk.actions)
        for rows in _parts(bulk):
            try:
                position = self.log.append(self._frame(bulk, rows))
            except JournalError as error:
                bulk.faults.update(dict.fromkeys(rows, fault_of(error)))
                self.counters.add("journal_failures")
                continue
            if len(rows) == len(positions):
                positions = [position] * len(rows)
            else:
                for row in rows:
                    positions[row] = position
        self._count(bulk)
        return positions

    def _frame(self, bulk: Bulk, rows: Sequence[int]) -> Frame:
        lines, actions = bulk.lines, bulk.actions
        if len(rows) < len(lines):
            lines = lines.some(rows) if isinstance(lines, Lines) else [lines[row] for row in rows]
            actions = actions.some(rows)
        names = Names(len(rows), once(actions.indexes), once(actions.ids))
        named = bool(names.indexes or names.ids)
        return Frame(Kind.EVENTS, self.clock(), SOURCE, lines, names if named else None)

    def _count(self, bulk: Bulk) -> None:
        refused = len(bulk.faults)
        self.counters.add("events_accepted", len(bulk.actions) - refused)
        for fault in bulk.faults.values():
            self.counters.add("events_refused", reason=fault.kind)


def fault_of(error: JournalError) -> Fault:
    """Why the journal did not take events; all of these are to be sent again."""
    if isinstance(error, JournalClosedError):
        return Fault(503, "unavailable_shards_exception", "the server is shutting down")
    if isinstance(error, JournalBusyError):
        return Fault(429, "es_rejected_execution_exception", str(error))
    return Fault(429, "cluster_block_exception", f"nothing can be written: {error}")


def _sizes(lines: Sequence[bytes]) -> list[int]:
    return lines.sizes.tolist() if isinstance(lines, Lines) else [len(line) for line in lines]


def _parts(bulk: Bulk) -> Iterator[Sequence[int]]:
    """The rows of sound events, cut into frames."""
    sizes = _sizes(bulk.lines)
    if not bulk.faults and sum(sizes) < FRAME_BYTES:
        yield range(len(bulk.lines))
        return
    rows: list[int] = []
    size = 0
    for row, more in enumerate(sizes):
        if row in bulk.faults:
            continue
        rows.append(row)
        size += more
        if size >= FRAME_BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows
