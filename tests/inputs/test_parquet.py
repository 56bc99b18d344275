"""Parquet columns give the same cells as the rows' JSON does, and whole rows when asked for."""

import datetime as dt
import decimal
import gzip
import io
import json
import random
import sys
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import everything

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.inputs.batch import padded
from tocsin.inputs.source import read

scan = pytest.importorskip("tocsin.columns.scan").scan


def written(folder, table: pa.Table, **options):
    path = folder / "events.parquet"
    pq.write_table(table, path, **options)
    return path


def json_cells(raws: list[bytes], fields: FieldSet):
    """What the scanner makes of the same events as JSON."""
    ends = np.cumsum([len(raw) for raw in raws], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    return scan(padded(raws), starts, ends, fields)


def assert_same(path, fields: FieldSet, rows: int | None = None) -> list[bytes]:
    """The columns' cells equal those of the rows as JSON; gives the rows."""
    raws = []
    for batch in read(path).batches(fields, rows):
        part = [batch.event(row) for row in range(len(batch))]
        raws += part
        cells, expected = batch.cells(fields), json_cells(part, fields)
        assert expected.rejected == cells.rejected == {}
        assert cells.time.tolist() == expected.time.tolist()
        for row in range(len(batch)):
            for slot, name in enumerate(fields.names):
                found, wanted = cells.values(row, slot), expected.values(row, slot)
                assert found == wanted, (name, part[row])
                assert list(map(type, found)) == list(map(type, wanted)), (name, part[row])
    return raws


MOMENT = dt.datetime(2026, 8, 1, 12, 30, 15, 123456)  # noqa: DTZ001
COLUMNS = {
    "string": pa.array(["a", None, "ä日\U0001f600", '"\\\n']),
    "large_string": pa.array(["a", None, "b", ""], pa.large_string()),
    "string_view": pa.array(["a", None, "a string that is rather long", ""], pa.string_view()),
    "binary": pa.array([b"a", None, b"\xff\x00", b""], pa.binary()),
    "fixed_binary": pa.array([b"abcd", None, b"\xff\xff\xff\xff", b"efgh"], pa.binary(4)),
    "words": pa.array(["x", None, "x", "y"]).dictionary_encode(),
    "number_words": pa.array([5, None, 5, 7]).dictionary_encode(),
    "int8": pa.array([1, None, -128, 0], pa.int8()),
    "uint64": pa.array([1, None, 2**64 - 1, 0], pa.uint64()),
    "int64": pa.array([1, None, -(2**63), 2**63 - 1], pa.int64()),
    "double": pa.array([1.0, None, 1e300, -0.1]),
    "nan": pa.array([float("nan"), None, float("inf"), 1e-7]),
    "float": pa.array([1.5, None, 0.1, 3.0], pa.float32()),
    "half": pa.array(np.array([1.5, 0.25, 2.0, 3.0], np.float16)),
    "bool": pa.array([True, None, False, True]),
    "decimal": pa.array([decimal.Decimal("1.20"), None, decimal.Decimal("-3.00"), 4]),
    "seconds": pa.array([MOMENT, None, MOMENT, MOMENT], pa.timestamp("s")),
    "millis": pa.array([MOMENT, None, MOMENT, MOMENT], pa.timestamp("ms")),
    "micros": pa.array([MOMENT, None, MOMENT, MOMENT], pa.timestamp("us", "Europe/Paris")),
    "nanos": pa.array([1, None, -1, 1_785_000_000_123_456_789], pa.timestamp("ns", "UTC")),
    "date": pa.array([MOMENT.date(), None, dt.date(1960, 2, 29), MOMENT.date()]),
    "date64": pa.array([MOMENT.date(), None, dt.date(1960, 2, 29), MOMENT.date()], pa.date64()),
    "clock": pa.array([MOMENT.time(), None, dt.time(1, 2, 3), dt.time(0)]),
    "clock_nanos": pa.array([1, None, 43_200_500_000_000, 86_400_000_000_001], pa.time64("ns")),
    "clock_far": pa.array([2**62, None, -1, 0]).view(pa.time64("us")),
    "clock_seconds": pa.array([1, None, 86_400, 0], pa.time32("s")),
    "duration": pa.array([5, None, -7, 0], pa.duration("ms")),
    "null": pa.nulls(4),
    "list": pa.array([["a", None, "b"], None, [], ["c"]]),
    "lists": pa.array([[[1], [2, 3]], None, [None, []], [[4]]]),
    "large_list": pa.array([["a"], None, [], ["c", "d"]], pa.large_list(pa.string())),
    "fixed_list": pa.array([[1, 2], None, [3, None], [4, 5]], pa.list_(pa.int32(), 2)),
    "struct": pa.array(
        [{"a": 1, "b": {"c": "x"}}, None, {"a": None, "b": None}, {"a": 2, "b": {"c": None}}]
    ),
    "structs": pa.array(
        [[{"a": 1, "b": ["x", "y"]}, {"a": 2, "b": []}], None, [], [{"a": 3, "b": None}]]
    ),
    "map": pa.array(
        [[("k", "v"), ("l.m", "w")], None, [], [("k", None), ("n", "z")]],
        pa.map_(pa.string(), pa.string()),
    ),
    "map_of_nanos": pa.array([[(1, "v")], None, [], []], pa.map_(pa.timestamp("ns"), pa.string())),
    "map_of_clocks": pa.array([[(1, "v")], None, [], []], pa.map_(pa.time64("ns"), pa.string())),
    "map_of_bytes": pa.array([[(b"k", "v")], None, [], []], pa.map_(pa.binary(), pa.string())),
    "clocks": pa.array([[1], None, [], [None, 2]], pa.list_(pa.time64("ns"))),
    "maps": pa.array(
        [[("k", {"a": 1})], None, [], [("l", {"a": 2}), ("k", {"a": 3})]],
        pa.map_(pa.string(), pa.struct([("a", pa.int64())])),
    ),
    "dotted.name": pa.array(["p", None, "q", "r"]),
    "struct.d": pa.array(["flat", None, "flat", "flat"]),
}
NAMES = (
    *COLUMNS,
    "struct.a",
    "struct.b",
    "struct.b.c",
    "structs.a",
    "structs.b",
    "map.k",
    "map.l.m",
    "map.n",
    "map_of_nanos.1970-01-01T00:00:00.000000001Z",
    "map_of_clocks.00:00:00.000000001",
    "map_of_bytes.k",
    "maps.k.a",
    "maps.l.a",
    "maps.none",
    "none.at.all",
)


@pytest.mark.parametrize("rows", [None, 1, 3])
def test_columns_of_every_type(rows, tmp_path):
    path = written(tmp_path, pa.table(COLUMNS))
    raws = assert_same(path, FieldSet(NAMES, timestamp="millis"), rows)
    event = json.loads(raws[0])
    assert event["struct"] == {"a": 1, "b": {"c": "x"}}
    assert event["struct.d"] == "flat"
    assert event["micros"] == "2026-08-01T12:30:15.123456Z"
    assert event["nanos"] == "1970-01-01T00:00:00.000000001Z"
    assert event["clock_nanos"] == "00:00:00.000000001"
    assert event["clock_far"] == "14:00:27.387904"
    assert json.loads(raws[2])["clock_nanos"] == "12:00:00.500000"
    assert event["list"] == ["a", "b"]
    assert event["map"] == {"k": "v", "l.m": "w"}
    assert json.loads(raws[1]) == {"half": 0.25}
    assert json.loads(raws[2])["binary"] == "/wA="
    assert "nan" not in json.loads(raws[2])


def test_only_the_columns_that_are_needed_are_read(tmp_path):
    path = written(tmp_path, pa.table(COLUMNS))
    (batch,) = read(path).batches(FieldSet(("struct.b.c", "map.k", "dotted.name")))
    assert batch._piece.batch.schema.names == ["map"]
    assert [column.name for column in batch._piece.pages] == ["struct.b.c", "dotted.name"]
    fields = FieldSet(("int64", "list"))
    assert batch.cells(fields).values(0, 1) == ["a", "b"]


@pytest.mark.parametrize(
    "times",
    [
        pa.array([MOMENT, None, MOMENT], pa.timestamp("us")),
        pa.array([MOMENT, None, MOMENT], pa.timestamp("s", "UTC")),
        pa.array(["2026-08-01T12:30:15.123Z", None, "2026-08-01T14:30:15+02:00"]),
        pa.array(["2026-08-01T12:30:15.123Z", "x", None]).dictionary_encode(),
        pa.array(["yesterday", '"\\', "2026-08-01"]),
        pa.array([1_785_587_415_123, None, 0]),
        pa.array([MOMENT.date(), None, MOMENT.date()]),
        pa.array([[MOMENT, MOMENT + dt.timedelta(1)], [], None]),
        pa.array([["no", "2026-08-01T12:30:15Z"], [], None]),
        pa.array([True, None, False]),
        pa.nulls(3),
    ],
    ids=range(11),
)
@pytest.mark.parametrize("nanoseconds", [False, True])
@pytest.mark.parametrize("name", ["@timestamp", "at.time"])
def test_times(times, nanoseconds, name, tmp_path):
    ingested = pa.array([{"ingested": "2027-01-01T00:00:00Z"}] * 2 + [None])
    for table in (
        pa.table({name: times, "n": [1, 2, 3]}),
        pa.table({name: times, "event": ingested}),
        pa.table({"n": [1, 2, 3], "event.ingested": times}),
    ):
        path = written(tmp_path, table)
        assert_same(path, FieldSet(("n",), timestamp=name, nanoseconds=nanoseconds))


@pytest.mark.parametrize(
    "times",
    [
        pa.array([2**62, 253_402_300_799_999, 253_402_300_800_000], pa.timestamp("ms")),
        pa.array([-(2**62), -62_135_596_800_000, -62_135_596_800_001], pa.timestamp("ms")),
        pa.array([2**62, 253_402_300_799_999_999, 253_402_300_800_000_000], pa.timestamp("us")),
        pa.array([2**30, 2_932_896, 2_932_897], pa.int32()).cast(pa.date32()),
        pa.array([2**62, 253_402_300_799_999, 253_402_300_800_000]),
        pa.array([1e18, 253_402_300_799_999.0, 253_402_300_800_000.0]),
    ],
    ids=range(6),
)
def test_times_outside_the_years_1_to_9999_are_none(times, tmp_path):
    path = written(tmp_path, pa.table({"@timestamp": times, "event.ingested": [1, 2, 3]}))
    (batch,) = read(path).batches(FieldSet(()))
    first, shown, last = batch.cells(FieldSet(())).time.tolist()
    assert (first, last) == (1, 3)
    assert abs(shown) > 10**13


def test_a_later_value_of_a_list_counts_where_the_first_is_no_time(tmp_path):
    times = pa.array([[2**62, 7], [8]], pa.list_(pa.timestamp("ms")))
    path = written(tmp_path, pa.table({"@timestamp": times}))
    (batch,) = read(path).batches(FieldSet(()))
    assert batch.cells(FieldSet(())).time.tolist() == [7, 8]


def test_times_that_nanoseconds_cannot_count(tmp_path):
    path = written(tmp_path, pa.table({"@timestamp": pa.array([2**61, 0], pa.timestamp("ms"))}))
    (batch,) = read(path).batches(FieldSet(()))
    assert batch.cells(FieldSet((), nanoseconds=True)).time.tolist() == [NO_TIME, 0]


@pytest.mark.skipif(not hasattr(pa, "uuid"), reason="this pyarrow has no UUIDs")
def test_uuids_are_their_texts(tmp_path):
    known = [uuid.UUID(int=number * 2**70 + number) for number in range(1, 60)]
    stored = pa.array([None, *(one.bytes for one in known)], pa.binary(16))
    plain = pa.ExtensionArray.from_storage(pa.uuid(), stored)
    many = pa.ListArray.from_arrays([*range(60), 60], plain)
    keys = pa.ExtensionArray.from_storage(pa.uuid(), stored.slice(1))
    named = pa.MapArray.from_arrays([0, *range(60)], keys, pa.array(range(59)))
    inner = pa.StructArray.from_arrays([plain], ["id"])
    columns = {"id": plain, "many": many, "named": named, "inner": inner}
    path = written(tmp_path, pa.table({"@timestamp": range(60), **columns}))
    raws = assert_same(path, FieldSet(("id", "many", f"named.{known[4]}", "inner.id")))
    assert json.loads(raws[0]) == {"@timestamp": 0, "many": []}
    texts = [str(one) for one in known]
    assert [json.loads(raw)["id"] for raw in raws[1:]] == texts
    assert json.loads(raws[5])["named"] == {texts[4]: 4}
    assert json.loads(raws[5])["many"] == [texts[4]]
    assert json.loads(raws[5])["inner"] == {"id": texts[4]}


def test_names_of_events_may_be_written_as_any_text(tmp_path):
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, *pa.array([b"ok", b"a\xffb"], pa.binary()).buffers()[1:]]
    )
    ids = pa.array([1, 2], pa.time64("ns"))
    path = written(tmp_path, pa.table({"@timestamp": [1, 2], "_index": broken, "_id": ids}))
    (batch,) = read(path).batches(FieldSet(()))
    assert batch.identity(0) == ("ok", "00:00:00.000000001")
    assert batch.identity(1) == ("a\ufffdb", "00:00:00.000000002")


