"""Sealed events in parts: a few groups of rows of a file each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tocsin.columns.cells import NO_TIME
from tocsin.corpus.column import Column, Ints, Mask, column_of
from tocsin.corpus.held import Held
from tocsin.corpus.part import Part
from tocsin.corpus.span import ALWAYS, Span
from tocsin.corpus.texts import holding
from tocsin.inputs.arrow_batch import ID, INDEX
from tocsin.inputs.batch import JsonBatch, merged, padded
from tocsin.inputs.page_header import BadPageError
from tocsin.inputs.page_leaves import page_leaves
from tocsin.inputs.page_rows import PageRows
from tocsin.inputs.sealed import PLACE, SOURCE, UNTOLD, json_batch
from tocsin.journal.sealed.columns import MORE, TIMESTAMP
from tocsin.journal.sealed.sheet import OWN

TOGETHER = 8
"""Groups of rows in a part, at most."""

COLUMNS = 256 << 20
TIMES = 64 << 20
"""Bytes of columns, and of times and masks, that are held."""

ANY = "*"
"""Stands for all fields among the names of what is not told."""

FEW = 8
"""Only pages that are needed are read for no more rows of a group than one of so many."""

Kept = TypeVar("Kept")

NAMES = ("stored",)
_TEXT = pa.string()
_OWN = len(OWN.names)


class SealedFile:
    """A file that is open; its contents never change.

    Raises
    ------
    OSError, pyarrow.ArrowException
        It is gone or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = Lock()
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
        texts = [one.name for one in schema if one.type == _TEXT and one.name != SOURCE]
        texts += [f"{one.name}.list.element" for one in schema if one.type == MORE]
        self.names = frozenset(schema.names)
        self.file = pq.ParquetFile(
            path,
            metadata=metadata,
            memory_map=True,
            read_dictionary=texts,
            page_checksum_verification=True,
        )
        groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
        self.sizes = [group.num_rows for group in groups]
        self.spans = [_span(group.column(0)) for group in groups]
        self.plain = [_tells_all(group) for group in groups]
        self._few = _pages_of(path, schema, metadata)

    @property
    def cost(self) -> int:
        """About how many bytes of memory it takes to keep it open."""
        return 20_000 + 700 * len(self.names) * len(self.sizes)

    def read(self, groups: Sequence[int], names: Sequence[str]) -> pa.Table:
        """Some columns of some groups of rows."""
        with self.lock:
            return self.file.read_row_groups(
                list(groups), columns=list(names), use_threads=False
            ).select(list(names))

    def few(self, group: int, rows: Ints) -> list[Row] | None:
        """Some rows of a group, which rise; None: Arrow is to read them."""
        if self._few is None or len(rows) * FEW > self.sizes[group]:
            return None
        try:
            streams, names, texts = (column.texts(group, rows) for column in self._few)
        except BadPageError:
            self._few = None
            return None
        return [
            Row(stream, name, text or b"{}")
            for stream, name, text in zip(streams, names, texts, strict=True)
        ]


class Row(NamedTuple):
    """What an event was called, if anything, and the whole of it."""

    stream: bytes | None
    name: bytes | None
    content: bytes


def _pages_of(path: Path, schema: pa.Schema, metadata: pq.FileMetaData) -> list[PageRows] | None:
    """The columns of whole events, read page by page; None: they are not to be read so."""
    wanted = (INDEX, ID, SOURCE)
    leaves = {leaf.name: leaf for leaf in page_leaves(schema, metadata, wanted)}
    if leaves.keys() != set(wanted):
        return None
    with path.open("rb") as file:
        data = np.frombuffer(mmap(file.fileno(), 0, access=ACCESS_READ), np.uint8)
    try:
        return [PageRows(data, leaves[name]) for name in wanted]
    except BadPageError:
        return None


def _span(column: pq.ColumnChunkMetaData) -> tuple[int, int] | None:
    """The first and the last time of a group; None if it does not say, or not for all."""
    known = column.statistics
    if (
        column.path_in_schema != TIMESTAMP
        or known is None
        or not known.has_min_max
        or not known.has_null_count
        or known.null_count
    ):
        return None
    return _ms(known.min), _ms(known.max)


def _tells_all(group: pq.RowGroupMetaData) -> bool:
    """Whether a group's own account says that its columns tell all of its events."""
    for at in range(min(_OWN, group.num_columns)):
        column = group.column(at)
        if column.path_in_schema.partition(".")[0] == UNTOLD:
            known = column.statistics
            # a row without names counts as a null
            return (
                known is not None
                and known.has_null_count
                and bool(known.null_count == column.num_values == group.num_rows)
            )
    return False


