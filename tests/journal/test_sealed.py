"""Closed segments become Parquet: each event once, typed columns, the same alerts from a scan."""

import datetime as dt
import json
import logging
import shutil
from pathlib import Path
from threading import Event

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import events, lines

import tocsin
from tocsin.columns.cells import FieldSet
from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.inputs.source import read
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.journal.sealed import sheet
from tocsin.journal.sealed.archive import LONGEST, Archive, folder_name
from tocsin.journal.sealed.columns import MOST, columns, fields
from tocsin.journal.sealed.compact import compact
from tocsin.journal.sealed.seal import MOST_GROUPS, seal
from tocsin.journal.sealed.sheet import OWN
from tocsin.plan.expression import flag_of
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import TEXTUAL
from tocsin.schema.values import number_of, parse_time, text_of

logging.getLogger("tocsin.journal").setLevel(logging.CRITICAL)
pytestmark = pytest.mark.usefixtures("unsynced")

DAY = 86_400_000


def event(n, dataset="system.auth", day=1, **more):
    return json.dumps(
        {
            "@timestamp": f"2026-08-{day:02d}T10:00:{n % 60:02d}.{n:03d}Z",
            "data_stream": {"dataset": dataset},
            "n": n,
            **more,
        }
    ).encode()


def sealed(folder, *frames, **more):
    """A journal of these frames, its first segment sealed."""
    with Journal(folder / "journal", **more) as journal:
        for frame in frames:
            journal.append(frame)
        journal.turn()
        archive = Archive(folder / "events")
        return archive, [seal(journal, each, archive) for each in journal.segments.all()[:-1]]


def table(folder):
    """All sealed events, as DuckDB sees them."""
    text = f"select * from read_parquet('{folder}/events/**/*.parquet', union_by_name=true, hive_partitioning=true)"  # noqa: E501, S608
    return duckdb.sql(text)


def test_days_and_data_sets_are_folders(tmp_path):
    archive, (done,) = sealed(
        tmp_path,
        events(event(1), event(2, day=2), event(3, "aws.cloudtrail"), accepted=5),
        events(b'{"@timestamp":"2026-08-01T00:00:00Z","event":{"dataset":"k8s"}}', accepted=6),
        events(b'{"no":"time"}', b'{"@timestamp":"2026-08-01"}', accepted=DAY),
    )
    assert (done.files, done.events, done.rejected) == (6, 6, 0)
    assert [
        file.path.relative_to(archive.folder).parent.as_posix() for file in archive.files()
    ] == [
        "date=1970-01-02/dataset=unknown",
        "date=2026-08-01/dataset=aws.cloudtrail",
        "date=2026-08-01/dataset=k8s",
        "date=2026-08-01/dataset=system.auth",
        "date=2026-08-01/dataset=unknown",
        "date=2026-08-02/dataset=system.auth",
    ]
    assert {file.accepted for file in archive.files()} == {5, 6, DAY}
    found = table(tmp_path)
    assert "n" not in found.columns  # no schema names it: it has no column
    assert found.filter("json_extract(_source, '$.n') = 2").select(
        'date::text, dataset, "event.dataset", epoch_ms("@timestamp")'
    ).fetchall() == [("2026-08-02", "system.auth", None, 1785664802002)]