def test_text_that_is_not_utf8_is_mended(tmp_path):
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, *pa.array([b"ok", b"a\xffb"], pa.binary()).buffers()[1:]]
    )
    path = written(tmp_path, pa.table({"x": broken, "n": [1, 2]}))
    raws = assert_same(path, FieldSet(("x",)))
    assert json.loads(raws[1])["x"] == "a\N{REPLACEMENT CHARACTER}b"


def table(count: int) -> pa.Table:
    rng = random.Random(count)
    return pa.table(
        {
            "@timestamp": pa.array([MOMENT + dt.timedelta(seconds=at) for at in range(count)]),
            "n": pa.array(range(count)),
            "process.name": [rng.choice(["sh", "bash", "cat", None]) for _ in range(count)],
            "process": [
                {"pid": rng.randrange(99), "args": [str(rng.random())] * rng.randrange(3)}
                for _ in range(count)
            ],
            "_index": ["logs-x"] * count,
            "_id": pa.array([None if at % 2 else str(at) for at in range(count)], pa.string()),
        }
    )


@pytest.mark.parametrize("rows", [None, 1, 7, 40, 1000])
def test_row_groups_and_batches(rows, tmp_path):
    path = written(tmp_path, table(100), row_group_size=30)
    found = everything(read(path), rows)
    assert [event["n"] for event in found.events] == list(range(100))
    assert [place.offset for place in found.places] == list(range(100))
    assert found.lines == list(range(1, 101))
    assert found.firsts == [sum(found.sizes[:at]) for at in range(len(found.sizes))]
    assert found.identities[:2] == [("logs-x", "0"), ("logs-x", "")]
    assert max(found.sizes) <= (rows or 1000)
    assert_same(path, FieldSet(("process.name", "process.args", "process.pid")), rows)


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstandard.compress], ids=["", "gzip", "zstd"]
)
@pytest.mark.parametrize("where", ["file", "stdin"])
def test_parquet_wherever_it_comes_from(pack, where, tmp_path, monkeypatch):
    path = written(tmp_path, table(100))
    path.write_bytes(pack(path.read_bytes()))
    if where == "stdin":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    events = read(path if where == "file" else "-")
    found = everything(events)
    assert [event["n"] for event in found.events] == list(range(100))
    assert [raw for _, raw in events.read_again(found.places[::9])] == found.raw[::9]
    if where == "file":
        size = path.stat().st_size
        assert events.progress() == (size, size)
        assert everything(events).raw == found.raw


