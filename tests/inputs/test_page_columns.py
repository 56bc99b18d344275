"""Columns read page by page are what Arrow reads, and what cannot be read so is left to Arrow."""

import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.columns.cells import FALSE, NUMBER, FieldSet
from tocsin.inputs import page_column, parquet
from tocsin.inputs.page_column import PageColumn
from tocsin.inputs.page_header import BadPageError, header
from tocsin.inputs.page_leaves import page_leaves
from tocsin.inputs.segment import EMPTY, NOTHING
from tocsin.inputs.source import read

WORDS = ["start", "end", "", "ä\N{SNOWMAN}", "x" * 300, None]


def column(name: str, kind: pa.DataType, values: list) -> pa.Table:
    return pa.table({name: pa.array(values, kind)})


def written(table: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def value_of(segment, element: int):
    """An element as Python has it; NOTHING and EMPTY as they are."""
    code = element if segment.codes is None else int(segment.codes[element])
    if code < 0:
        return {NOTHING: None, EMPTY: ...}[code]
    if segment.tag == FALSE:
        return bool(code)
    words = segment.words
    text = words.text[words.ends[code] + words.gap : words.ends[code + 1]].tobytes().decode()
    return int(text) if segment.tag == NUMBER else text


def values(data: bytes, begins: list[int], size: int) -> list:
    """The first column, its rows asked for from each of some places on."""
    file = pq.ParquetFile(io.BytesIO(data))
    (leaf,) = page_leaves(file.schema_arrow, file.metadata)
    found = PageColumn(lambda: io.BytesIO(data), leaf)
    rows: dict[int, object] = {}
    for begin in begins:
        end = min(begin + size, file.metadata.num_rows)
        rows |= dict.fromkeys(range(begin, end), None)
        for segment in found.segments(begin, end):
            for _, row, value in elements(segment, begin, end):
                add(rows, row, value, bool(leaf.inner))
    return [rows[row] for row in sorted(rows)]


def elements(segment, begin: int, end: int):
    """Elements of some rows: number, row, value."""
    for element in range(*segment.within(begin, end)):
        row = segment.first + element if segment.rows is None else int(segment.rows[element])
        yield element, row, value_of(segment, element)


def add(rows: dict, row: int, value, listed: bool) -> None:
    if not listed:
        rows[row] = value
    elif value is not None:
        rows[row] = (rows.get(row) or []) + ([] if value is ... else [value])


def without_nulls(values: list) -> list:
    return [[x for x in v if x is not None] if isinstance(v, list) else v for v in values]


FORMS = [
    {},
    {"use_dictionary": False},
    {"data_page_version": "2.0"},
    {"data_page_version": "2.0", "use_dictionary": False, "compression": "none"},
    {"data_page_size": 200, "write_batch_size": 8},
    {"data_page_size": 200, "write_batch_size": 8, "use_dictionary": False, "version": "1.0"},
    {"dictionary_pagesize_limit": 64, "data_page_size": 300, "write_batch_size": 16},
    {"compression": "zstd", "row_group_size": 17},
    {"compression": "gzip", "row_group_size": 1, "write_statistics": False},
    {"write_page_index": True, "data_page_size": 100, "write_batch_size": 4},
    {"write_page_checksum": True, "data_page_size": 200, "write_batch_size": 8},
    {"write_page_checksum": True, "data_page_version": "2.0", "use_dictionary": False},
]
NUMBERS = {
    pa.int8(): (-(2**7), 2**7 - 1),
    pa.uint16(): (0, 2**16 - 1),
    pa.int32(): (-(2**31), 2**31 - 1),
    pa.uint32(): (0, 2**32 - 1),
    pa.int64(): (-(2**63), 2**63 - 1),
    pa.uint64(): (0, 2**64 - 1),
}


@st.composite
def columns(draw):
    kind = draw(st.sampled_from([pa.string(), pa.large_string(), pa.bool_(), *NUMBERS]))
    if kind in NUMBERS:
        one = st.integers(*NUMBERS[kind])
    else:
        one = st.booleans() if kind == pa.bool_() else st.sampled_from(WORDS[:-1]) | st.text()
    if draw(st.booleans()):
        one = st.none() | one
    if draw(st.booleans()):
        one, kind = st.none() | st.lists(one, max_size=3), pa.list_(kind)
    seeds = draw(st.lists(one, min_size=1, max_size=40))
    many = draw(st.integers(1, 6))
    return column("x", kind, random.Random(many).choices(seeds, k=many * len(seeds)))


@settings(max_examples=150)
@given(
    columns(), st.sampled_from(FORMS), st.integers(1, 90), st.lists(st.integers(0, 200), max_size=5)
)
def test_pages_give_what_arrow_reads(table, form, size, places):
    data = written(table, **form)
    expected = without_nulls(table.column(0).to_pylist())
    assert values(data, list(range(0, len(expected), size)), size) == expected
    known = {at for place in places for at in range(place, min(place + size, len(expected)))}
    places = [place for place in places if place < len(expected)]
    assert values(data, places, size) == [expected[at] for at in sorted(known)]


@settings(max_examples=150)
@given(columns(), st.sampled_from(FORMS), st.randoms())
def test_some_rows_are_what_all_rows_have_there(table, form, chance):
    data = written(table, **form)
    expected = without_nulls(table.column(0).to_pylist())
    file = pq.ParquetFile(io.BytesIO(data))
    (leaf,) = page_leaves(file.schema_arrow, file.metadata)
    found = PageColumn(lambda: io.BytesIO(data), leaf)
    for _ in range(3):
        most = min(9, len(expected))
        wanted = sorted(chance.sample(range(len(expected)), k=chance.randint(1, most)))
        rows: dict[int, object] = {}
        for segment in found.few(np.array(wanted, np.int64)):
            for element, row, value in elements(segment, 0, len(expected)):
                assert element >= 0
                if row in wanted:
                    add(rows, row, value, bool(leaf.inner))
        assert [rows.get(row) for row in wanted] == [expected[row] for row in wanted]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_required_columns_and_structures(form):
    inner = pa.struct([pa.field("b", pa.string(), nullable=False)])
    schema = pa.schema([pa.field("a", pa.struct([pa.field("s", inner)]), nullable=False)])
    rows = [{"a": {"s": random.Random(at).choice([None, {"b": str(at)}])}} for at in range(90)]
    data = written(pa.Table.from_pylist(rows, schema=schema), **form)
    expected = [row["a"]["s"] and row["a"]["s"]["b"] for row in rows]
    assert values(data, list(range(0, 90, 11)), 11) == expected


def test_rows_of_a_list_that_go_on_in_the_next_page():
    table = column("x", pa.list_(pa.string()), [[str(at) * 50] * 400 for at in range(5)])
    data = written(table, data_page_size=64, write_batch_size=3, use_dictionary=False)
    expected = table.column(0).to_pylist()
    assert values(data, [0, 1, 2, 3, 4], 1) == expected
    assert values(data, [3, 1], 2) == expected[1:]


def test_other_columns_are_left_to_arrow():
    table = pa.table(
        {
            "n": [1.5],
            "t": pa.array([1], pa.timestamp("ms")),
            "l": [[{"a": 1}]],
            "ll": [[["x"]]],
            "b": [b"x"],
            "m": pa.array([[("k", 1)]], pa.map_("string", "int64")),
            "d": pa.array(["x"]).dictionary_encode(),
            "m.k": ["like one of the map's"],
            "s": [{"a": "x"}],
            "s.a": ["twice"],
        }
    )
    file = pq.ParquetFile(io.BytesIO(written(table)))
    assert [leaf.name for leaf in page_leaves(file.schema_arrow, file.metadata)] == ["d"]
    data = written(
        pa.table({"x": range(9)}), use_dictionary=False, column_encoding="BYTE_STREAM_SPLIT"
    )
    file = pq.ParquetFile(io.BytesIO(data))
    assert page_leaves(file.schema_arrow, file.metadata) == []


def event(number: int) -> dict:
    chance = random.Random(number)
    return {
        "n": number,
        "s": {"a": chance.choice(WORDS), "in": {"b": chance.choice([None, True, False])}},
        "l": chance.choice([None, [], [None], ['\x00\x1f\b\t"\\\x7f/', "y", None]]),
        "e": {"x": None} if number % 2 else None,
        'k"\n': number % 7,
        "s.c": "ä",
        "f": chance.choice([None, 0.5, float("nan")]),
        "t": np.datetime64(number, "s"),
        "w": "w" * chance.randrange(99),
    }


def test_rows_are_written_as_arrow_gives_them(tmp_path, monkeypatch):
    table = pa.Table.from_pylist([event(number) for number in range(500)])
    path = tmp_path / "events.parquet"
    pq.write_table(table, path, row_group_size=200, data_page_size=300, write_batch_size=16)
    fields = FieldSet(("s.a", "l"))

    def rows():
        events = read(path)
        found = [list(batch.events(range(len(batch)))) for batch in events.batches(fields, 90)]
        places = [batch.place(row) for batch in events.batches(fields) for row in (3, 5, 5, 9)]
        again = [raw for _, raw in events.read_again(places)]
        assert again == [raw for _, raw in events.read_again(places)]
        return found, again

    written_here = rows()
    monkeypatch.setattr(parquet, "written_leaves", lambda *_: None)
    assert written_here == rows()
    monkeypatch.setattr(parquet, "page_leaves", lambda *_: [])
    assert written_here == rows()
    assert json.loads(written_here[1][0])["n"] == 3


@pytest.mark.parametrize("name", ["s.a", "w", "l"])
def test_pages_that_are_damaged_are_left_to_arrow(name, tmp_path):
    path = tmp_path / "events.parquet"
    table = pa.Table.from_pylist([event(number) for number in range(20_000)])
    pq.write_table(table, path, row_group_size=9_000, compression="none")
    expected = [raw for batch in read(path).batches() for raw in batch.events(range(len(batch)))]
    group = pq.ParquetFile(path).metadata.row_group(1)
    chunks = [group.column(at) for at in range(group.num_columns)]
    (chunk,) = [chunk for chunk in chunks if chunk.path_in_schema.split(".list")[0] == name]
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset + 1] ^= 0xFF
    path.write_bytes(data)
    events = read(path)
    found = []
    for batch in events.batches(FieldSet(("s.a", "w", "l"))):
        found += batch.events(range(len(batch)))
    assert found[:9_000] == expected[:9_000]
    assert events.problems or events.rejects or found == expected


