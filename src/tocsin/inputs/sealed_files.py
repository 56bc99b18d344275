"""Reads the folder of events that a live engine sealed: its files as one, in the journal's order.

Files of the same days and hours hold events of different data sets. Where events have the same
time, their order of arrival decides, so the files are read side by side and merged by place.

The engine may be at work meanwhile and put files together: a file that another covers is not read,
and in place of one that is gone the part of the file that covers it now is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.inputs.arrow_batch import ID, INDEX
from tocsin.inputs.file import GONE
from tocsin.inputs.sealed import PLACE, SOURCE, is_sealed, json_batch

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tocsin.columns.cells import FieldSet
    from tocsin.inputs.batch import JsonBatch
    from tocsin.inputs.inputs import Input
    from tocsin.inputs.report import Report

NAME = re.compile(r"(\d{20})-(\d{20})-(\d{13})\.parquet", re.ASCII)
"""How a file is called: the journal positions that it covers, and when its last event came."""

SIDE_BY_SIDE = 256
"""The most files that are read side by side."""

PIECE = 1024
"""Events of a file that are held at a time."""

PIECE_BYTES = 1 << 20
"""About how many bytes they have at most."""

AT_ONCE = 4096
"""Events that are read again together."""

COLUMNS = [INDEX, ID, PLACE, SOURCE]


class SealedInput(NamedTuple):
    """A file that by its name was sealed."""

    path: Path
    name: str
    first: int
    end: int
    groups: tuple[int, ...] | None = None
    """The groups of rows that are read; None: all."""


def sealed_inputs(found: Sequence[Input]) -> Iterator[Input | list[SealedInput]]:
    """Inputs in order; neighbours that are files of one folder of sealed events come together."""
    for root, group in groupby(found, _root):
        several = list(group)
        files = _uncovered([_sealed(each) for each in several]) if root else []
        if len(files) > 1 and _widest(files) <= SIDE_BY_SIDE:
            yield files
        else:
            kept = {file.path for file in files}
            yield from (each for each in several if not root or each.path in kept)


def _root(found: Input) -> Path | None:
    """The folder of sealed events that a file belongs to."""
    path = found.path
    if path is None or NAME.fullmatch(path.name) is None:
        return None
    dataset, day = path.parent, path.parent.parent
    named = dataset.name.startswith("dataset=") and day.name.startswith("date=")
    return day.parent if named else None


def _sealed(found: Input) -> SealedInput:
    named = NAME.fullmatch(found.path.name) if found.path is not None else None
    if found.path is None or named is None:
        raise ValueError(f"{found.name} is not called like a file of sealed events")
    return SealedInput(found.path, found.name, int(named[1]), int(named[2]))


def _uncovered(files: Sequence[SealedInput]) -> list[SealedInput]:
    """The files in order, without those whose events a larger file of their folder holds too."""
    kept: list[SealedInput] = []
    reached: dict[Path, tuple[int, Path]] = {}
    for file in sorted(files, key=lambda file: (file.first, -file.end)):
        end, largest = reached.get(file.path.parent, (-1, None))
        # A file that was named twice is read twice.
        if file.end > end or file.path == largest:
            kept.append(file)
            reached[file.path.parent] = file.end, file.path
    return kept


def _widest(files: Sequence[SealedInput]) -> int:
    """How many files cover the same position, at most."""
    edges = sorted([(file.first, 1) for file in files] + [(file.end, -1) for file in files])
    return int(np.cumsum([step for _, step in edges]).max())


class SealedOrigin:
    """The files of one folder; an offset is an event's place in the journal."""

    spool = False

    def __init__(self, files: Sequence[SealedInput]) -> None:
        self._files = files
        self.name = str(files[0].path.parents[2])
        self.position = 0
        self.delivered = 0

    @property
    def size(self) -> int | None:
        """Bytes of all files."""
        return sum(_size(file.path) for file in self._files)

    def batches(
        self,
        number: int,
        names: Sequence[str],
        report: Report,
        fields: FieldSet | None,  # noqa: ARG002 - all are in the text
    ) -> Iterator[JsonBatch]:
        """All events, by their places."""
        self.position = self.delivered = 0
        pending = list(reversed(self._files))
        cursors: list[_Cursor] = []
        while pending or cursors:
            bound = min((cursor.last for cursor in cursors), default=-1)
            while pending and (not cursors or pending[-1].first <= bound):
                cursor = self._cursor(pending.pop(), report)
                if cursor is not None:
                    cursors.append(cursor)
                    bound = min(cursor.last for cursor in cursors)
            if cursors:
                batch = _merged([cursor.take(bound) for cursor in cursors], number, names)
                self.delivered += batch.size
                yield batch
            cursors = [cursor for cursor in cursors if self._more(cursor, report)]

    def _cursor(self, file: SealedInput, report: Report) -> _Cursor | None:
        """The file from its beginning, None if it has no events or is none of ours."""
        try:
            cursor = _Cursor(file)
        except (pa.ArrowException, OSError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            report.problem(file.name, f"damaged or unreadable Parquet: {reason}")
            return None
        return cursor if self._more(cursor, report) else None

    def _more(self, cursor: _Cursor, report: Report) -> bool:
        """Whether the cursor holds events, more being read as needed."""
        try:
            if cursor.fill():
                return True
        except (pa.ArrowException, OSError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            report.problem(cursor.file.name, f"damaged or unreadable Parquet: {reason}")
        self.position += _size(cursor.file.path)
        cursor.close()
        return False

    def again(self, offsets: Sequence[int], report: Report) -> Iterator[tuple[int, bytes]]:
        """The events at these places once more."""
        remaining = iter(offsets)
        gone = False
        while some := list(islice(remaining, AT_ONCE)):
            found = self._found(some)
            gone |= len(found) < len(set(some))
            for offset in some:
                yield offset, found.get(offset, GONE)
        if gone:
            report.problem(self.name, "was changed while it was read")

    def _found(self, offsets: Sequence[int]) -> dict[int, bytes]:
        """Events by place, as far as they are still there; the places rise."""
        wanted = np.array(offsets, np.int64)
        found: dict[int, bytes] = {}
        for file in self._files:
            low, high = np.searchsorted(wanted, [file.first, file.end])
            if low < high:
                try:
                    _look(file, wanted[low:high], found)
                except (pa.ArrowException, OSError, ValueError):
                    continue
        return found

    def release(self) -> None:
        """Nothing is held."""

    def given(self, offset: int) -> Mapping[str, Any] | None:  # noqa: ARG002
        """None: these events were never mappings."""
        return None


class _Cursor:
    """A file that is read from its beginning, some events at a time."""

    def __init__(self, file: SealedInput) -> None:
        self.file = file
        self._file, groups = _opened(file), file.groups
        if groups is not None and max(groups, default=-1) >= self._file.num_row_groups:
            groups = None  # another file took the place of this one
        parts = map(self._file.metadata.row_group, range(self._file.num_row_groups))
        size = max(1, sum(part.total_byte_size for part in parts))
        most = max(1, min(PIECE, PIECE_BYTES * self._file.metadata.num_rows // size))
        self._pieces = self._file.iter_batches(most, groups, COLUMNS)
        self._piece: pa.RecordBatch | None = None
        self._places = np.empty(0, np.int64)
        self._at = 0

    @property
    def last(self) -> int:
        """The place of the last event that is held."""
        return int(self._places[-1])

    def fill(self) -> bool:
        """Hold events again if none is left; whether there are any."""
        while self._at == len(self._places):
            self._piece = next(self._pieces, None)
            if self._piece is None:
                return False
            # A file that took the place of this one holds others' events too.
            places = self._piece.column(PLACE).to_numpy()
            low, high = np.searchsorted(places, [self.file.first, self.file.end]).tolist()
            self._piece, self._places = self._piece.slice(low, high - low), places[low:high]
            self._at = 0
        return True

    def take(self, bound: int) -> pa.RecordBatch:
        """The events that are held up to a place."""
        begin = self._at
        self._at = max(begin, int(np.searchsorted(self._places, bound, side="right")))
        if self._piece is None:
            raise ValueError("nothing is held")
        return self._piece.slice(begin, self._at - begin)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _merged(pieces: Sequence[pa.RecordBatch], number: int, names: Sequence[str]) -> JsonBatch:
    """Events of several files as one batch, by their places."""
    whole = pa.Table.from_batches(pieces).combine_chunks()
    places = whole.column(PLACE).to_numpy()
    order = np.argsort(places, kind="stable")
    return json_batch(whole, places, number, names, order if len(pieces) > 1 else None)


def _opened(wanted: SealedInput) -> pq.ParquetFile:
    """The file, or the one that was put in its place."""
    try:
        file = pq.ParquetFile(wanted.path, page_checksum_verification=True)
    except FileNotFoundError:
        others = wanted.path.parent.glob("*.parquet")
        named = [(path, NAME.fullmatch(path.name)) for path in others]
        covering = (
            path
            for path, name in named
            if name is not None and int(name[1]) <= wanted.first and wanted.end <= int(name[2])
        )
        file = pq.ParquetFile(next(covering, wanted.path), page_checksum_verification=True)
    if not is_sealed(file.metadata):
        file.close()
        raise ValueError("the file was not sealed by a live engine")
    return file


def _look(file: SealedInput, wanted: npt.NDArray[np.int64], found: dict[int, bytes]) -> None:
    """Find the events of a file that are at some places, which rise."""
    with _opened(file) as opened:
        at = opened.schema_arrow.get_field_index(PLACE)
        for group in range(opened.num_row_groups):
            if _misses(opened.metadata.row_group(group), at, wanted):
                continue
            places = opened.read_row_group(group, columns=[PLACE]).column(0).to_numpy()
            rows = np.searchsorted(places, wanted)
            rows[rows == len(places)] = 0
            hits = np.flatnonzero(places[rows] == wanted)
            if hits.size:
                texts = opened.read_row_group(group, columns=[SOURCE]).column(0)
                some = texts.take(pa.array(rows[hits])).cast(pa.binary()).to_pylist()
                found.update(zip(wanted[hits].tolist(), some, strict=True))


def _misses(group: pq.RowGroupMetaData, place: int, wanted: npt.NDArray[np.int64]) -> bool:
    """Whether by its own account a part of a file has none of these places."""
    columns = (group.column(at) for at in range(place, group.num_columns))
    known = next(column for column in columns if column.path_in_schema == PLACE).statistics
    if known is None or not known.has_min_max:
        return False
    low, high = np.searchsorted(wanted, [known.min, known.max + 1])
    return bool(low == high)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