def test_rows_are_given_in_any_order(tmp_path):
    path = written(tmp_path, table(20_000), row_group_size=3000)
    batches = list(read(path).batches(FieldSet(("n",))))
    assert [len(batch) for batch in batches] == [6000, 6000, 8000]
    for at in (2, 0, 1, 0):
        assert json.loads(batches[at].event(5))["n"] == 6000 * at + 5


@pytest.mark.parametrize("cut", [4, 100, 1000, -1, -200])
def test_damaged_files_are_told(cut, tmp_path):
    path = written(tmp_path, table(100))
    path.write_bytes(path.read_bytes()[:cut])
    events = read(path)
    assert list(events.batches()) == []
    (problem,) = events.problems
    assert "Parquet" in problem.reason


def test_damage_inside_keeps_what_was_read_before(tmp_path):
    big = pa.table(
        {"n": range(30_000), "x": [str(uuid.UUID(int=at * 2**77)) for at in range(30_000)]}
    )
    path = written(tmp_path, big, row_group_size=10_000, compression="zstd")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = bytes(5000)
    path.write_bytes(data)
    events = read(path)
    found = [row for batch in events.batches(FieldSet(("x",))) for row in range(len(batch))]
    assert 0 < len(found) < 30_000
    ((line, reason),) = [(reject.line, reject.reason) for reject in events.rejects]
    assert line == len(found) + 1
    assert "Parquet" in reason