def test_columns_stand_beside_the_whole_event(tmp_path):
    raw = [
        b'{"@timestamp":"2026-08-01T10:00:00.123Z","process":{"pid":7,"name":"a\\u00e4","args":["x","y"]}}',
        b'{"@timestamp":"2026-08-01T10:00:01Z","process.pid":"8","process.name":true,"process.args":"z"}',
        b'{"@timestamp":1785578402000,"process":{"pid":"seven","name":["p","q"]},"host":{"ip":["::1"]}}',
        b'{ "@timestamp" : "2026-08-01T10:00:03Z" , "process" : {"pid" : 1.0e1, "name" : 5.50}}',
    ]
    sealed(
        tmp_path,
        events(*raw, accepted=1000, names=[("logs-a", "1"), ("", "2"), ("", ""), ("b", "")]),
    )
    (path,) = (tmp_path / "events").glob("**/*.parquet")
    found = pq.read_table(path, partitioning=None)
    assert found.column_names[: len(OWN.names)] == OWN.names
    rows = found.to_pylist()
    assert [row["_source"].encode() for row in rows] == raw
    assert [row["_index"] for row in rows] == ["logs-a", None, None, "b"]
    assert [row["_id"] for row in rows] == ["1", "2", None, None]
    assert [row["process.pid"] for row in rows] == [7, 8, None, 10]
    assert [row["process.name"] for row in rows] == ["aä", "true", "p", "5.50"]
    assert [row["process.args"] for row in rows] == [["x", "y"], ["z"], None, None]
    assert [row["host.ip"] for row in rows] == [None, None, ["::1"], None]
    utc = dt.UTC
    assert [row["@timestamp"] for row in rows] == [
        dt.datetime(2026, 8, 1, 10, 0, 0, 123_000, utc),
        dt.datetime(2026, 8, 1, 10, 0, 1, 0, utc),
        dt.datetime(2026, 8, 1, 10, 0, 2, 0, utc),
        dt.datetime(2026, 8, 1, 10, 0, 3, 0, utc),
    ]
    assert {row["_accepted"] for row in rows} == {dt.datetime(1970, 1, 1, 0, 0, 1, 0, utc)}
    with Journal(tmp_path / "journal") as journal:
        assert [journal.event(row["_place"]) for row in rows] == raw


def test_the_same_events_come_back(tmp_path):
    raw = [event(n, dataset=("a", "b")[n % 2], day=1 + n % 3, text="x" * n) for n in range(50)]
    names = [("logs-a-b", str(n)) if n % 5 else ("", "") for n in range(50)]
    sealed(tmp_path, events(*raw[:20], names=names[:20]), events(*raw[20:], names=names[20:]))
    again = read(tmp_path / "events")
    found = {}
    for batch in again.batches(FieldSet(("n",)), rows=7):
        for row in range(len(batch)):
            found[batch.event(row)] = batch.identity(row) or ("", ""), batch.place(row)
    assert {text: name for text, (name, _) in found.items()} == dict(zip(raw, names, strict=True))
    places = {place: text for text, (_, place) in found.items()}
    ordered = sorted(places, key=lambda place: (place.source, place.offset))
    chosen = ordered[::3]
    assert list(again.read_again(chosen)) == [(place, places[place]) for place in chosen]
    assert not again.problems


class Stops(Event):
    """An event that is set after it was waited for a few times."""

    def __init__(self, times):
        super().__init__()
        self._times = times

    def wait(self, timeout=None):
        self._times -= 1
        return self._times < 0


def test_files_of_a_folder_are_one_input_in_the_order_of_the_journal(tmp_path):
    raw = [event(n, dataset="abc"[n % 3], day=1 + n % 2, text="x" * n) for n in range(90)]
    names = [("logs-a-b", str(n)) if n % 5 else ("", "") for n in range(90)]
    pieces = [slice(at, at + 9) for at in range(0, 90, 9)]
    frames = [events(*raw[piece], names=names[piece]) for piece in pieces]
    archive, _ = sealed(tmp_path, *frames, segment_bytes=4000)
    assert len({file.first for file in archive.files()}) > 2
    shutil.copytree(tmp_path / "events" / "date=2026-08-01", tmp_path / "copy" / "date=2026-08-01")
    again = read(tmp_path / "events", tmp_path / "copy")
    found, places, identities = [], [], []
    for batch in again.batches(FieldSet(("n",)), rows=7):
        for row in range(len(batch)):
            found.append(batch.event(row))
            places.append(batch.place(row))
            identities.append(batch.identity(row) or ("", ""))
    assert found == raw + raw[::2]
    assert identities == names + names[::2]
    with Journal(tmp_path / "journal") as journal:
        assert [journal.event(place.offset) for place in places] == found
    chosen = list(zip(places, found, strict=True))[::4]
    assert list(again.read_again([place for place, _ in chosen])) == chosen
    assert not again.problems
    assert again.progress()[0] == again.progress()[1] > 0
    lost = next(archive.files())
    gone = {row["_place"] for row in pq.read_table(lost.path, partitioning=None).to_pylist()}
    lost.path.unlink()
    wanted = [place for place in places if place.source == 0]
    for place, text in again.read_again(wanted):
        assert text == (b"{}" if place.offset in gone else found[places.index(place)])
    assert [problem.reason for problem in again.problems] == ["was changed while it was read"]


