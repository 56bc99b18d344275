"""Reads events that a live engine sealed: Parquet with the whole text of each in one column.

The columns of fields in such a file are for whoever queries it; here the text is read, so that an
event is the very event that it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.inputs.arrow_batch import ID, INDEX
from tocsin.inputs.batch import BYTES, ROWS, Identities, JsonBatch
from tocsin.inputs.framing import PADDING
from tocsin.inputs.parquet import ParquetSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    import numpy.typing as npt

    from tocsin.columns.cells import FieldSet

SEALED = {b"tocsin.sealed": b"1"}
"""The metadata of such a file."""

SOURCE = "_source"
ACCEPTED = "_accepted"
PLACE = "_place"
UNTOLD = "_more"
"""Names the fields of an event that the columns do not tell whole; ``*``: any of them."""


def is_sealed(metadata: pq.FileMetaData) -> bool:
    """Whether a file of Parquet was sealed by a live engine."""
    kept = metadata.metadata or {}
    return all(kept.get(key) == value for key, value in SEALED.items())


def table_of(
    file: BinaryIO | Callable[[], BinaryIO], *, again: bool = False
) -> ParquetSource | SealedSource:
    """A file of Parquet as what it is: with events in columns, or sealed by a live engine.

    ``again``: whether rows will be read again.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The file is damaged, encrypted or no Parquet file.
    """
    sealed = is_sealed(pq.ParquetFile(file() if callable(file) else file).metadata)
    return SealedSource(file) if sealed else ParquetSource(file, again=again)


class SealedSource:
    """One such file, read as `tocsin.inputs.parquet.ParquetSource` reads others.

    Raises
    ------
    pyarrow.ArrowException, OSError
        The file is damaged.
    """

    trouble: str | None = None

    def __init__(self, file: BinaryIO | Callable[[], BinaryIO]) -> None:
        self._open = file if callable(file) else lambda: file
        self._file = pq.ParquetFile(self._open())
        metadata = self._file.metadata
        self.rows: int = metadata.num_rows
        groups = range(metadata.num_row_groups)
        self.bytes = sum(metadata.row_group(at).total_byte_size for at in groups)
        self._edges = np.cumsum([0, *(metadata.row_group(at).num_rows for at in groups)])
        self._held: tuple[int, pa.Array] | None = None
        self._most = max(1, min(ROWS, BYTES * self.rows // max(self.bytes, 1)))

    def batches(
        self,
        source: int,
        names: Sequence[str],
        fields: FieldSet | None,  # noqa: ARG002 - all are in the text
    ) -> Iterator[JsonBatch]:
        """All events."""
        begin = 0
        for piece in self._file.iter_batches(self._most, columns=[INDEX, ID, SOURCE]):
            rows = np.arange(begin, begin + piece.num_rows, dtype=np.int64)
            yield json_batch(piece, rows, source, names)
            begin += piece.num_rows

    def events(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """Events by their rows; cheap if these rise."""
        for number in numbers:
            group = int(np.searchsorted(self._edges, number, side="right")) - 1
            if self._held is None or self._held[0] != group:
                # Whoever read the file before may have closed it.
                file = pq.ParquetFile(self._open())
                column = file.read_row_group(group, columns=[SOURCE]).column(0)
                self._held = group, column.combine_chunks()
            yield self._held[1][number - int(self._edges[group])].as_buffer().to_pybytes()

    def release(self) -> None:
        """Forget what was read last."""
        self._held = None


def json_batch(
    piece: pa.RecordBatch | pa.Table,
    offsets: npt.NDArray[np.int64],
    source: int,
    names: Sequence[str],
    order: npt.NDArray[np.int64] | None = None,
) -> JsonBatch:
    """Rows with the columns ``_index``, ``_id`` and ``_source`` as a batch, in another order.

    ``offsets``: int64[n], what `Place.offset` gives for each row.
    """
    count = piece.num_rows
    texts = piece.column(SOURCE)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    texts = texts.cast(pa.large_string())
    _, edges, content = texts.buffers()
    ends = np.frombuffer(edges, np.int64)[texts.offset : texts.offset + count + 1]
    low, high = int(ends[0]), int(ends[-1])
    data = np.zeros(high - low + PADDING, np.uint8)
    if content is not None:
        data[: high - low] = np.frombuffer(content, np.uint8)[low:high]
    starts, ends = ends[:-1] - low, ends[1:] - low
    if order is not None:
        starts, ends, offsets = starts[order], ends[order], offsets[order]
        piece = piece.select([INDEX, ID]).take(pa.array(order))
    whole = np.full(count, source, np.int32)
    return JsonBatch(
        data, starts, ends, whole, offsets, offsets + 1, names, identities=_identities(piece)
    )


def _identities(piece: pa.RecordBatch | pa.Table) -> Identities | None:
    both = piece.column(INDEX), piece.column(ID)
    if all(column.null_count == len(column) for column in both):
        return None
    indexes, ids = ([text or "" for text in column.to_pylist()] for column in both)
    return indexes, ids
