"""Every format, compressed in every way, gives the same events wherever it is cut."""

import json

import pytest
from reading import COMPRESSIONS, everything, lines, read_bytes, sample

from tocsin.inputs.source import read

EVENTS = sample(40)


def hit(event: dict, number: int) -> dict:
    return {"_index": "logs-x-default", "_id": f"id{number}", "_score": 1.5, "_source": event}


HITS = [hit(event, number) for number, event in enumerate(EVENTS)]
RESPONSE = {"took": 3, "_shards": {"total": 1}, "hits": {"total": {"value": 40}, "hits": HITS}}
MISSING = {"_index": "", "_id": "", "_source": {}, "missing": True}
SEQUENCES = [{"join_keys": [4], "events": [*HITS[at : at + 2], MISSING]} for at in range(0, 38, 2)]
SEQUENCES += [{"events": HITS[38:]}]


def answer(**hits: list) -> dict:
    return {"is_partial": False, "took": 3, "hits": {"total": {"value": 40}, **hits}}


def trial(steps: list[dict]) -> dict:
    first = {"processor_type": "set", "status": "success", "doc": hit({"early": 1}, 0)}
    return {"processor_results": [first, *steps]}


ABSENT = {"_index": "logs-x-default", "_id": "gone", "found": False}
DROPPED = {"processor_type": "drop", "status": "dropped"}
DOCS = [{**each, "found": True} for each in HITS]
TRIALS = [trial([{"processor_type": "set", "status": "success", "doc": each}]) for each in HITS]