@pytest.mark.parametrize("form", FORMS[-2:], ids=str)
def test_a_page_that_is_not_as_its_checksum_says_is_refused(form, tmp_path):
    """Neither Arrow nor we show what may not have been written."""
    table = pa.Table.from_pylist([event(number) for number in range(300)]).select(["n", "l", "w"])
    data = written(table, compression="none", **form)
    file = pq.ParquetFile(io.BytesIO(data))
    for number, leaf in enumerate(page_leaves(file.schema_arrow, file.metadata)):
        chunk = file.metadata.row_group(0).column(number)
        begin = chunk.dictionary_page_offset or chunk.data_page_offset
        damaged = bytearray(data)
        damaged[begin + chunk.total_compressed_size - 1] ^= 1
        column = PageColumn(lambda damaged=damaged: io.BytesIO(damaged), leaf)
        with pytest.raises(BadPageError, match="checksum"):
            column.segments(0, 300)
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(damaged)
        events, told = read(path), []
        events.on_reject = lambda *what: told.append(str(what))  # noqa: B023
        assert not list(events.batches(FieldSet((leaf.name,))))
        assert "CRC" in told[0]


def test_very_large_pages_are_left_to_arrow(tmp_path, monkeypatch):
    path = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pylist([event(number) for number in range(3_000)]), path)
    fields = FieldSet(("s.a", "l"))
    expected = [list(batch.events([0, 5])) for batch in read(path).batches(fields)]
    for limit in ("LARGEST", "MOST"):
        with monkeypatch.context() as patch:
            patch.setattr(page_column, limit, 500)
            batches = list(read(path).batches(fields))
            assert not any(batch._piece.pages for batch in batches)
            assert [list(batch.events([0, 5])) for batch in batches] == expected