def _ms(moment: dt.datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def runs(file: SealedFile, span: Span = ALWAYS, *, apart: bool = False) -> list[range]:
    """The groups of rows of a file that may hold events of a span, some neighbours together.

    Where only a few of them may, or ``apart``, each stands by itself: others are not read then.
    """
    found = []
    for at in range(0, len(file.sizes), TOGETHER):
        run = range(at, min(at + TOGETHER, len(file.sizes)))
        fits = [one for one in run if (known := file.spans[one]) is None or span.meets(*known)]
        if 2 * len(fits) > len(run) and not apart:
            found.append(run)
        else:
            found += [range(one, one + 1) for one in fits]
    return found


@dataclass(frozen=True, slots=True)
class Memory:
    """What parts of sealed files share: their columns, their times, which texts mention a word."""

    columns: Held[Column] = field(default_factory=lambda: Held(COLUMNS, lambda one: one.bytes))
    times: Held[Ints] = field(default_factory=lambda: Held(TIMES, lambda one: one.nbytes))
    masks: Held[Mask] = field(default_factory=lambda: Held(TIMES, lambda one: one.nbytes))

    def turn(self) -> None:
        """Another question begins."""
        for held in (self.columns, self.times, self.masks):
            held.turn()


class SealedPart(Part):
    """Some neighbouring groups of rows of a file."""

    def __init__(self, file: SealedFile, groups: range, memory: Memory) -> None:
        self._file = file
        self._groups = groups
        at = groups.start // TOGETHER * TOGETHER
        self._run = range(at, min(at + TOGETHER, len(file.sizes)))
        self._memory = memory
        self._texts: pa.ChunkedArray | None = None
        self.rows = sum(file.sizes[at] for at in groups)
        spans = [file.spans[at] for at in groups]
        known = [span for span in spans if span is not None]
        whole = len(known) == len(spans)
        self.low = min(low for low, _ in known) if whole and known else None
        self.high = max(high for _, high in known) if whole and known else None

    def times(self) -> Ints:
        """int64[rows], ms since 1970."""
        return self._numbers(TIMESTAMP, self._read_times)

    def places(self) -> Ints:
        """int64[rows], rising."""
        return self._numbers(PLACE, self._read_places)

    def column(self, name: str) -> Column | None:
        """What a column tells of a field."""
        return self._own(name) if name in self._file.names else None

    def untold(self, names: Collection[str]) -> Mask | None:
        """For which events columns do not tell all of these fields."""
        if UNTOLD not in self._file.names:
            return np.ones(self.rows, np.bool_)
        if all(self._file.plain[at] for at in self._groups):
            return None
        more = self._own(UNTOLD)
        if not len(more.words):
            return None
        wanted = {*names, ANY}
        true = np.array([word in wanted for word in more.values()], np.bool_)
        return more.rows(true) if true.any() else None

    def sound(self) -> Mask | None:
        """Which rows are events."""
        return None

    def batch(self, rows: Ints) -> JsonBatch:
        """Some whole events."""
        edges = np.cumsum([0, *(self._file.sizes[at] for at in self._groups)])
        batches = []
        for number, group in enumerate(self._groups):
            low, high = np.searchsorted(rows, edges[number : number + 2])
            if low < high:
                batches.append(self._of(group, rows[low:high], int(edges[number])))
        return merged(batches)

    def _of(self, group: int, rows: Ints, before: int) -> JsonBatch:
        """Some whole events of a group, before which there are others in this part."""
        few = self._file.few(group, rows - before)
        if few is not None:
            return _batch(few, self.places()[rows])
        table = self._file.read([group], [INDEX, ID, PLACE, SOURCE])
        whole = _plain(table).take(pa.array(rows - before)).combine_chunks()
        return json_batch(whole, whole.column(PLACE).to_numpy(), 0, NAMES)

    def mentions(self, word: str) -> Mask:
        """In which texts a word of a key may stand."""
        return self._memory.masks.get(self._key(word), lambda: self._search(word))

    def release(self) -> None:
        """Forget the texts."""
        self._texts = None

    def _search(self, word: str) -> Mask:
        if self._texts is None:
            self._texts = self._read([SOURCE]).column(0)
        # a key may be written with escapes
        found = [holding(some, word) | holding(some, "\\u00") for some in self._texts.chunks]
        return np.concatenate(found) if found else np.zeros(0, np.bool_)

    def _read_places(self) -> Ints:
        places: Ints = self._read([PLACE]).column(0).to_numpy()
        return places

    def _read_times(self) -> Ints:
        found = self._read([TIMESTAMP]).column(0).combine_chunks().cast(pa.int64())
        times: Ints = pc.fill_null(found, NO_TIME).to_numpy(zero_copy_only=False)
        return times

    def _own(self, name: str) -> Column:
        whole = self._whole(self._memory.columns, name)
        if whole is not None:
            return whole.part(*self._within)
        return self._memory.columns.get(
            self._key(name), lambda: column_of(self._read([name]).column(0))
        )

    def _numbers(self, name: str, read: Callable[[], Ints]) -> Ints:
        whole = self._whole(self._memory.times, name)
        if whole is not None:
            begin, end = self._within
            return whole[begin:end]
        return self._memory.times.get(self._key(name), read)

    def _key(self, name: str) -> Hashable:
        return self._file.path, self._groups.start, self._groups.stop, name

    def _whole(self, held: Held[Kept], name: str) -> Kept | None:
        """What is held of all neighbours of these groups."""
        if self._groups == self._run:
            return None
        return held.held((self._file.path, self._run.start, self._run.stop, name))

    @property
    def _within(self) -> tuple[int, int]:
        """Where these rows begin and end among those of all neighbours."""
        begin = sum(self._file.sizes[self._run.start : self._groups.start])
        return begin, begin + self.rows

    def _read(self, names: Sequence[str]) -> pa.Table:
        return self._file.read(self._groups, names)


def _batch(rows: Sequence[Row], places: Ints) -> JsonBatch:
    ends = np.cumsum([len(row.content) for row in rows], dtype=np.int64)
    named = any(row.stream is not None or row.name is not None for row in rows)
    identities = None
    if named:
        indexes = [(row.stream or b"").decode() for row in rows]
        identities = indexes, [(row.name or b"").decode() for row in rows]
    return JsonBatch(
        padded([row.content for row in rows]),
        np.concatenate([np.zeros(1, np.int64), ends[:-1]]),
        ends,
        np.zeros(len(rows), np.int32),
        places,
        places + 1,
        NAMES,
        identities=identities,
    )


def _plain(table: pa.Table) -> pa.Table:
    """The table with texts as texts."""
    return table.cast(
        pa.schema(
            (one.name, _TEXT if pa.types.is_dictionary(one.type) else one.type)
            for one in table.schema
        )
    )
