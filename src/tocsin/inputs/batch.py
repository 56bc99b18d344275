"""A batch of events that are JSON objects: one buffer, and where in it each event stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tocsin.columns.cells import Place
from tocsin.columns.pool import Pool
from tocsin.columns.scan import scan
from tocsin.inputs.framing import PADDING
from tocsin.inputs.minify import minified

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes, Cells, FieldSet

    Ints = npt.NDArray[np.int64]

ROWS = 8_192
"""The most events in a batch, unless somebody asks for another number."""

BYTES = 8 << 20
"""About how many bytes of events a batch holds at most."""


Identities: TypeAlias = tuple[list[str], list[str]]
"""``_index`` and ``_id`` of each row: two lists of text; tuples would keep the collector busy."""

POOL = Pool()


@dataclass(slots=True, eq=False)
class JsonBatch:
    """Consecutive events of one input (`tocsin.columns.cells.Batch`).

    ``data``: uint8, the last `PADDING` bytes zero and never part of an event.
    ``starts``, ``ends``: int64[n], the spans of the events in ``data``: one JSON object each, or
    what stood in the place of one (the scanner rejects it).
    ``sources``: int32[n], the input that each event came from; ``names`` has the inputs' names.
    ``offsets``: int64[n], what `Place.offset` gives. ``lines``: int64[n], line numbers from 1.
    ``identities``: ``_index`` and ``_id`` of all rows, empty where a row has none; None: nowhere.
    ``objects``: the mappings that the events were made from, for events out of memory.
    """

    data: Bytes
    starts: Ints
    ends: Ints
    sources: npt.NDArray[np.int32]
    offsets: Ints
    lines: Ints
    names: Sequence[str]
    first: int = 0
    identities: Identities | None = None
    objects: Sequence[Mapping[str, Any]] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def size(self) -> int:
        """Bytes of all events together."""
        return int((self.ends - self.starts).sum())

    def cells(self, fields: FieldSet) -> Cells:
        """The values of these fields, all rows; also tells which rows are no events."""
        return scan(self.data, self.starts, self.ends, fields)

    def raw(self, row: int) -> bytes:
        """The bytes of an event as they stood."""
        return self.data[self.starts[row] : self.ends[row]].tobytes()

    def event(self, row: int) -> bytes:
        """The whole event, a JSON object on one line, otherwise as it came."""
        return minified(self.raw(row))

    def events(self, rows: Sequence[int]) -> Iterator[bytes]:
        """Some whole events."""
        return map(self.event, rows)

    @property
    def named(self) -> bool:
        """Whether any row has ``_index`` or ``_id``."""
        return self.identities is not None

    def identity(self, row: int) -> tuple[str, str] | None:
        """``_index`` and ``_id`` where the input gives them; one that is missing is empty."""
        return None if self.identities is None else identity_at(self.identities, row)

    def place(self, row: int) -> Place:
        """From where the event can be read again."""
        return Place(int(self.sources[row]), int(self.offsets[row]))

    def line(self, row: int) -> tuple[str, int]:
        """File and line (from 1)."""
        return self.names[int(self.sources[row])], int(self.lines[row])

    def part(self, begin: int, end: int) -> JsonBatch:
        """The rows from `begin` to before `end`, on the same buffer."""
        rows = slice(begin, end)
        return JsonBatch(
            self.data,
            self.starts[rows],
            self.ends[rows],
            self.sources[rows],
            self.offsets[rows],
            self.lines[rows],
            self.names,
            self.first + begin,
            self.identities and (self.identities[0][rows], self.identities[1][rows]),
            None if self.objects is None else self.objects[rows],
        )


def buffer(size: int) -> Bytes:
    """A buffer of any content, in memory that batches used before where there is some."""
    return np.frombuffer(POOL.block(size), np.uint8, size)


def padded(pieces: Sequence[bytes | bytearray]) -> Bytes:
    """The pieces one after the other, and the zero bytes that kernels may read beyond."""
    return np.frombuffer(bytearray(b"".join(pieces) + bytes(PADDING)), dtype=np.uint8)


def merged(batches: Sequence[JsonBatch]) -> JsonBatch:
    """Several batches as one, their events copied into one buffer."""
    if len(batches) == 1:
        return batches[0]
    moved = [_compact(batch) for batch in batches]
    starts, before = [], 0
    for data, begins in moved:
        starts.append(begins + before)
        before += len(data)
    begins = np.concatenate(starts)
    lengths = np.concatenate([batch.ends - batch.starts for batch in batches])
    given = [batch.objects for batch in batches]
    return JsonBatch(
        np.concatenate([*(data for data, _ in moved), np.zeros(PADDING, np.uint8)]),
        begins,
        begins + lengths,
        np.concatenate([batch.sources for batch in batches]),
        np.concatenate([batch.offsets for batch in batches]),
        np.concatenate([batch.lines for batch in batches]),
        batches[0].names,
        batches[0].first,
        _identities(batches),
        None if any(part is None for part in given) else [x for part in given for x in part or ()],
    )


def _identities(batches: Sequence[JsonBatch]) -> Identities | None:
    """The identities of all batches, None if none has any."""
    if all(batch.identities is None for batch in batches):
        return None
    indexes: list[str] = []
    names: list[str] = []
    for batch in batches:
        nothing = [""] * len(batch)
        more = batch.identities or (nothing, nothing)
        indexes += more[0]
        names += more[1]
    return indexes, names


def identity_at(identities: Identities, row: int) -> tuple[str, str] | None:
    """``_index`` and ``_id`` of a row, None if it has neither."""
    index, name = identities[0][row], identities[1][row]
    return (index, name) if index or name else None


def _compact(batch: JsonBatch) -> tuple[Bytes, Ints]:
    """The bytes from the first event's beginning to the last one's end, and where events begin."""
    if not len(batch):
        return batch.data[:0], batch.starts
    low, high = int(batch.starts.min()), int(batch.ends.max())
    return batch.data[low:high], batch.starts - low
