"""What sealed files hold is what `columns` says of the same events, however it was written."""

import json
import random
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.sealed.archive import Archive
from tocsin.journal.sealed.columns import columns, fields
from tocsin.journal.sealed.parquet import ParquetFile, Values, chunk_of, words_of
from tocsin.journal.sealed.seal import seal
from tocsin.journal.sealed.sheet import OWN
from tocsin.journal.sealed.words import WORDS

pytestmark = pytest.mark.usefixtures("unsynced")

ACCEPTED = 1_785_578_400_000
TIMES = (
    "2026-08-01T00:00:00Z",
    "2026-08-01T00:00:00.123456789+02:00",
    "soon",
    1_785_578_400_123,
    12.5,
)


def sealed(folder, lines, names=None, frames=3):
    """Journal and seal events; the files."""
    with Journal(folder / "journal") as journal:
        step = -(-len(lines) // frames)
        for at in range(0, len(lines), step):
            some = None if names is None else names[at : at + step]
            journal.append(Frame(Kind.EVENTS, ACCEPTED + at, "test", lines[at : at + step], some))
        journal.turn()
        done = seal(journal, journal.segments.all()[0], Archive(folder / "events"))
    assert done.events == len(lines)
    return sorted((folder / "events").glob("**/*.parquet"))


def told(lines):
    """What columns of these events hold."""
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    cells = scan(padded(lines), starts, ends, fields())
    made = columns(cells, np.arange(len(lines)))
    return pa.table({**made.columns, "_more": made.more})


def agrees(files, lines):
    """Files of events, read by Arrow, are what `told` says."""
    whole = pa.concat_tables(
        [pq.read_table(file, partitioning=None) for file in files], promote_options="default"
    ).sort_by("_place")
    assert whole.column("_source").to_pylist() == [line.decode() for line in lines]
    expected = told(lines)
    for name in expected.column_names:
        values = expected.column(name).combine_chunks()
        if values.null_count == len(values) and name not in whole.column_names:
            continue
        found = whole.column(name).combine_chunks()
        found.validate(full=True)
        assert found.equals(values), name
    assert set(whole.column_names) <= {*OWN.names, *expected.column_names}
    return whole


scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(0, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["true", "5", "1e3", "a", "2026-08-01T00:00:00Z", "a" * 9, "a" * 17]),
)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.none())
NAMES = (
    "process.pid",
    "process.name",
    "process.args",
    "event.created",
    "event.risk_score",
    "process.interactive",
    "host.ip",
    "file.inode",
    "file.size",
    "x.unknown",
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(NAMES), values, max_size=6), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=1, max_size=40),
)
def test_any_values(kinds, order):
    lines = [json.dumps(kinds[number % len(kinds)]).encode() for number in order]
    with tempfile.TemporaryDirectory() as folder:
        agrees(sealed(Path(folder), lines), lines)


def events(count):
    """Events with columns of every sort: constant, of few words, of many, lists, odd values."""
    chance = random.Random(1)
    lines = []
    for number in range(count):
        event = {
            "@timestamp": "2026-08-01T00:00:00Z",
            "event": {"kind": "event", "id": f"{chance.getrandbits(80):x}", "sequence": number},
            "process": {
                "name": f"p{chance.randrange(30)}",
                "executable": f"/usr/{chance.randrange(WORDS // 8)}",
                "args": [f"{chance.getrandbits(90):x}" for _ in range(chance.randrange(3))],
                "pid": chance.randrange(-5, 70_000),
                "interactive": chance.random() < 0.5,
                "command_line": "x" * chance.randrange(200) + "ä",
            },
            "host": {"ip": ["127.0.0.1", f"10.0.0.{chance.randrange(3)}"]},
            "user": {"id": chance.choice([chance.randrange(9), "7", "root", True])},
        }
        if chance.random() < 0.3:
            event["event"]["created"] = chance.choice(TIMES)
            event["event"]["risk_score"] = chance.choice([1, 2.5, "3", "x", 2**60 + 1])
            event["file"] = {"size": chance.choice([1, 2**63, "12", 1.0, "many"])}
        if chance.random() < 0.1:
            event["process"]["name"] = ["one", "two"]
            event["host"]["ip"] = []
        if number > count // 2:
            event["tags"] = [None, "late", chance.choice(["x", 1e20])]
        lines.append(json.dumps(event).encode())
    return lines


