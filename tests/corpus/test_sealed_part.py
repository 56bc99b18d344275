"""Whole events of a sealed part: read page by page they are what Arrow reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.asking import stored, told
from tocsin.corpus.sealed_part import Memory, SealedFile, SealedPart, runs
from tocsin.journal.sealed.archive import PAGE_ROWS, Archive

pytestmark = pytest.mark.usefixtures("unsynced")
NAME = "x.parquet"


def sealed(folder: Path, count: int) -> Path:
    """The one file of so many events."""
    words = ("start", "ä\N{SNOWMAN}", "end")
    events = [told(n, event={"action": words[n % 3]}, number="x" * (n % 90)) for n in range(count)]
    with stored(folder, events, []):
        pass
    (path,) = folder.glob("events/*/*/*.parquet")
    return path


def part_of(path: Path) -> SealedPart:
    file = SealedFile(path)
    (groups,) = runs(file)
    return SealedPart(file, groups, Memory())


def same(one: SealedPart, other: SealedPart, rows: np.ndarray) -> None:
    found, expected = one.batch(rows), other.batch(rows)
    assert len(found) == len(expected) == len(rows)
    for at in range(len(rows)):
        assert bytes(found.event(at)) == bytes(expected.event(at))
        assert found.identity(at) == expected.identity(at)
    assert (found.offsets == expected.offsets).all()
    assert (found.lines == expected.lines).all()


def by_arrow(path: Path) -> SealedPart:
    part = part_of(path)
    part._file._few = None
    return part


@pytest.mark.parametrize("rows", [[0], [3, 4, 129, 600, 1_023], [1_023], list(range(0, 1_024, 9))])
def test_few_rows(tmp_path: Path, rows: list[int]) -> None:
    path = sealed(tmp_path, 1_024)
    part = part_of(path)
    assert part._file.few(0, np.array(rows)) is not None
    same(part, by_arrow(path), np.array(rows))


def test_rows_of_several_groups(tmp_path: Path) -> None:
    path = sealed(tmp_path, 900)
    table = pq.read_table(path)
    archive = Archive(tmp_path / "events")
    with archive.writer(NAME, table.schema) as writer:
        writer.write_table(table, 250)
    archive.publish([(NAME, path)])
    rows = np.array([1, 249, 250, 251, *range(500, 740), 750, 899])
    same(part_of(path), by_arrow(path), rows)


def test_files_with_large_pages(tmp_path: Path) -> None:
    path = sealed(tmp_path, 1_024)
    pq.write_table(pq.read_table(path), path, use_dictionary=False, compression="zstd")
    part = part_of(path)
    assert part._file.few(0, np.array([700])) is not None
    same(part, by_arrow(path), np.array([1, 700]))


def test_columns_that_pages_are_not_read_of(tmp_path: Path) -> None:
    path = sealed(tmp_path, 1_024)
    table = pq.read_table(path)
    pq.write_table(
        table, path, use_dictionary=False, column_encoding={"_source": "DELTA_BYTE_ARRAY"}
    )
    part = part_of(path)
    assert part._file.few(0, np.array([700])) is None
    same(part, by_arrow(path), np.array([1, 700]))


def test_pages_that_are_damaged_are_left_to_arrow(tmp_path: Path) -> None:
    path = sealed(tmp_path, 1_024)
    part = part_of(path)
    columns = part._file._few
    assert columns is not None
    columns[2]._data = columns[2]._data[: len(columns[2]._data) // 2]
    same(part, by_arrow(path), np.array([1, 1_000]))
    assert part._file._few is None


def test_pages_are_small(tmp_path: Path) -> None:
    path = sealed(tmp_path, 1_024)
    whole = pq.read_table(path, columns=["_source"]).column(0)
    assert pa.types.is_string(whole.type)
    columns = part_of(path)._file._few
    assert columns is not None
    rows = np.arange(1_024)
    columns[2].texts(0, rows)
    heads, firsts = columns[2]._places[0]
    assert len(heads) > 1 or whole.nbytes < 1 << 16
    assert np.diff(firsts).max() <= max(PAGE_ROWS, 1 + (1 << 16) * 1_024 // whole.nbytes) * 2