def test_files_may_be_put_together_while_they_are_read(tmp_path):
    raw = [event(n, dataset="ab"[n % 2], text="x" * n) for n in range(40)]
    frames = [events(*raw[at : at + 4]) for at in range(0, 40, 4)]
    archive, _ = sealed(tmp_path, *frames, segment_bytes=1000)
    before = {file.path: file.path.read_bytes() for file in archive.files()}
    assert len(before) > 6
    opened = read(tmp_path / "events")
    for folder in {path.parent for path in before}:
        compact(archive, [file for file in archive.files() if file.path.parent == folder])
    joined = list(archive.files())
    assert len(joined) == 2

    def everything(source):
        return [batch.event(row) for batch in source.batches() for row in range(len(batch))]

    def places(source):
        return [batch.place(row) for batch in source.batches() for row in range(len(batch))]

    assert everything(opened) == raw
    assert [text for _, text in opened.read_again(places(opened))] == raw
    assert not opened.problems
    for path, content in list(before.items())[1:]:
        path.write_bytes(content)
    assert everything(read(tmp_path / "events")) == raw
    folder = tmp_path / "events" / "date=2026-08-01" / "dataset=a"
    assert everything(read(folder)) == raw[::2]
    assert sorted(everything(read(folder, folder))) == sorted(raw[::2] * 2)


def test_a_file_that_only_has_such_a_name_is_told(tmp_path):
    archive, _ = sealed(tmp_path, events(event(1), event(2, "b")))
    pq.write_table(pa.table({"n": [1]}), next(archive.files()).path)
    found = read(tmp_path / "events")
    assert sum(map(len, found.batches())) == 1
    assert len(found.problems) == 1


def test_more_files_than_are_read_side_by_side(tmp_path, monkeypatch):
    sealed(tmp_path, events(*(event(n, str(n)) for n in range(9))))
    monkeypatch.setattr("tocsin.inputs.sealed_files.SIDE_BY_SIDE", 8)
    found = read(tmp_path / "events")
    assert sum(map(len, found.batches())) == 9
    assert len(found.names) == 9


RULE = """
[rule]
name = "{name}"
rule_id = "{id}"
type = "eql"
language = "eql"
severity = "low"
risk_score = 1
description = "d"
index = ["logs-*"]
query = '''{query}'''
"""