def test_many_events(tmp_path):
    lines = events(3000)
    files = sealed(tmp_path, lines)
    whole = agrees(files, lines)
    chunks = {
        chunk.path_in_schema: chunk
        for chunk in (
            pq.ParquetFile(files[0]).metadata.row_group(0).column(at)
            for at in range(len(pq.ParquetFile(files[0]).schema))
        )
    }
    assert "RLE_DICTIONARY" in chunks["process.name"].encodings
    assert "RLE_DICTIONARY" in chunks["host.ip.list.element"].encodings
    assert "RLE_DICTIONARY" not in chunks["event.id"].encodings
    facts = chunks["process.name"].statistics
    assert (facts.min, facts.max) == ("one", "p9")
    assert facts.null_count == 0
    assert chunks["event.sequence"].statistics.max == 2999
    # another reader than Arrow
    names = ["process.name", "user.id", "process.args", "_more", "event.id", "file.size"]
    query = f"select {', '.join(map(json.dumps, names))} from '{files[0]}' order by _place"  # noqa: S608
    read = duckdb.sql(query).fetchall()
    assert read == list(zip(*(whole.column(name).to_pylist() for name in names), strict=True))


def test_groups_of_rows_and_workplaces_that_were_used(tmp_path, monkeypatch):
    lines = events(700)
    agrees(sealed(tmp_path / "first", lines), lines)
    monkeypatch.setattr("tocsin.journal.sealed.archive.ROWS", 150)
    files = sealed(tmp_path / "second", lines[::-1])
    agrees(files, lines[::-1])
    assert [pq.ParquetFile(files[0]).metadata.row_group(group).num_rows for group in range(3)] == [
        300,
        300,
        100,
    ]
    monkeypatch.setattr("tocsin.journal.sealed.archive.BYTES", 10)
    files = sealed(tmp_path / "third", lines[:20])
    agrees(files, lines[:20])
    assert pq.ParquetFile(files[0]).metadata.num_row_groups == 20


def test_names(tmp_path):
    lines = events(300)
    given_names = [
        [("logs-a", "")] * 300,
        [(f"logs-{at % 3}" if at % 7 else "", f"id {at}") for at in range(300)],
        [("", "same" if at % 2 else "") for at in range(300)],
    ]
    for number, names in enumerate(given_names):
        files = sealed(tmp_path / str(number), lines, names)
        whole = agrees(files, lines)
        found = zip(
            whole.column("_index").to_pylist(), whole.column("_id").to_pylist(), strict=True
        )
        assert list(found) == [(one or None, other or None) for one, other in names]


def test_pages_of_whole_events_are_small(tmp_path):
    sizes = [10, 3_000, 2_000_000, 700, 700_000, 700_000] + [600] * 500
    lines = [b'{"message":"%s"}' % (b"%d" % at * size)[:size] for at, size in enumerate(sizes)]
    files = sealed(tmp_path, lines)
    agrees(files, lines)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60),
    st.integers(1, 4000),
    st.booleans(),
)
def test_runs_of_values(runs, words, listed):
    """Any runs of presence and of words are read by Arrow as they were written."""
    rows, codes, expected = [], [], []
    for row_count, value in runs:
        for _ in range(row_count * row_count):
            code = value % words if value < 30 else None
            if code is not None:
                rows.append(len(expected))
                codes.append(code)
            expected.append(None if code is None else f"w{code}")
    texts = [f"w{code}".encode() for code in range(words)]
    told_once = Values(np.array(rows, np.int32), np.array(codes, np.int32), words_of(texts))
    told_once.listed = listed
    kind = pa.list_(pa.string()) if listed else pa.string()
    with tempfile.TemporaryFile() as file:
        made = ParquetFile(file)
        made.write(len(expected), {"x": chunk_of(told_once, len(expected))})
        made.close(pa.schema([("x", kind)]))
        file.seek(0)
        found = pq.read_table(file).column("x").to_pylist()
    assert found == ([each and [each] for each in expected] if listed else expected)
