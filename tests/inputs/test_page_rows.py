"""Some rows of columns of text: only their pages are read, and they say what Arrow says."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.inputs.page_header import BadPageError
from tocsin.inputs.page_leaves import page_leaves
from tocsin.inputs.page_rows import PageRows

WORDS = ["start", "end", "", "ä\N{SNOWMAN}", "x" * 300, None]


def written(values: list[str | None], **options: object) -> bytes:
    file = io.BytesIO()
    table = pa.table({"number": range(len(values)), "text": pa.array(values, pa.string())})
    pq.write_table(table, file, **options)
    return file.getvalue()


def opened(data: bytes) -> PageRows:
    file = pq.ParquetFile(io.BytesIO(data))
    (leaf,) = page_leaves(file.schema_arrow, file.metadata, ("text",))
    return PageRows(np.frombuffer(data, np.uint8), leaf)


def encoded(values: list[str | None]) -> list[bytes | None]:
    return [None if value is None else value.encode() for value in values]


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=90),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from(["zstd", "none", "snappy"]),
    st.sampled_from(["1.0", "2.0"]),
    st.data(),
)
@settings(max_examples=150)
def test_rows_are_what_was_written(
    values: list[str | None],
    group: int,
    dictionary: bool,
    codec: str,
    version: str,
    chance: st.DataObject,
) -> None:
    data = written(
        values,
        row_group_size=group,
        use_dictionary=dictionary,
        compression=codec,
        data_page_version=version,
        data_page_size=64,
        write_batch_size=4,
    )
    column = opened(data)
    for number, begin in enumerate(range(0, len(values), group)):
        there = values[begin : begin + group]
        rows = sorted(chance.draw(st.sets(st.integers(0, len(there) - 1), min_size=1)))
        found = column.texts(number, np.array(rows, np.int64))
        assert found == encoded([there[row] for row in rows])


def test_more_pages_than_there_is_room_for_at_first() -> None:
    values = [f"{number:0100}" for number in range(2_000)]
    column = opened(written(values, use_dictionary=False, data_page_size=1, write_batch_size=1))
    rows = np.array([0, 1, 777, 1_999])
    assert column.texts(0, rows) == encoded([values[row] for row in rows])


def test_rows_that_are_not_there_are_none_of_its() -> None:
    column = opened(written(["a", "b"]))
    for rows in ([2], [-1, 0]):
        with pytest.raises(BadPageError):
            column.texts(0, np.array(rows))


def test_lists_and_numbers_are_not_for_it() -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"text": pa.array([["a"]]), "number": [1]}), file)
    opened_file = pq.ParquetFile(file)
    for leaf in page_leaves(opened_file.schema_arrow, opened_file.metadata):
        with pytest.raises(BadPageError):
            PageRows(np.frombuffer(file.getvalue(), np.uint8), leaf)


@given(st.integers(0, 5_000), st.binary(min_size=1, max_size=8), st.booleans())
@settings(max_examples=200)
def test_damage_is_an_error_or_changes_texts(at: int, damage: bytes, dictionary: bool) -> None:
    values = [f"event {number % 50} {'y' * (number % 7)}" for number in range(400)]
    data = written(
        values,
        compression="none",
        use_dictionary=dictionary,
        data_page_size=500,
        write_batch_size=8,
    )
    column = opened(data)
    broken = bytearray(data)
    at %= len(data) - 8
    broken[at : at + len(damage)] = damage
    column = PageRows(np.frombuffer(bytes(broken), np.uint8), column._leaf)
    rows = np.array([0, 5, 6, 399])
    try:
        found = column.texts(0, rows)
    except BadPageError:
        return
    assert len(found) == len(rows)
