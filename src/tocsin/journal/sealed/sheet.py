"""A file of sealed events while it is written: stretches of events come, groups of rows go."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa

from tocsin.columns.vector import WIDTH
from tocsin.inputs.arrow_batch import ID, INDEX
from tocsin.inputs.page_header import PLAIN
from tocsin.inputs.sealed import ACCEPTED, PLACE, SEALED, SOURCE, UNTOLD
from tocsin.journal.sealed.archive import room_together
from tocsin.journal.sealed.columns import (
    MORE,
    MOST,
    TIME,
    TIMESTAMP,
    fields,
    type_of,
)
from tocsin.journal.sealed.gather import LONGEST, Gathering, span_of
from tocsin.journal.sealed.parquet import (
    LARGE,
    PAGE,
    PAGE_ROWS,
    ZSTD,
    Chunk,
    ParquetFile,
    Values,
    chunk_of,
    pack,
    words_of,
)
from tocsin.journal.sealed.spans import stacked
from tocsin.journal.sealed.thrift import data_head, varint
from tocsin.journal.sealed.untold import names_told
from tocsin.journal.sealed.words import WORDS
from tocsin.schema.values import FIRST_TIME, LAST_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Cells
    from tocsin.inputs.batch import JsonBatch

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

OWN = pa.schema(
    [
        (TIMESTAMP, TIME),
        (INDEX, pa.string()),
        (ID, pa.string()),
        (ACCEPTED, TIME),
        (PLACE, pa.int64()),
        (SOURCE, pa.string()),
        (UNTOLD, MORE),
    ]
)
"""The columns that every file has; those of its fields stand behind them."""

FREE = 16
"""Bytes before the lines of a page, for what tells that all of its rows have one."""

_LIMITS = np.array([PAGE, PAGE_ROWS, LARGE, FREE])
_WITHOUT_LIMITS = np.array([1 << 62, 1, 1 << 62, 0])

_TRIED = 256
"""Names of events that are looked at first: where half of them are different, all may be."""


class _Lines:
    """Whole events, packed page by page as they come."""

    def __init__(self) -> None:
        self._out = np.empty(1 << 16, np.uint8)
        self._state = np.array([FREE, FREE, 0])
        self._pages: list[bytes] = []
        self._rows = self._whole = 0

    def take(self, batch: JsonBatch, rows: Ints, size: int) -> None:
        """Take some rows, of so many bytes."""
        begin, end, _ = self._state.tolist()
        most = (size + 4 * rows.size) // PAGE + 1
        wanted = end + size + 4 * rows.size + most * FREE + 2 * WIDTH
        if wanted > self._out.size:
            made = np.empty(max(wanted, 2 * self._out.size), np.uint8)
            made[:end] = self._out[:end]
            self._out = made
        cuts = np.empty(3 * (most + 1), np.int64)
        parts = batch.data, batch.starts, batch.ends, rows, _LIMITS, self._out, self._state, cuts
        for number in range(stacked(*parts)):
            self._page(*cuts[3 * number : 3 * number + 3].tolist())
        begin, end, _ = self._state.tolist()
        # what is left goes to the front
        self._out[FREE : FREE + end - begin] = self._out[begin:end].copy()
        self._state[:2] = FREE, FREE + end - begin

    def _page(self, begin: int, end: int, rows: int) -> None:
        level = varint(rows << 1) + b"\1"
        head = len(level).to_bytes(4, "little") + level
        begin -= len(head)
        self._out[begin : begin + len(head)] = np.frombuffer(head, np.uint8)
        packed = pack(self._out.data[begin:end])
        told = data_head(end - begin, packed, rows, PLAIN)
        self._pages += told, packed
        self._whole += len(told) + end - begin
        self._rows += rows

    def chunk(self) -> Chunk:
        """All of them; the next ones are of another group of rows."""
        begin, end, rows = self._state.tolist()
        if rows:
            self._page(begin, end, rows)
        made = Chunk(self._pages, 0, self._whole, self._rows, 0, ZSTD, None)
        self._state[:] = FREE, FREE, 0
        self._pages, self._rows, self._whole = [], 0, 0
        return made


class Workplace:
    """What a sheet works with; another sheet may have it afterwards."""

    def __init__(self) -> None:
        self.cells = Gathering()
        self.lines = _Lines()


class Workplaces:
    """Workplaces that are not in use."""

    MOST = 8

    def __init__(self) -> None:
        self._free: list[Workplace] = []

    def take(self) -> Workplace:
        """One that is free, or a new one."""
        return self._free.pop() if self._free else Workplace()

    def give(self, place: Workplace) -> None:
        """Nobody uses it any more."""
        if len(self._free) < self.MOST:
            self._free.append(place)

    def clear(self) -> None:
        """Keep none."""
        self._free.clear()


WORKPLACES = Workplaces()


class Sheet:
    """The file of a group while it is written.

    ``rows``: how many there are. ``latest``: when the last of them was accepted, in ms.
    """

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.file = file
        self.rows = self.latest = 0
        self._made = ParquetFile(file)
        self._slots: set[int] = set()
        self._place = WORKPLACES.take()
        self._begin()

    def _begin(self) -> None:
        self._count = self._size = 0
        self._times: list[Ints] = []
        self._accepted: list[Ints] = []
        self._places: list[Ints] = []
        self._names: tuple[list[str | list[str]], ...] = [], []
        self._counts: list[int] = []

    def take(
        self, batch: JsonBatch, cells: Cells, accepted: Ints, rows: Ints, names: Names
    ) -> None:
        """Take the events of some rows, which rise."""
        sizes = (batch.ends - batch.starts)[rows]
        behind = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        most, largest = room_together()
        at = 0
        while at < rows.size:
            fitting = int(np.searchsorted(behind, behind[at] + largest - self._size, "right")) - 1
            end = min(rows.size, at + most - self._count, max(fitting, at))
            if end == at and not self._count:
                end = at + 1  # it is larger than a group of rows
            if end > at:
                self._add(
                    batch, cells, accepted, rows[at:end], names, int(behind[end] - behind[at])
                )
            at = end
            if at < rows.size or self._count >= most:
                self._flush()
        self.rows += rows.size
        self.latest = max(self.latest, int(accepted[rows].max()))

    def _add(
        self,
        batch: JsonBatch,
        cells: Cells,
        accepted: Ints,
        rows: Ints,
        names: Names,
        size: int,
    ) -> None:
        self._place.cells.take(cells, rows, self._count, size)
        self._place.lines.take(batch, rows, size)
        self._times.append(cells.time[rows])
        self._accepted.append(accepted[rows])
        self._places.append(batch.offsets[rows])
        for kept, given in zip(self._names, names, strict=True):
            kept.append(given if isinstance(given, str) else [given[row] for row in rows.tolist()])
        self._counts.append(rows.size)
        self._count += rows.size
        self._size += size

    def _flush(self) -> None:
        """Write a group of rows."""
        cells = self._place.cells
        chosen, others = self._chosen(cells)
        untold = [cells.rest, cells.left_out(others)]
        found: dict[str, Values | None] = {}
        for slot, values, strange in cells.columns(chosen, self._count):
            if values.of_row.size:
                found[fields().names[slot]] = values
                self._slots.add(slot)
            untold.append((strange, np.full(strange.size, slot, np.int32)))
        rows, slots = map(np.concatenate, zip(*untold, strict=True))
        found[UNTOLD] = names_told(rows, slots)
        found |= self._own()
        count = self._count
        chunks = {name: chunk_of(each, count) for name, each in found.items() if each is not None}
        chunks[SOURCE] = self._place.lines.chunk()
        self._made.write(count, chunks)
        cells.clear()
        self._begin()

    def _chosen(self, cells: Gathering) -> tuple[list[int], list[int]]:
        """Which columns the file has, and which it has no room for."""
        slots, counts = cells.slots, cells.counts
        new = np.array([slot not in self._slots for slot in slots.tolist()], np.bool_)
        order = np.lexsort((slots, -counts, new)).tolist()
        room = slots.size - int(new.sum()) + max(0, MOST - len(self._slots))
        return order[:room], order[room:]

    def _own(self) -> dict[str, Values | None]:
        """The columns that are not made of fields, but for the events themselves."""
        every = np.arange(self._count, dtype=np.int32)
        places = np.concatenate(self._places)
        index, name = self._names
        return {
            TIMESTAMP: _times(np.concatenate(self._times)),
            INDEX: _texts(index, self._counts),
            ID: _texts(name, self._counts),
            ACCEPTED: _times(np.concatenate(self._accepted)),
            PLACE: Values(every, places, span=span_of(places)),
        }

    def close(self) -> None:
        """Make the file whole."""
        if self._count:
            self._flush()
        names = [fields().names[slot] for slot in sorted(self._slots)]
        columns = [*OWN, *(pa.field(name, type_of(name)) for name in names)]
        self._made.close(pa.schema(columns, metadata=SEALED))
        self.file.close()
        WORKPLACES.give(self._place)


Names = tuple["str | Sequence[str]", "str | Sequence[str]"]
"""``_index`` and ``_id`` of all rows of a batch, or a text that all of them have."""


def _times(values: Ints) -> Values:
    """Times, ms since 1970; null where there is none, or none that others can show."""
    shown = np.flatnonzero((values >= FIRST_TIME) & (values <= LAST_TIME))
    some = values[shown]
    return Values(shown.astype(np.int32), some, span=span_of(some))


def _texts(parts: list[str | list[str]], counts: list[int]) -> Values | None:
    """Texts of rows; null where they are empty."""
    if all(isinstance(part, str) and part == parts[0] for part in parts):
        text = str(parts[0]).encode()
        size = sum(counts)
        if not text:
            return None
        span = (text, text) if len(text) <= LONGEST else None
        every = np.arange(size, dtype=np.int32)
        return Values(every, np.zeros(size, np.int32), words_of([text]), span=span)
    names = [
        name
        for part, count in zip(parts, counts, strict=True)
        for name in ([part] * count if isinstance(part, str) else part)
    ]
    rows = np.arange(len(names), dtype=np.int32)
    if not all(names):
        rows = np.flatnonzero(np.fromiter(map(bool, names), np.bool_, len(names))).astype(np.int32)
        names = list(filter(None, names))
    tried = names[:_TRIED]
    if 2 * len(set(tried)) <= len(tried):
        known: dict[str, int] = {}
        codes = [known.setdefault(name, len(known)) for name in names]
        if len(known) <= min(WORDS, len(names) // 2):
            told = words_of([name.encode() for name in known])
            return Values(rows, np.array(codes, np.int32), told)
    return _all_different(names, rows)


def _all_different(names: list[str], rows: Shorts) -> Values:
    """Texts, none of them empty, as they stand."""
    _, offsets, data = pa.array(names, pa.string()).buffers()
    edges = np.frombuffer(offsets, np.int32)[: len(names) + 1].astype(np.int64)
    text = np.concatenate([np.frombuffer(data, np.uint8), np.zeros(WIDTH, np.uint8)])
    every = np.arange(len(names))
    ends = edges[1:] + 4 * (every + 1)
    out = np.empty(int(ends[-1]) + WIDTH, np.uint8)
    state, cuts = np.zeros(3, np.int64), np.empty(0, np.int64)
    stacked(text, edges[:-1], edges[1:], every, _WITHOUT_LIMITS, out, state, cuts)
    return Values(rows, out[:-WIDTH], ends=ends)