def small_file() -> bytes:
    rows = [event(number) for number in range(60)]
    table = pa.Table.from_pylist(rows).select(["n", "l", "w", 'k"\n'])
    return written(table, compression="none", data_page_size=100, write_batch_size=8)


def read_damaged(data: bytes, count: int) -> None:
    """Every column of a file, a few bytes of which were changed, again and again."""
    file = pq.ParquetFile(io.BytesIO(data))
    leaves = page_leaves(file.schema_arrow, file.metadata)
    end = max(chunk.offset + chunk.size for leaf in leaves for chunk in leaf.chunks)
    refused = 0
    for seed in range(count):
        chance = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(4, end)] = chance.choice([0, 255, chance.randrange(256)])
        for leaf in leaves:
            found = PageColumn(lambda damaged=damaged: io.BytesIO(damaged), leaf)
            try:
                for begin in range(0, 60, 25):
                    for segment in found.segments(begin, begin + 25):
                        low, high = segment.within(begin, begin + 25)
                        assert len([value_of(segment, at) for at in range(low, high)]) == high - low
                for wanted in ([3, 17, 18, 50], [59]):
                    for segment in found.few(np.array(wanted, np.int64)):
                        assert all(row >= 0 for _, row, _ in elements(segment, 0, 60))
            except BadPageError:
                refused += 1
    assert refused > count // 2


def test_kernels_stay_inside_damaged_pages():
    env = {**os.environ, "NUMBA_BOUNDSCHECK": "1"}
    paths = [str(Path(__file__).parent), str(Path(parquet.__file__).parents[2])]
    env["PYTHONPATH"] = os.pathsep.join(paths)
    call = "import test_page_columns as t; t.read_damaged(t.small_file(), 150)"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", call], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x00\x00",
        b"\x15\x00\x15\x02\x15\x02\x00",
        b"\x1c" * 50,
        b"\x19\xf9\xff\xff\xff\xff\x0f" + b"\x19" * 60,
        b"\x16" + b"\xff" * 20,
    ],
)
def test_headers_that_say_what_cannot_be(data):
    with pytest.raises((BadPageError, IndexError)):
        header(np.frombuffer(data, np.uint8), 0)


def test_a_page_of_another_kind_has_no_values():
    told, length = header(np.frombuffer(b"\x15\x02\x15\x02\x15\x02\x00", np.uint8), 0)
    assert (told.kind, told.values, length) == (1, 0, 7)
