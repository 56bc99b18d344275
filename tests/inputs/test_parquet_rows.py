"""Whole rows of Parquet are the same however the file is cut, coded, read or damaged."""

import json
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reading import everything

from tocsin.columns.cells import FieldSet
from tocsin.inputs import arrow_groups, parquet
from tocsin.inputs.source import read

WORDS = ["start", "end", "ä\N{SNOWMAN}", "", '"\\\n', None]
FIELDS = FieldSet(("event.type", "process.name", "process.parent.pid", "process.args"))


def event(number: int) -> dict:
    """An event whose texts repeat, with structures, lists and things left out."""
    chance = random.Random(number)
    return {
        "message": f"number {number}",
        "event": {"type": chance.choice(WORDS), "id": number, "at": [chance.choice(WORDS)] * 2},
        "process": chance.choice(
            [
                None,
                {"name": chance.choice(WORDS), "hash": {"md5": str(number)}},
                {"args": chance.choices(WORDS, k=number % 4), "parent": {"pid": number % 3}},
            ]
        ),
    }


def without_nulls(value):
    """What is left of it in JSON: empty objects go, and all nulls."""
    if isinstance(value, dict):
        kept = {name: without_nulls(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None} or None
    if isinstance(value, list):
        return [inner for inner in map(without_nulls, value) if inner is not None]
    return value


def written(folder, count: int, **options):
    path = folder / "events.parquet"
    pq.write_table(
        pa.Table.from_pylist([event(number) for number in range(count)]), path, **options
    )
    return path, [without_nulls(event(number)) for number in range(count)]


@pytest.mark.parametrize("group", [37, 1000, 9000])
@pytest.mark.parametrize("rows", [None, 100])
@pytest.mark.parametrize("coded", [True, False])
def test_rows_of_some_columns_are_whole(group, rows, coded, tmp_path):
    path, expected = written(tmp_path, 2500, row_group_size=group, use_dictionary=coded)
    events = read(path)
    for fields in (FIELDS, FieldSet(()), None):
        found = []
        for batch in events.batches(fields, rows):
            raws = list(batch.events(range(len(batch))))
            assert raws == [batch.event(row) for row in range(len(batch))]
            assert [batch.event(row) for row in (9, 5, 0, 6)] == [raws[at] for at in (9, 5, 0, 6)]
            assert list(batch.events([len(batch) - 1, 0])) == [raws[-1], raws[0]]
            found += map(json.loads, raws)
        assert found == expected
        assert [list(event) for event in found] == [list(event) for event in expected]


def test_repeated_texts_are_read_as_words(tmp_path, monkeypatch):
    path, expected = written(tmp_path, 3000)
    monkeypatch.setattr(parquet, "page_leaves", lambda *_: [])
    (batch,) = read(path).batches(FIELDS)
    word = pa.dictionary(pa.int32(), pa.string())
    kinds = batch._piece.batch.schema
    assert kinds.field("event").type.field("type").type == word
    assert kinds.field("process").type.field("args").type.value_type == word
    cells = batch.cells(FIELDS)
    for row, whole in enumerate(expected):
        process = whole.get("process", {})
        assert cells.values(row, 3) == process.get("args", [])
        assert cells.values(row, 1) == [process[name] for name in ("name",) if name in process]


def test_what_arrow_cannot_read_as_words_is_read_as_texts(tmp_path, monkeypatch):
    path, expected = written(tmp_path, 2500, row_group_size=1000)
    asked = []

    def all_texts(columns, run):
        asked.append(run)
        return [path for _, path in columns._texts]

    monkeypatch.setattr(arrow_groups.Columns, "_words", all_texts)
    assert everything(read(path)).events == expected
    assert [run.size for run in asked] == [2500]


@pytest.mark.parametrize("pages", [True, False])
def test_a_huge_row_group_is_read_in_pieces(pages, tmp_path, monkeypatch):
    if not pages:
        monkeypatch.setattr(parquet, "page_leaves", lambda *_: [])
    path, expected = written(tmp_path, 3_000)
    monkeypatch.setattr(parquet, "MOST_ROWS", 700)
    monkeypatch.setattr(arrow_groups, "LARGE", 1000)
    monkeypatch.setattr(arrow_groups, "PIECE", 4096)
    batches = list(read(path).batches(FIELDS))
    assert [len(batch) for batch in batches] == [600] * 5
    assert [json.loads(batch.event(9)) for batch in batches] == [
        expected[batch.offsets[9]] for batch in batches
    ]


def damage(path, column: str) -> None:
    """Overwrite a column of the last row group."""
    metadata = pq.ParquetFile(path).metadata
    group = metadata.row_group(metadata.num_row_groups - 1)
    chunks = [group.column(at) for at in range(group.num_columns)]
    (chunk,) = [chunk for chunk in chunks if chunk.path_in_schema == column]
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    data = bytearray(path.read_bytes())
    data[begin : begin + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(data)


def test_damage_of_a_column_that_only_alerts_need_leaves_the_others(tmp_path):
    path, expected = written(tmp_path, 17_000, row_group_size=8_500)
    damage(path, "process.hash.md5")
    events = read(path)
    found = [json.loads(raw) for batch in events.batches(FIELDS) for raw in batch.events([5])]
    assert found[0] == expected[5]
    assert found[-1].keys() <= {"event", "process"}
    assert "id" not in found[-1].get("event", {})
    (problem,) = events.problems
    assert "Parquet" in problem.reason
    places = [place for batch in events.batches(FIELDS) for place in [batch.place(5)]]
    again = [raw for _, raw in events.read_again(places)]
    assert json.loads(again[0]) == expected[5]
    assert again[-1] == b"{}"


def test_columns_of_the_same_name_are_all_written(tmp_path):
    inner = pa.StructArray.from_arrays([pa.array([1, None]), pa.array([2, 3])], ["x", "x"])
    columns = [pa.array(["p", None]), inner, pa.array(["q", "r"])]
    pq.write_table(pa.table(columns, ["a", "s", "a"]), tmp_path / "doubles.parquet")
    (batch,) = read(tmp_path / "doubles.parquet").batches(FieldSet(("s.x",)))
    assert list(batch.events([0, 1])) == [
        b'{"a":"p","s":{"x":2},"a":"q"}',
        b'{"s":{"x":3},"a":"r"}',
    ]


def test_views_and_lists_of_them(tmp_path):
    table = pa.table(
        {
            "view": pa.array(["a", None, "a longer text than fits"], pa.string_view()),
            "views": pa.array([["a"], None, ["b", None]], pa.list_(pa.string_view())),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
            "coded": pa.array(["x", None, "x"]).dictionary_encode(),
            "inside": pa.array([{"v": "w"}] * 3, pa.struct([("v", pa.string_view())])),
            "uneven": pa.array([[[1], []], None, [None, [2, None]]]),
        }
    )
    pq.write_table(table, tmp_path / "views.parquet")
    (batch,) = read(tmp_path / "views.parquet").batches(FieldSet(("view",)))
    inside = {"inside": {"v": "w"}}
    assert [json.loads(raw) for raw in batch.events([2, 0, 1])] == [
        {"view": "a longer text than fits", "views": ["b"], "coded": "x", "uneven": [[2]]} | inside,
        {"view": "a", "views": ["a"], "map": {"k": 1}, "coded": "x", "uneven": [[1], []]} | inside,
        inside,
    ]


def test_arrow_keeps_its_own_memory_for_others(tmp_path):
    path, _ = written(tmp_path, 100)
    before = pa.default_memory_pool().backend_name
    assert len(everything(read(path)).events) == 100
    assert pa.default_memory_pool().backend_name == before


def test_numbers_of_rows_far_apart(tmp_path):
    path, expected = written(tmp_path, 12_000, row_group_size=5_000)
    events = read(path)
    places = [batch.place(row) for batch in events.batches() for row in range(0, len(batch), 997)]
    found = [json.loads(raw) for _, raw in events.read_again(places)]
    assert found == [expected[place.offset] for place in places]
    assert np.all(np.diff([place.offset for place in places]) > 0)
