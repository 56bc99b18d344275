"""Reads Parquet: in batches only the columns that rules need, and whole rows again by number."""

from __future__ import annotations

import weakref
from collections import Counter
from itertools import islice, takewhile
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.inputs.arrow_batch import AHEAD, ID, INDEX, ArrowBatch
from tocsin.inputs.arrow_cells import needed
from tocsin.inputs.arrow_groups import Columns
from tocsin.inputs.arrow_leaves import Wanted, has_doubles, projection
from tocsin.inputs.arrow_rows import events
from tocsin.inputs.batch import BYTES
from tocsin.inputs.page_header import BadPageError
from tocsin.inputs.page_leaves import PageLeaf, leaf_names, page_leaves, written_leaves
from tocsin.inputs.page_store import PageStore, Room
from tocsin.inputs.page_table import PageTable
from tocsin.inputs.piece import Piece
from tocsin.inputs.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tocsin.columns.cells import FieldSet

MOST_ROWS = 12_288
"""The most rows that are read at once."""

TOGETHER = 1 << 16
"""The most rows of a row group in which single rows are looked for at once."""

KEPT = Room(32 << 20)
"""Bytes of rows that were read again and are kept, since often they are asked for twice.

All files of a process share them.
"""


class ParquetSource:
    """One Parquet file.

    Parameters
    ----------
    file
        The file, which can seek, or what opens it; it is opened again if it was closed meanwhile.
    again
        Whether rows will be read again, so that it pays to keep pages.

    Attributes
    ----------
    trouble
        Why the other columns of a row could not be read; such events have but what rules need.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The file is damaged, encrypted or no Parquet file.
    """

    def __init__(self, file: BinaryIO | Callable[[], BinaryIO], *, again: bool = False) -> None:
        self._open = file if callable(file) else lambda: file
        self._store = PageStore() if again else None
        self._metadata = (plain := pq.ParquetFile(self._open())).metadata
        self.schema: pa.Schema = plain.schema_arrow
        self.rows: int = self._metadata.num_rows
        groups = range(self._metadata.num_row_groups)
        self.bytes = sum(self._metadata.row_group(at).total_byte_size for at in groups)
        self.trouble: str | None = None
        self._doubles = has_doubles(self.schema)
        self._most = max(1, min(MOST_ROWS, 2 * BYTES * self.rows // max(self.bytes, 1)))
        self._whole = self._columns(None)
        self._others: Columns | None = None
        self._leaves = page_leaves(self.schema, self._metadata)
        self._writable = written_leaves(self.schema, self._leaves) is not None
        self._reader: RowReader | None = None
        self._again: RowReader | None = None
        self._kept: dict[int, bytes] = {}
        self._sizes: list[int] = []
        weakref.finalize(self, KEPT.give, self._sizes)

    def _columns(self, names: Sequence[str] | None) -> Columns:
        return Columns(self._open, self._metadata, names, self._most)

    def batches(
        self, source: int, names: Sequence[str], fields: FieldSet | None
    ) -> Iterator[ArrowBatch]:
        """All rows, of the columns for these fields (None: of all columns)."""
        self._others = self._reader = self._again = None
        done = 0
        if fields is not None and (leaves := self._readable(fields)):
            for piece in self._pages(fields, leaves):
                yield ArrowBatch(piece, source, names, self, fields, None)
                done += piece.size
        if done == self.rows:
            if self._reader is not None:
                self._reader.release()
            return
        columns = None
        if fields is not None:
            columns = projection(self.schema, _with_identity(needed(fields).names))
            rest = set(projection(self.schema, None)).difference(columns)
            self._others = self._whole if self._doubles else self._columns(sorted(rest))
        for begin, batch in self._columns(columns).pieces(done):
            skipped = max(0, done - begin)
            if skipped < batch.num_rows:
                rows = batch.slice(skipped)
                piece = Piece(begin + skipped, rows.num_rows, rows)
                yield ArrowBatch(piece, source, names, self, fields, self._others)

    def _readable(self, fields: FieldSet) -> list[PageLeaf]:
        """The columns for these fields that are read page by page."""
        slots = fields.slots
        shared = Counter(slots[name] for name in leaf_names(self.schema) if name in slots)
        wanted = needed(fields).names - {INDEX, ID}
        return [
            leaf
            for leaf in self._leaves
            if leaf.name in wanted and (leaf.name not in slots or shared[slots[leaf.name]] == 1)
        ]

    def _pages(self, fields: FieldSet, leaves: Sequence[PageLeaf]) -> Iterator[Piece]:
        """Pieces, most of their columns read page by page, until that is not possible."""
        own = {leaf.name for leaf in leaves}
        rest = projection(self.schema, _with_identity(needed(fields).names - own))
        arrow = self._columns(rest) if rest else None
        pages = PageTable(self._open, leaves, self._store)
        if self._writable:
            self._reader = self._row_reader(frozenset(own))
        for run in self._whole.runs:
            for begin, size in run.spans(self._most):
                try:
                    columns = pages.columns(begin, size)
                except (BadPageError, OSError):
                    return  # Arrow may be able to read it, or else says what is wrong
                batch = arrow.rows(begin, size) if arrow is not None else None
                yield Piece(begin, size, batch, columns)

    def _row_reader(self, known: frozenset[str]) -> RowReader:
        return RowReader(self._open, self.schema, self._leaves, self._columns, known, self._store)

    def written(self, piece: Piece, numbers: Sequence[int]) -> list[bytes] | None:
        """Rows of a piece as JSON objects, by rising numbers; None if Arrow must read them."""
        if self._reader is None or not piece.pages:
            return None
        try:
            return self._reader.rows(piece.begin, piece.size, numbers, piece.pages)
        except (BadPageError, pa.ArrowException, OSError):
            self._reader = None
            return None

    def complete(
        self, batch: pa.RecordBatch, begin: int, others: Columns | None
    ) -> list[pa.RecordBatch]:
        """Parts of a batch of rows that have all columns together."""
        if others is None:
            return [batch]
        more = others.rows(begin, batch.num_rows)
        return [more] if self._doubles else [batch, more]

    def release(self) -> None:
        """Forget what was read last; rows that were read again are kept."""
        self._whole.release()
        for reader in (self._reader, self._again):
            if reader is not None:
                reader.release()
        if self._others is not None:
            self._others.release()

    def events(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """Rows as JSON objects, by their numbers; cheap if these rise.

        Raises
        ------
        pyarrow.ArrowException, OSError
            The file is damaged here.
        """
        at = 0
        if self._writable and self._again is None:
            self._again = self._row_reader(frozenset())
        while at < len(numbers):
            if (known := self._kept.get(numbers[at])) is not None:
                yield known
                at += 1
                continue
            first, size = self._span(numbers[at])
            some = range(first, first + size)
            near = list(takewhile(some.__contains__, islice(numbers, at, at + AHEAD)))
            for number, row in zip(near, self._near(first, size, near), strict=True):
                self._keep(number, row)
                yield row
            at += len(near)

    def _keep(self, number: int, row: bytes) -> None:
        if number not in self._kept and KEPT.take(len(row)):
            self._kept[number] = row
            self._sizes.append(len(row))

    def _span(self, number: int) -> tuple[int, int]:
        """First row and size of what is best read together with a row: a piece, or a row group."""
        for run in self._whole.runs:
            if number < run.begin + run.size:
                if run.size <= TOGETHER and self._again is not None and self._again.paged:
                    return run.begin, run.size
                return next(span for span in run.spans(self._most) if number < sum(span))
        raise OSError("the file has fewer rows than it tells")

    def _near(self, begin: int, size: int, numbers: Sequence[int]) -> Sequence[bytes]:
        """Some rows of a piece as JSON objects."""
        if self._again is not None:
            try:
                unlike = sorted(set(numbers))
                made = self._again.rows(begin, size, unlike)
            except (BadPageError, pa.ArrowException, OSError):
                self._writable, self._again = False, None
            else:
                by_number = dict(zip(unlike, made, strict=True))
                return [by_number[number] for number in numbers]
        batch = self._whole.rows(begin, size)
        return events(self.schema, [batch], [number - begin for number in numbers])

    def some(self, fields: FieldSet, begin: int, size: int) -> pa.RecordBatch:
        """These rows with the columns for these fields."""
        columns = projection(self.schema, _with_identity(needed(fields).names))
        return self._columns(columns).rows(begin, size)

    def wider(self, begin: int, size: int) -> pa.RecordBatch:
        """These rows with all columns."""
        return self._whole.rows(begin, size)


def _with_identity(names: Iterable[str]) -> Wanted:
    return Wanted((*names, INDEX, ID))