FORMATS = {
    "lines": lines(EVENTS),
    "lines without a last end": lines(EVENTS).rstrip(b"\n"),
    "lines of Windows": lines(EVENTS, b"\r\n"),
    "lines with blank ones": lines(EVENTS, b"\n \t\r\n\n"),
    "lines behind a byte order mark": b"\xef\xbb\xbf" + lines(EVENTS),
    "lines indented": b"".join(b"  " + line for line in lines(EVENTS).splitlines(keepends=True)),
    "array": json.dumps(EVENTS).encode(),
    "array without spaces": json.dumps(EVENTS, separators=(",", ":")).encode(),
    "array on many lines": json.dumps(EVENTS, indent=4).encode(),
    "array behind a byte order mark": b"\xef\xbb\xbf" + json.dumps(EVENTS, indent=1).encode(),
    "arrays one after the other": b"\n".join(
        json.dumps(EVENTS[at : at + 10]).encode() for at in range(0, 40, 10)
    ),
    "objects on many lines": "\n".join(json.dumps(x, indent=2) for x in EVENTS).encode(),
    "objects without anything between": lines(EVENTS, b""),
    "hits": lines(HITS),
    "hits in an array": json.dumps(HITS, indent=1).encode(),
    "search response": json.dumps(RESPONSE).encode(),
    "search response on many lines": json.dumps(RESPONSE, indent=2).encode(),
    "search responses": lines(
        [{"took": 1, "hits": {"hits": HITS[at : at + 20]}} for at in (0, 20)]
    ),
    "search response in EQL": json.dumps(answer(events=HITS)).encode(),
    "search response in EQL on many lines": json.dumps(answer(events=HITS), indent=1).encode(),
    "search response of sequences": json.dumps(answer(sequences=SEQUENCES)).encode(),
    "search response of sequences on many lines": json.dumps(
        answer(sequences=SEQUENCES), indent=1
    ).encode(),
    "events that are wanted of a pipeline": json.dumps(
        {"expected": [None, *EVENTS[:20], None, *EVENTS[20:], None]}, indent=4
    ).encode(),
    "events that are wanted of a pipeline, on lines": lines(
        [{"expected": EVENTS[:20]}, {"expected": [None, None]}, {"expected": EVENTS[20:]}]
    ),
    "a page of events": json.dumps({"total": 40, "next": "b]{", "data": EVENTS}).encode(),
    "pages of events on many lines": "\n".join(
        json.dumps({"page": at, "last": None, "logs": EVENTS[at : at + 20]}, indent=2)
        for at in (0, 20)
    ).encode(),
    "hits asked for by name": json.dumps({"docs": [ABSENT, *DOCS]}).encode(),
    "hits asked for by name on many lines": json.dumps(
        {"docs": [*DOCS[:9], ABSENT, *DOCS[9:]]}, indent=1
    ).encode(),
    "hits of a pipeline's trial": json.dumps(
        {"docs": [*({"doc": each} for each in HITS), None]}, indent=1
    ).encode(),
    "hits of a pipeline's trial, step by step": json.dumps(
        {"docs": [trial([DROPPED]), *TRIALS]}
    ).encode(),
    "search responses together": json.dumps(
        {"took": 1, "responses": [answer(hits=HITS[:30]), answer(hits=[]), answer(hits=HITS[30:])]}
    ).encode(),
    "search response beside its client": json.dumps(
        {"id": "Fk", "is_partial": False, "response": RESPONSE}
    ).encode(),
    "search response as the inspector shows it": json.dumps(
        {"id": "Fk", "rawResponse": RESPONSE, "isPartial": False}, indent=2
    ).encode(),
    "hits alone": json.dumps({"total": 40, "hits": HITS}).encode(),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_in_every_compression(name, tmp_path):
    for compress in COMPRESSIONS.values():
        found = read_bytes(tmp_path, compress(FORMATS[name]))
        assert found.events == EVENTS
        assert found.rejects == []
        assert found.firsts == [0]
        if "hits" in name or "search" in name:
            expected = [("logs-x-default", f"id{number}") for number in range(40)]
        else:
            expected = [None] * 40
        assert found.identities == expected


@pytest.mark.parametrize("name", FORMATS)
def test_batches_of_any_size_hold_the_same_events(name, tmp_path):
    whole = read_bytes(tmp_path, FORMATS[name])
    for rows in (1, 2, 7, 39, 40, 41):
        cut = everything(read(tmp_path / "events"), rows)
        assert max(cut.sizes) <= rows
        assert cut.firsts == [sum(cut.sizes[:at]) for at in range(len(cut.sizes))]
        assert (cut.raw, cut.identities, cut.places, cut.lines) == (
            whole.raw,
            whole.identities,
            whole.places,
            whole.lines,
        )


@pytest.mark.parametrize("name", FORMATS)
def test_events_are_read_again_from_their_places(name, tmp_path):
    path = tmp_path / "events"
    for compress in COMPRESSIONS.values():
        path.write_bytes(compress(FORMATS[name]))
        events = read(path)
        found = everything(events)
        again = list(events.read_again(found.places))
        assert again == list(zip(found.places, found.raw, strict=True))
        some = found.places[3::9]
        assert [raw for _, raw in events.read_again(some)] == found.raw[3::9]


def test_an_event_stands_on_one_line_however_its_file_is_written(tmp_path):
    spread = read_bytes(tmp_path, b'{\n  "a" : "b\\n  c", \r\n "d": [1,\t2]\n}')
    assert spread.raw == [b'{"a":"b\\n  c","d":[1,2]}']
    spaced = read_bytes(tmp_path, b'{ "a" : [1,\t2] }\n')
    assert spaced.raw == [b'{ "a" : [1,\t2] }']


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lines", [1, 2, 3]),
        ("lines with blank ones", [1, 4, 7]),
        ("array", [1, 1, 1]),
        ("hits", [1, 2, 3]),
    ],
)
def test_line_numbers(name, expected, tmp_path):
    assert read_bytes(tmp_path, FORMATS[name]).lines[:3] == expected


def test_line_numbers_of_events_spread_over_lines(tmp_path):
    found = read_bytes(tmp_path, b'[\n{"a":\n1}\n,\n\n{"a":2}, {"a":3}]')
    assert found.lines == [2, 6, 6]
    response = json.dumps({"took": 1, "hits": {"hits": HITS[:2]}}, indent=0).encode()
    text = response.decode().splitlines()
    found = read_bytes(tmp_path, response)
    assert [text[line - 1] for line in found.lines] == ["{", "{"]