def test_an_empty_file(tmp_path):
    found = everything(read(written(tmp_path, table(100).slice(0, 0))))
    assert (found.events, found.rejects) == ([], [])


scalars = {
    "text": st.text(max_size=5),
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=True),
    "bool": st.booleans(),
}


@settings(max_examples=60)
@given(data=st.data(), rows=st.integers(1, 12))
def test_random_tables(tmp_path_factory, data, rows):
    kinds = {name: st.none() | values for name, values in scalars.items()}
    columns = {}
    for number, name in enumerate(data.draw(st.lists(st.sampled_from(list(kinds)), max_size=4))):
        one = kinds[name]
        shape = data.draw(st.sampled_from(["flat", "list", "struct", "deep"]))
        values = {
            "flat": one,
            "list": st.none() | st.lists(one, max_size=3),
            "struct": st.none() | st.fixed_dictionaries({"a": one, "b": st.lists(one, max_size=2)}),
            "deep": st.lists(
                st.fixed_dictionaries({"a": st.none() | st.lists(one, max_size=2)}), max_size=2
            ),
        }[shape]
        column = data.draw(st.lists(values, min_size=rows, max_size=rows))
        columns[f"c{number}"] = pa.array(column)
    columns["last"] = pa.array(range(rows))
    names = [name + tail for name in columns for tail in ("", ".a", ".b")]
    path = written(tmp_path_factory.mktemp("random"), pa.table(columns))
    assert_same(path, FieldSet(tuple(names)), data.draw(st.sampled_from([None, 1, 5])))