@pytest.mark.parametrize("joined", [False, True])
def test_a_scan_gives_the_same_alerts(tmp_path, joined):
    raw = []
    for n in range(40):
        process = {"pid": n % 4, "name": "curl" if n % 7 == 0 else "sh", "args": ["-c", str(n)]}
        more = {"process": process, "event": {"category": ["process"]}, "host": {"id": "h"}}
        # Events of three data sets have the same time: their order of arrival decides.
        raw.append(event(n, dataset="cab"[n % 3], **more | {"@timestamp": 1785578400000 + n // 9}))
    raw += [raw[7], raw[7]]
    queries = {
        "single": 'process where process.name == "curl"',
        "many": 'process where process.args : "1*"',
        "steps": 'sequence by process.pid [process where process.name == "curl"] [any where true]',
    }
    (tmp_path / "rules").mkdir()
    for number, (name, query) in enumerate(queries.items()):
        text = RULE.format(
            name=name, id=f"00000000-0000-4000-8000-00000000000{number}", query=query
        )
        (tmp_path / "rules" / f"{name}.toml").write_text(text)
    (tmp_path / "plain.ndjson").write_bytes(b"\n".join(raw))
    frames = [events(*raw[at : at + 6], accepted=at) for at in range(0, len(raw), 6)]
    sealed(tmp_path, *frames, segment_bytes=3000)
    if joined:
        with Journal(tmp_path / "journal") as journal:
            Keeper(journal, tmp_path / "events").run(Stops(4), lambda: DAY * 30_000, 0)
    count = len(list((tmp_path / "events").glob("**/*.parquet")))
    assert count == 3 if joined else count > 10
    rules = tocsin.load_rules(tmp_path / "rules")

    def alerts(source):
        return sorted(
            json.dumps(
                {
                    k: v
                    for k, v in alert.document.items()
                    if "execution" not in k and "_at" not in k
                },
                sort_keys=True,
            )
            for alert in tocsin.scan(tocsin.read(source), rules)
        )

    expected = alerts(tmp_path / "plain.ndjson")
    assert len(expected) > 10
    assert alerts(tmp_path / "events") == expected


def test_lines_that_are_no_events_are_counted(tmp_path):
    _, (done,) = sealed(
        tmp_path,
        events(b"not json", event(1), b'{"a":"\xff"}', b"[1]"),
        Frame(Kind.MARK, 1, mark=1),
    )
    assert (done.files, done.events, done.rejected) == (1, 1, 3)
    assert table(tmp_path).to_arrow_table().num_rows == 1


def test_a_segment_without_events_is_no_file(tmp_path):
    archive, (done,) = sealed(tmp_path, Frame(Kind.MARK, 1, mark=1), events(b"no"))
    assert (done.files, done.events, done.rejected) == (0, 0, 1)
    assert list(archive.files()) == []


def test_damage_costs_only_what_is_damaged(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        first = journal.append(events(event(1)))
        journal.append(events(event(2)))
        journal.turn()
        (path, _) = sorted((tmp_path / "journal").glob("*.journal"))
        path.write_bytes(bytes(10) + path.read_bytes()[10:])
        archive = Archive(tmp_path / "events")
        done = seal(journal, journal.segments.all()[0], archive)
        assert done.events == 1
        assert journal.damaged == first


def test_too_many_days_share_a_file(tmp_path):
    count = 2 * MOST_GROUPS
    days = [(dt.date(2020, 1, 1) + dt.timedelta(n)).isoformat() for n in range(count)]
    raw = [b'{"@timestamp":"%s"}' % day.encode() for day in days]
    archive, (done,) = sealed(tmp_path, events(*raw, raw[-1]))
    assert (done.files, done.events) == (MOST_GROUPS, count + 1)
    assert table(tmp_path).filter("date = 'mixed'").count("*").fetchall() == [(MOST_GROUPS + 1,)]
    assert len(list(archive.place(days[-1], "unknown").iterdir())) == 1


def test_too_many_fields_have_columns_where_they_are_frequent(tmp_path):
    names = [name for name in fields().names if "." in name]
    often = [name for name in names if Schema().kind(name) in TEXTUAL][-5:]
    wide = b"{%s}" % b",".join(b'"%s":"x"' % name.encode() for name in names)
    raw = [wide, *[b'{"zeek.x":1,"%s":"5"}' % name.encode() for name in often]]
    _, (done,) = sealed(tmp_path, events(*raw[:3]), events(*raw[3:]))
    assert done.events == len(raw)
    found = {}
    for path in (tmp_path / "events").glob("**/*.parquet"):
        read_back = pq.read_table(path, partitioning=None)
        found |= dict.fromkeys(row["_source"] for row in read_back.to_pylist())
        assert len(read_back.column_names) <= MOST + len(OWN.names)
        if len(read_back) > 1:
            assert set(often) <= set(read_back.column_names)
    assert sorted(found) == sorted(text.decode() for text in raw)


@pytest.mark.parametrize("value", [0, -(2**62), 2**63 - 1, 253_402_300_800_000])
def test_times_that_no_calendar_has(tmp_path, value):
    _, (done,) = sealed(tmp_path, events(b'{"@timestamp":%d}' % value, accepted=2**62))
    assert done.events == 1
    assert table(tmp_path).to_arrow_table().num_rows == 1


@given(st.text(max_size=150))
def test_a_data_set_is_one_harmless_folder(name):
    folder = folder_name(name)
    assert 0 < len(folder) <= LONGEST
    assert folder == folder.lower() or "%" in folder
    assert not {"/", "\\", ":", "\0", "="} & set(folder)
    assert not folder.startswith(".")
    assert not folder.endswith((".", " "))


@given(st.text(max_size=150), st.text(max_size=150))
def test_different_data_sets_never_share_a_folder(one, other):
    same = one == other or {one, other} == {"", "unknown"}
    lossy = one.encode("utf-8", "replace") == other.encode("utf-8", "replace")
    assert (folder_name(one).lower() == folder_name(other).lower()) == (same or lossy)


scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(["true", "5", "1e3", "2026-08-01T00:00:00Z", "127.0.0.1"]),
)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.none())
NAMES = ("process.pid", "process.name", "process.args", "event.created", "event.risk_score")
more = st.sampled_from((*NAMES, "process.interactive", "host.ip", "file.inode", "x.unknown"))


def as_told(kind, value):
    values = value if isinstance(value, list) else [] if value is None else [value]
    if pa.types.is_timestamp(kind):
        return [round(each.timestamp() * 1000) for each in values]
    return values


def as_found(kind, values):
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return [number_of(each) for each in values]
    if pa.types.is_boolean(kind):
        return [flag_of(each) for each in values]
    return [(parse_time if pa.types.is_timestamp(kind) else text_of)(each) for each in values]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(more, values, max_size=5), min_size=1, max_size=6), st.data())
