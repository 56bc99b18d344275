"""Groups of rows go from one Parquet file to another as they stand: nothing is encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tocsin.columns.checksum import checksum
from tocsin.inputs.batch import BYTES, ROWS
from tocsin.inputs.page_header import DATA, DICTIONARY, BadPageError, CutError, Header, header
from tocsin.inputs.sealed import UNTOLD
from tocsin.journal.sealed.parquet import CODECS, Chunk

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

ENOUGH_ROWS, ENOUGH_BYTES = ROWS // 4, BYTES // 2
"""A smaller group of rows is put together with others instead."""


class Group(NamedTuple):
    """A group of rows: how many, and what there is of its columns."""

    rows: int
    chunks: dict[str, Chunk]


def can_be_copied(path: Path) -> bool:
    """Whether a file's groups of rows are large enough, and of a kind that is copied here."""
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        if UNTOLD not in file.schema_arrow.names:
            return False
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            if group.num_rows < ENOUGH_ROWS and group.total_byte_size < ENOUGH_BYTES:
                return False
            if any(group.column(at).compression not in CODECS for at in range(group.num_columns)):
                return False
        return metadata.num_row_groups > 0


def groups_of(path: Path) -> Iterator[Group]:
    """The groups of rows of a file that can be copied; each page was looked at.

    Raises
    ------
    pyarrow.ArrowInvalid
        It is damaged.
    """
    data = np.fromfile(path, np.uint8)
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            chunks: dict[str, Chunk] = {}
            for at in range(group.num_columns):
                column = group.column(at)
                name = column.path_in_schema.removesuffix(".list.element")
                try:
                    chunks[name] = _chunk(data, column)
                except (BadPageError, CutError, zstandard.ZstdError) as error:
                    raise pa.ArrowInvalid(f"{path}: {name}: {error}") from None
            yield Group(group.num_rows, chunks)


def _chunk(data: Bytes, column: Any) -> Chunk:  # noqa: ANN401 - Arrow has no types
    first = column.data_page_offset
    begin = column.dictionary_page_offset if column.has_dictionary_page else first
    end = begin + column.total_compressed_size
    if not 0 <= begin <= first <= end <= data.size:
        raise BadPageError("a column beyond the end of its file")
    codec = CODECS[column.compression]
    values = _values(data[:end], begin, compressed=codec != 0)
    if values != column.num_values:
        raise BadPageError("other values than the file tells")
    told = column.statistics
    nulls, span = None, None
    if told is not None:
        nulls = told.null_count if told.has_null_count else None
        span = _span(told)
    return Chunk(
        [data[begin:end].tobytes()],
        first - begin,
        column.total_uncompressed_size,
        values,
        nulls,
        codec,
        span,
    )


def _values(data: Bytes, at: int, *, compressed: bool) -> int:
    """How many values pages have, that stand from a place on.

    Each is compared with its checksum; one without, of earlier versions, is decompressed.
    """
    found = 0
    while at < data.size:
        told, begin = header(data, at)
        at = begin + told.size
        if at > data.size or told.kind not in (DATA, DICTIONARY):
            raise BadPageError("a page that is not as it must be")
        _look(data[begin:at].data, told, compressed=compressed)
        found += told.values if told.kind == DATA else 0
    return found


def _look(body: memoryview, told: Header, *, compressed: bool) -> None:
    """Whether a page is what it tells, else BadPageError."""
    if told.crc >= 0:
        if checksum(body) != told.crc:
            raise BadPageError("a page of another checksum than it tells")
        return
    size = len(_unpack(body, max_output_size=told.whole)) if compressed else told.size
    if size != told.whole:
        raise BadPageError("a page of another size than it tells")


_unpack = zstandard.ZstdDecompressor().decompress


def _span(told: Any) -> tuple[bytes, bytes] | None:  # noqa: ANN401 - Arrow has no types
    """The first and the last value as the file has them; None of doubles and truth values."""
    if not told.has_min_max:
        return None
    low, high = told.min_raw, told.max_raw
    if told.physical_type == "INT64":
        return _whole(low), _whole(high)
    if isinstance(low, bytes) and isinstance(high, bytes):
        return low, high
    return None


def _whole(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=number < 0)
