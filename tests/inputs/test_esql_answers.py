"""Answers of ES|QL: each row an event, however they are written and wherever they are cut."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reading import COMPRESSIONS, everything, lines, read_bytes, sample

from tocsin.inputs.esql_answer import LONGEST_COLUMNS
from tocsin.inputs.esql_event import has
from tocsin.inputs.source import read

COLUMNS = [
    {"name": "_index", "type": "keyword"},
    {"name": "@timestamp", "type": "date"},
    {"name": "host.name", "type": "keyword"},
    {"name": "_score", "type": "double"},
    {"name": "n", "type": "long"},
    {"name": "tags", "type": "keyword"},
    {"name": "_id", "type": "keyword"},
]
ROWS = [
    ["logs-x", f"2026-01-01T00:00:{n % 60:02}.5Z", f'h"]{n}\\', 1.0, n, ["a", "b]"], f"id{n}"]
    for n in range(40)
]
EVENTS = [{"@timestamp": row[1], "host.name": row[2], "n": row[4], "tags": row[5]} for row in ROWS]
IDENTITIES = [("logs-x", f"id{n}") for n in range(40)]


def answer(rows=ROWS, columns=COLUMNS, **more):
    return {"took": 5, "is_partial": False, **more, "columns": columns, "values": rows}


def turned(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def written(value, **options):
    return json.dumps(value, **options).encode()


UNUSED = {"name": "unused", "type": "null"}
FORMATS = {
    "on one line": written(answer()),
    "without spaces": written(answer(), separators=(",", ":")),
    "on many lines": written(answer(), indent=2),
    "with sorted keys": written(answer(), indent=1, sort_keys=True),
    "behind a byte order mark": b"\xef\xbb\xbf \n" + written(answer(), indent=1),
    "with all columns before": written(answer(all_columns=[UNUSED, *COLUMNS])),
    "with all columns only": written({"took": 1, "all_columns": COLUMNS, "values": ROWS}),
    "beside its client": written({"id": "F", "is_running": False, **answer()}),
    "in a response": written({"id": "F", "response": answer()}, indent=1),
    "as the inspector shows it": written({"rawResponse": answer(), "isPartial": False}, indent=2),
    "with more behind": written({**answer(), "profile": {"drivers": [[{}], "]}"]}}),
    "one after the other": lines([answer(ROWS[:7]), answer([]), answer(ROWS[7:])]),
    "one after the other on many lines": written(answer(ROWS[:9]), indent=2)
    + written(answer(ROWS[9:], COLUMNS), indent=1),
    "columnar": written(answer(turned(ROWS))),
    "columnar on many lines": written(answer(turned(ROWS)), indent=2),
    "columnar as the inspector shows it": written({"rawResponse": answer(turned(ROWS))}),
    "columnar, then rows": lines([answer(turned(ROWS[:30])), answer(ROWS[30:])]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_is_an_event_in_every_compression(name, tmp_path):
    for compress in COMPRESSIONS.values():
        (tmp_path / "events").write_bytes(compress(FORMATS[name]))
        events = read(tmp_path / "events")
        found = everything(events)
        assert (found.events, found.identities) == (EVENTS, IDENTITIES)
        assert (found.rejects, found.firsts) == ([], [0])
        again = list(events.read_again(found.places))
        assert again == list(zip(found.places, found.raw, strict=True))
        assert [raw for _, raw in events.read_again(found.places[3::9])] == found.raw[3::9]


@pytest.mark.parametrize("name", FORMATS)
def test_batches_of_any_size_hold_the_same_events(name, tmp_path):
    whole = read_bytes(tmp_path, FORMATS[name])
    for rows in (1, 7, 39, 41):
        cut = everything(read(tmp_path / "events"), rows)
        assert max(cut.sizes) <= rows
        assert (cut.raw, cut.identities, cut.places, cut.lines) == (
            whole.raw,
            whole.identities,
            whole.places,
            whole.lines,
        )


@pytest.mark.parametrize("room", [64, 100, 333, 5000])
@pytest.mark.parametrize("name", FORMATS)
def test_rows_cross_the_ends_of_buffers(name, room, tmp_path, monkeypatch):
    monkeypatch.setattr("tocsin.inputs.file.FileOrigin.room", room)
    monkeypatch.setattr("tocsin.inputs.esql_answer._AHEAD", 900)
    monkeypatch.setattr("tocsin.inputs.esql_rows.ROWS", 3)
    found = read_bytes(tmp_path, FORMATS[name])
    assert (found.events, found.identities, found.rejects) == (EVENTS, IDENTITIES, [])


def test_rows_are_read_in_bounded_memory_columns_as_any_value(tmp_path, monkeypatch):
    for name in ("lines.LONGEST", "values.LONGEST"):
        monkeypatch.setattr(f"tocsin.inputs.{name}", 2_000)
    monkeypatch.setattr("tocsin.inputs.file.FileOrigin.room", 1_000)
    monkeypatch.setattr("tocsin.inputs.esql_rows.BYTES", 1_000)
    found = read_bytes(tmp_path, written(answer(), indent=1))
    assert (found.events, found.rejects) == (EVENTS, [])
    found = read_bytes(tmp_path, written(answer(turned(ROWS))) + b'\n{"n": 1}')
    assert (found.events, found.rejects) == ([{"n": 1}], [(1, "longer than 100 MiB")])


def test_lines_are_those_of_the_rows(tmp_path):
    text = written(answer(ROWS[:3]), indent=1)
    found = read_bytes(tmp_path, text)
    assert [text.split(b"\n")[line - 1].strip() for line in found.lines] == [b"["] * 3
    assert len(set(found.lines)) == 3
    text = written(answer(turned(ROWS[:3])), indent=1)
    found = read_bytes(tmp_path, text)
    assert [text.split(b"\n")[line - 1].strip(b' ",') for line in found.lines] == [b"logs-x"] * 3


def one(tmp_path, columns, row):
    """The event of a row, as it is written, and its identity."""
    text = b'{"columns":%b,"values":[%b]}' % (
        written([{"name": name, "type": "keyword"} for name in columns]),
        row,
    )
    found = read_bytes(tmp_path, text)
    return [raw.decode() for raw in found.raw], found.identities, found.rejects


def test_values_stay_as_they_are_and_null_is_none(tmp_path):
    row = b'[ null , 18446744073709551615 ,1.10, [1,  "\\u00e4"],true\r\n]'
    raw, identities, rejects = one(tmp_path, ["a", "b", "c\u00e9", "d.e", "d.e.text"], row)
    assert raw == [
        '{"b":18446744073709551615,"c\u00e9":1.10,"d.e":[1,  "\\u00e4"],"d.e.text":true}'
    ]
    assert (identities, rejects) == ([None], [])


def test_metadata_are_what_those_of_hits_are(tmp_path):
    names = ["_id", "_version", "_index", "_ignored", "_index_mode", "a"]
    raw, identities, _ = one(tmp_path, names, b'["i", 1, "logs", ["x"], "standard", 2]')
    assert (raw, identities) == (['{"a":2}'], [("logs", "i")])
    assert one(tmp_path, ["_id", "a"], b"[null, 2]")[:2] == (['{"a":2}'], [None])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"host": {"name": "s"}, "n":1.0}', '{"x":2,"host": {"name": "s"}, "n":1.0}'),
        ('{"host.name": null}', '{"x":2,"host.name": null}'),
        ('{"host": [{"id": 1}, {"name": "s"}]}', '{"x":2,"host": [{"id": 1}, {"name": "s"}]}'),
        ('{"host": {"name": "s"}, "x": 0}', '{"host": {"name": "s"}, "x": 0}'),
        ('{"host": {"id": 1}}', '{"host.name":"c","x":2,"host": {"id": 1}}'),
        ("{ }", '{"host.name":"c","x":2}'),
        ("null", '{"host.name":"c","x":2}'),
    ],
)  # fmt: skip
def test_a_source_is_the_event_and_columns_stand_where_it_has_nothing(tmp_path, source, expected):
    row = f'["i", "c", {source}, 2]'.encode()
    raw, identities, rejects = one(tmp_path, ["_id", "host.name", "_source", "x"], row)
    assert (raw, identities, rejects) == ([expected], [("", "i")], [])


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("a", 1),
        ("a.b", 1),
        ("a.b.c", 1),
        ("a.b.c.d", 0),
        ("b", 0),
        ("e", 0),
        ("e.f", 1),
        ("e.g.h", 1),
    ],
)
def test_a_field_is_found_however_it_is_nested(name, there):
    assert has({"a": {"b.c": 1, "b": None}, "e.f": 0, "e.g": [[1, {"h": 2}]]}, name) == there


def test_rows_that_are_none_are_told_and_the_others_are_read(tmp_path):
    rows = [ROWS[0], ROWS[1][:-1], 5, "x", ROWS[2], [*ROWS[3], 1], {"a": 1}, [], ROWS[4]]
    text = written(answer(rows), indent=1)
    found = read_bytes(tmp_path, text)
    assert found.events == [EVENTS[0], EVENTS[2], EVENTS[4]]
    assert [reason for _, reason in found.rejects] == [
        "a row of an ES|QL answer with 6 values for 7 columns",
        "a row of an ES|QL answer that is no list",
        "a row of an ES|QL answer that is no list",
        "a row of an ES|QL answer with 8 values for 7 columns",
        "a row of an ES|QL answer that is no list",
        "a row of an ES|QL answer with 0 values for 7 columns",
    ]
    told = [text.split(b"\n")[line - 1].strip(b" ,") for line, _ in found.rejects]
    assert told == [b"[", b"5", b'"x"', b"[", b"{", b"[]"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'["i" 1, "x"]', "a row of an ES|QL answer in which a comma is missing"),
        (b'["i", "x"]', "the row's _source is no object"),
        (b'["i", {"a": tru}]', "the row's _source is no JSON"),
        (b'["i", {"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}]", "the row's _source is no JSON"),
    ],
)
def test_a_broken_row_is_told(tmp_path, row, reason):
    raw, _, rejects = one(tmp_path, ["_id", "_source"], row + b', ["j", {"a": 1}]')
    assert (raw, rejects) == (['{"a": 1}'], [(1, reason)])


def test_a_cut_answer_gives_the_rows_before_the_cut(tmp_path):
    text = written(answer(), indent=1)
    found = read_bytes(tmp_path, text[: text.index(b"id30")])
    assert found.events == EVENTS[:30]
    assert [reason for _, reason in found.rejects] == [
        "the JSON value that begins here does not end"
    ]
    found = read_bytes(tmp_path, text[: text.index(b"]", text.index(b"id30")) + 1])
    assert found.events == EVENTS[:31]
    assert [reason for _, reason in found.rejects] == ["the JSON text ends too early"]


@pytest.mark.parametrize(
    ("values", "events"),
    [
        ([["a", "b"], ["c", "d"]], [{"x": "a", "y": "b"}, {"x": "c", "y": "d"}]),
        ([["a", "b", "c"], [1, 2, 3]], [{"x": "abc"[y - 1], "y": y} for y in (1, 2, 3)]),
        ([["a"], [None]], [{"x": "a"}]),
        ([[], []], []),
        ([["a", "b", "c"]], None),
        ([["a", "b", "c"], [1, 2]], [{"x": 1, "y": 2}]),
        ([["a"], ["b"], ["c"]], None),
    ],
)  # fmt: skip
def test_lists_are_columns_only_where_that_is_certain(tmp_path, values, events):
    columns = [{"name": name, "type": "keyword"} for name in "xy"]
    found = read_bytes(tmp_path, written(answer(values, columns)))
    assert found.events == (events or [])
    assert bool(found.rejects) == (events is None or values[-1] == [1, 2])


def test_an_answer_without_rows_is_none(tmp_path):
    running = {"id": "F", "is_running": True, "columns": [], "values": []}
    for content in (answer([]), answer([], []), running, {"response": running}):
        found = read_bytes(tmp_path, written(content))
        assert (found.events, found.rejects) == ([], [])


NAMED = [{"name": "a", "type": "b"}]


@pytest.mark.parametrize(
    "event",
    [
        {"@timestamp": 1, "columns": NAMED, "values": [[1]]},
        {"columns": NAMED, "@timestamp": 1, "values": [[1]]},
        {"columns": [], "values": []},
        {"columns": ["a"], "values": [[1]]},
        {"columns": [{"name": "a"}], "values": [[1]]},
        {"columns": {"name": "a", "type": "b"}, "values": [[1]]},
        {"columns": NAMED, "values": [1]},
        {"columns": NAMED, "values": "[["},
        {"columns": NAMED},
        {"values": [[1]], "columns": NAMED},
        {"took": 1, "values": [[1]]},
        {"response": {"response": {"response": {"columns": NAMED, "values": [[1]]}}}},
    ],
)
def test_what_only_looks_like_an_answer_is_an_event(event, tmp_path):
    for content in (lines([event, event]), written(event, indent=1)):
        assert read_bytes(tmp_path, content).events[0] == event


def test_other_values_between_answers_are_events(tmp_path):
    events = sample(3)
    hit = {"_index": "i", "_id": "x", "_source": events[1]}
    found = read_bytes(tmp_path, lines([answer(ROWS[:2]), events[0], hit, answer(ROWS[2:])]))
    assert found.events == [*EVENTS[:2], *events[:2], *EVENTS[2:]]
    assert found.identities[2:4] == [None, ("i", "x")]
    assert found.lines[:5] == [1, 1, 2, 3, 4]


def test_too_many_columns_are_none(tmp_path):
    columns = [{"name": "x" * 1_000, "type": "t"}] * (LONGEST_COLUMNS // 1_000)
    text = written({"columns": columns, "values": [["a"] * len(columns)]})
    assert [list(event) for event in read_bytes(tmp_path, text).events] == [["columns", "values"]]
    columns = columns[: len(columns) // 2]
    text = written({"columns": columns, "values": [["a"] * len(columns)]})
    assert [list(event) for event in read_bytes(tmp_path, text).events] == [["x" * 1_000]]


def test_audit_events_in_a_source_are_converted(tmp_path):
    audit = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a", "verb": "get"}
    row = b'["i", %b]' % written({**audit, "stageTimestamp": "2026-01-01T00:00:00Z"})
    (raw,), identities, _ = one(tmp_path, ["_id", "_source"], row)
    assert json.loads(raw)["kubernetes"]["audit"]["verb"] == "get"
    assert identities == [("", "i")]


@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 3_000), st.binary(max_size=6))
@example("columnar", 420, b"]")
@example("on one line", 500, b"[[")
def test_what_is_damaged_anywhere_raises_nothing(tmp_path_factory, name, at, junk):
    content = FORMATS[name]
    folder = tmp_path_factory.mktemp("answer")
    for damaged in (content[:at], content[:at] + junk + content[at + len(junk) :]):
        (folder / "events").write_bytes(damaged)
        events = read(folder / "events")
        found = everything(events)
        assert [raw for _, raw in events.read_again(found.places)] == found.raw