def test_any_values_make_columns_of_the_same_types(given_events, data):
    raws = [json.dumps(each).encode() for each in given_events]
    ends = np.cumsum([len(raw) for raw in raws], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    cells = scan(padded(raws), starts, ends, fields())
    made = columns(cells, np.arange(len(raws)))
    some = np.array(data.draw(st.permutations(range(len(raws))).map(lambda p: p[::2])), np.int64)
    again = columns(cells, some)
    assert again.more.equals(made.more.take(pa.array(some)))
    for name, column in again.columns.items():
        assert column.equals(made.columns[name].take(pa.array(some)))
    types = {
        "process.pid": pa.int64(),
        "process.name": pa.string(),
        "process.args": pa.list_(pa.string()),
        "event.created": pa.timestamp("ms", "UTC"),
        "event.risk_score": pa.float64(),
        "process.interactive": pa.bool_(),
        "host.ip": pa.list_(pa.string()),
        "file.inode": pa.string(),
    }
    assert "x.unknown" not in made.columns
    untold = [set(names or ()) for names in made.more.to_pylist()]
    assert made.more.type == OWN.field("_more").type
    for name, column in made.columns.items():
        column.validate(full=True)
        assert column.type == types[name]
        assert len(column) == len(raws)
        for row, value in enumerate(column.to_pylist()):
            found = cells.values(row, fields().slots[name])
            if not found:
                assert value is None
                assert name not in untold[row]
            if name not in untold[row]:
                assert as_told(column.type, value) == as_found(column.type, found)
            elif name == "process.args":
                assert len(value) == len(found)
            elif name == "process.pid" and isinstance(found[0], int) and abs(found[0]) < 2**63:
                assert value == (None if isinstance(found[0], bool) else found[0])
            elif name == "process.name" and isinstance(found[0], str):
                assert value == found[0]


def test_a_row_says_which_fields_its_columns_do_not_tell(tmp_path):
    several = json.loads(event(1, process={"name": ["a", "b"], "pid": "x", "args": ["y", "z"]}))
    sealed(tmp_path, events(json.dumps(several).encode(), event(2, process={"name": "c"})))
    found = table(tmp_path).order('"@timestamp"').select("_more").fetchall()
    assert found == [(["process.name", "process.pid"],), (None,)]


def test_fields_without_room_for_a_column_are_named_in_their_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet, "MOST", 3)
    sealed(tmp_path, events(event(1, process={"name": "a", "pid": 1}), event(2, user={"id": "u"})))
    made = table(tmp_path)
    assert set(made.columns) - {*OWN.names, "date", "dataset"} == {
        "data_stream.dataset",
        "process.name",
        "process.pid",
    }
    assert made.order('"@timestamp"').select("_more").fetchall() == [(None,), (["user.id"],)]