@pytest.mark.parametrize("room", [64, 100, 333, 5000])
def test_events_cross_the_ends_of_buffers(room, tmp_path, monkeypatch):
    events = sample(100)
    hits = [hit(event, 1) for event in events]
    response = {"took": 1, "hits": {"total": 5, "hits": hits}, "aggregations": {"a": [{"b": []}]}}
    listed = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": events}
    contents = [
        lines(events),
        json.dumps(events).encode(),
        json.dumps(events, indent=3).encode(),
        "\n".join(json.dumps(event, indent=1) for event in events).encode(),
        json.dumps(response).encode(),
        json.dumps(response, indent=2).encode(),
        lines([response]) * 3,
        json.dumps(listed).encode(),
        json.dumps(answer(events=hits)).encode(),
        json.dumps({"took": 1, "responses": [answer(hits=hits), answer(hits=hits)]}).encode(),
        json.dumps({"rawResponse": answer(hits=hits)}, indent=1).encode(),
        json.dumps(answer(sequences=[{"events": hits[:50]}, {"events": hits[50:]}])).encode(),
        json.dumps({"expected": [*events[:50], None, None, *events[50:]]}, indent=4).encode(),
        json.dumps({"page": 1, "data": events, "next": [{}]}).encode() * 2,
        json.dumps({"docs": [{"doc": each} for each in hits] + [None]}, indent=1).encode(),
    ]
    monkeypatch.setattr("tocsin.inputs.file.FileOrigin.room", room)
    monkeypatch.setattr("tocsin.inputs.format.AHEAD", 40)
    monkeypatch.setattr("tocsin.inputs.format.FAR_AHEAD", 300)
    for content in contents:
        path = tmp_path / "events"
        path.write_bytes(content)
        source = read(path)
        found = everything(source)
        assert found.rejects == []
        assert found.events == events * (len(found.events) // 100)
        assert len(found.events) in (100, 200, 300)
        assert [raw for _, raw in source.read_again(found.places)] == found.raw


def test_files_of_many_formats_are_one_input_in_the_order_given(tmp_path):
    names = ["c", "a", "b"]
    for number, (name, content) in enumerate(
        zip(names, (FORMATS["lines"], FORMATS["array"], FORMATS["hits"]), strict=True)
    ):
        (tmp_path / name).write_bytes(list(COMPRESSIONS.values())[number](content))
    found = everything(read(*(tmp_path / name for name in names)))
    assert found.events == EVENTS * 3
    assert [place.source for place in found.places] == [0] * 40 + [1] * 40 + [2] * 40
    assert len(found.sizes) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"@timestamp": 1, "_id": "x", "events": HITS[:2]},
        {"@timestamp": 1, "_id": "x", "response": {"hits": {"hits": HITS[:2]}}},
        {"hits": {"hits": HITS[:2]}, "_id": "x", "@timestamp": 1},
        {"_id": "x", "name": "n", "events": HITS[:2]},
        {"_id": "x", "events": [{"_id": "y", "n": 1}]},
        {"_id": "x", "responses": HITS[:2]},
        {"_id": "x", "response": "ok", "events": "none", "responses": [], "rawResponse": {}},
        {"steps": [{"@timestamp": 1}], "@timestamp": 2},
        {"steps": [{"@timestamp": 1}], "event": {"ingested": 2}},
        {"steps": [{"@timestamp": 1}], "event.ingested": 2},
        {"event": {"ingested": 2}, "steps": [{"@timestamp": 1}]},
        {"event.ingested": 2, "steps": [{"@timestamp": 1}]},
        {"name": "n", "steps": [{"n": 1}, 5, {"@timestamp": 1}]},
        {"name": "n", "steps": [[{"@timestamp": 1}]]},
        {"name": "n", "steps": [{"inner": {"@timestamp": 1}, "doc": {"n": 1}}]},
        {"name": "n", "steps": [None], "expected": [], "docs": []},
    ],
)
def test_what_only_looks_like_an_answer_is_an_event(event, tmp_path):
    for content in (lines([event]), json.dumps(event, indent=1).encode()):
        assert read_bytes(tmp_path, content).events == [event]


def test_lists_of_events_that_are_broken_are_left_to_the_scanner(tmp_path):
    event = '{"@timestamp":1}'
    for line in (
        '{"data":[' + event,
        '{"data":[' + event + "]",
        '{"data":[' + event + event + "]}",
        '{"data":[' + event + '],"x":}',
        '{"data":[' + '{"doc":' * 50_000,
        '{"data":[' + '{"doc":' * 50_000 + event + "}" * 50_000 + "]}",
        '{"docs":[{"processor_results":[}]}',
    ):
        content = (event + "\n" + line + "\n" + event + "\n").encode()
        found = read_bytes(tmp_path, content)
        assert found.events == [{"@timestamp": 1}, {"@timestamp": 1}]
        assert [number for number, _ in found.rejects] == [2]