def test_files_of_an_earlier_version_are_put_together_with_others(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        for number in range(2):
            journal.append(events(event(number)))
            journal.turn()
        archive = Archive(tmp_path / "events")
        for segment in journal.segments.all()[:-1]:
            seal(journal, segment, archive)
    files = list(archive.files())
    older = pq.read_table(files[0].path, partitioning=None)
    pq.write_table(older.drop_columns("_more"), files[0].path)
    compact(archive, files)
    assert table(tmp_path).order('"@timestamp"').select("_more").fetchall() == [(["*"],), (None,)]


def test_what_is_damaged_is_told_not_read(tmp_path):
    sealed(tmp_path, events(event(1), event(2)))
    (path,) = (tmp_path / "events").glob("**/*.parquet")
    text = path.read_bytes()
    at = text.index(b"PAR1") + 4
    path.write_bytes(text[:at] + bytes(300) + text[at + 300 :])
    found = read(tmp_path / "events")
    list(found.batches(FieldSet(())))
    assert found.problems or found.rejected
    shutil.rmtree(tmp_path / "events")


def test_sealing_leaves_the_journal_as_it_is(tmp_path):
    sealed(tmp_path, events(event(1)))
    with Journal(tmp_path / "journal") as journal:
        assert lines(journal) == [event(1)]


def test_the_query_of_the_docs_counts_resent_events_once(tmp_path):
    first, second = (event(n, process={"name": "sh"}) for n in (1, 2))
    names = [("logs-a", "1"), ("logs-b", "1"), ("logs-a", "")]
    archive, _ = sealed(
        tmp_path,
        events(first, first, second, names=names),
        events(second, first, names=[("logs-a", ""), ("logs-a", "1")]),
        events(second),
    )
    docs = (Path(__file__).parents[2] / "docs/journal.md").read_text(encoding="utf-8")
    part = docs.partition("**Resent events")[2].partition("select")[2].partition("\n\n")[0]
    query = f"select{part}".replace("DATA/events", str(archive.folder))
    with duckdb.connect() as asked:
        assert asked.sql(query).fetchall() == [("sh", 4)]
        assert asked.sql(query.replace("qualify", "qualify true or")).fetchall() == [("sh", 6)]


def test_a_data_set_may_be_called_as_events_without_one_are(tmp_path):
    frame = events(event(1, "unknown"), event(2, ""), event(3, "unknown"), event(4, "a"))
    sealed(tmp_path, frame)
    found = {row[0] for row in table(tmp_path).select("_source").fetchall()}
    assert found == {line.decode() for line in frame.lines}
    assert len(list((tmp_path / "events").glob("*/dataset=unknown/*"))) == 1
