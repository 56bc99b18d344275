"""Hits and Kubernetes audit events over HTTP: what a scan of the same documents makes of them."""

import gzip
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import EVENT, Client, Kept

from tocsin.inputs.source import read
from tocsin.journal.errors import JournalFullError
from tocsin.server import recognising
from tocsin.server.action import Action
from tocsin.server.bulk import read_audit, read_one
from tocsin.server.limits import Limits
from tocsin.server.refusal import RefusedError

AUDIT = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "auditID": "5f1c",
    "stage": "ResponseComplete",
    "verb": "get",
    "user": {"username": "jane"},
    "objectRef": {"resource": "secrets", "name": "till"},
    "stageTimestamp": "2026-08-01T10:00:01.250000Z",
    "annotations": {"authorization.k8s.io/decision": "allow"},
}
ITEM = {key: value for key, value in AUDIT.items() if key not in ("kind", "apiVersion")}
LIST = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}}
ODD = '{"_index": "prod:.ds-logs-a-1", "_id": "\\u00e9", "_score": [1], "_source": %s}'
DOCUMENTS = [
    EVENT,
    AUDIT,
    ITEM,
    {"_index": "logs-a", "_id": "1", "_source": EVENT},
    {"_id": "2", "fields": {"@timestamp": ["2026-08-01T12:00:00.000Z"]}},
    {"_index": "raw", "_source": AUDIT},
    {**EVENT, "_id": "own"},
    {**EVENT, "note": {"_source": {}, "audit.k8s.io/v1": "_id"}},
]


def scanned(folder, lines):
    """The events of a file, and what it calls them."""
    (folder / "events").write_bytes(b"".join(line + b"\n" for line in lines))
    return [
        (batch.event(row), batch.identity(row) or ("", ""))
        for batch in read(folder / "events").batches()
        for row in range(len(batch))
    ]


def kept(client):
    names = [
        tuple(name)
        for frame in client.kept.frames
        for name in frame.names or [("", "")] * len(frame.lines)
    ]
    return list(zip(client.kept.lines, names, strict=True))


@pytest.mark.parametrize("end", [b"\n", b" \r\n"])
def test_documents_become_what_a_scan_makes_of_them(end, tmp_path):
    lines = [*map(orjson.dumps, DOCUMENTS), (ODD % json.dumps(EVENT)).encode()]
    client = Client()
    body = b"".join(b'{"create":{}}' + end + b" " + line + end for line in lines)
    answer = client("POST", "/_bulk", body, {"content-type": "application/x-ndjson"})
    assert answer.json["errors"] is False
    assert [(line.strip(), name) for line, name in kept(client)] == scanned(tmp_path, lines)
    found = [item["create"]["_id"] for item in answer.json["items"]]
    assert [found[3], found[4], found[6], found[8]] == ["1", "2", "own", "é"]


def test_what_the_request_says_holds_before_what_a_hit_says():
    client = Client()
    hit = {"_index": "logs-a", "_id": "1", "_source": EVENT}
    client.bulk({"create": {"_id": "7"}}, hit, {"create": {"_index": "logs-c"}}, hit)
    answer = client("POST", "/logs-b/_doc", orjson.dumps(hit))
    assert (answer.json["_index"], answer.json["_id"]) == ("logs-b", "1")
    client("PUT", "/logs-b/_doc/8", orjson.dumps(hit, option=orjson.OPT_INDENT_2))
    names = [("logs-a", "7"), ("logs-c", "1"), ("logs-b", "1"), ("logs-b", "8")]
    assert client.kept.names == names
    assert client.kept.lines == [orjson.dumps(EVENT)] * 4


def test_a_raw_audit_event_in_an_index_keeps_its_index(tmp_path):
    client = Client()
    text = orjson.dumps(AUDIT, option=orjson.OPT_INDENT_2)
    assert client("POST", "/k8s/_doc", text).status == 201
    ((event, name),) = kept(client)
    assert name == ("k8s", "")
    ((expected, _),) = scanned(tmp_path, [orjson.dumps(AUDIT)])
    assert orjson.loads(event) == orjson.loads(expected)


@pytest.mark.parametrize(
    "document",
    [
        {"_index": "x", "_source": {"message": "no time"}},
        {"_index": "x" * 300, "_source": EVENT},
        {"_id": "x" * 600, "_source": EVENT},
        {"_id": "1", "_source": {**EVENT, "x": "y" * 3_000}},
        {**AUDIT, "x": "y" * 3_000},
        {**LIST, "items": [ITEM]},
        {"hits": {"hits": [{"_id": "1", "_source": EVENT}]}},
    ],
    ids=["no time", "index", "id", "large hit", "large event", "list", "response"],
)
def test_what_stands_in_a_hit_is_judged_alone(document):
    client = Client(limits=Limits(event=2_000))
    answer = client.bulk({"index": {}}, EVENT, {"index": {}}, document, {"index": {}}, EVENT)
    statuses = [item["index"]["status"] for item in answer.json["items"]]
    assert statuses == [201, 400, 201]
    assert client.kept.lines == [orjson.dumps(EVENT)] * 2


def posted(client, document, **headers):
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return client(
        "POST", "/_kubernetes/audit", body, {"content-type": "application/json"} | headers
    )


@pytest.mark.parametrize("indent", [None, 1])
def test_the_list_of_an_api_server(indent, tmp_path):
    text = json.dumps({**LIST, "items": [ITEM, AUDIT, {**ITEM, "auditID": "2"}]}, indent=indent)
    client = Client()
    headers = {"content-encoding": "gzip"}
    answer = posted(client, gzip.compress(text.encode()), **headers)
    assert (answer.status, answer.json["accepted"], answer.json["refused"]) == (200, 3, 0)
    assert kept(client) == scanned(tmp_path, [text.encode()])
    assert client.kept.frames[0].names is None
    assert client.parts.counters.total("events_accepted") == 3


def test_items_that_are_no_audit_events_are_refused_alone():
    client = Client(limits=Limits(event=1_000))
    timeless = {"auditID": "1", "stage": "Panic"}
    large = {**ITEM, "x": "y" * 1_000}
    answer = posted(client, {**LIST, "items": [EVENT, ITEM, timeless, large, 7]})
    assert (answer.status, answer.json["accepted"], answer.json["refused"]) == (200, 1, 4)
    assert [fault["item"] for fault in answer.json["faults"]] == [0, 2, 3, 4]
    assert len(client.kept.lines) == 1
    assert posted(client, AUDIT).json["accepted"] == 1
    assert posted(client, {**LIST, "items": []}).json["accepted"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        orjson.dumps(EVENT),
        orjson.dumps({"items": [ITEM]}),
        orjson.dumps({**LIST, "kind": "List", "items": [ITEM]}),
        orjson.dumps({**LIST, "items": [ITEM]})[:-2],
    ],
    ids=range(6),
)
def test_other_bodies_are_refused(body):
    client = Client()
    assert posted(client, body).status == 400
    assert not client.kept.frames


def test_too_long_a_list_is_refused(monkeypatch):
    monkeypatch.setattr(recognising, "MOST_LISTED", 2)
    assert posted(Client(), {**LIST, "items": [ITEM] * 2}).status == 200
    assert posted(Client(), {**LIST, "items": [ITEM] * 3}).status == 413


def test_a_list_that_cannot_be_kept_is_to_be_sent_again():
    for client in (
        Client(log=Kept(fails=JournalFullError("full"))),
        Client(behind=lambda: 11, limits=Limits(behind=10)),
    ):
        answer = posted(client, {**LIST, "items": [ITEM, 7]})
        assert (answer.status, answer.headers["retry-after"]) == (429, "1")


PIECES = st.sampled_from(
    [
        *(
            b'{"_id":"1",',
            b'{"_source":',
            b'"_index":"\\ud800",',
            b'"fields":{',
            b'"items":[',
            b"7,",
        ),
        *(b'"kind":"EventList",', b'{"apiVersion":"audit.k8s.io/v1",', b'{"auditID":"a",'),
        *(b'"kind":"Event",', b'"stage":"s",', b'"timestamp":1', b'"annotations":{"a.b":', b'"x"'),
        *(
            orjson.dumps(EVENT),
            orjson.dumps(AUDIT),
            b"{",
            b"}",
            b"]",
            b",",
            b"\n",
            b"\xff",
            b"[" * 2_000,
        ),
    ]
)


@given(st.lists(PIECES, max_size=14).map(b"".join))
def test_whatever_comes_is_refused_or_one_event_on_one_line(body):
    for judge in (
        lambda: read_audit(body, Limits()),
        lambda: read_one(body, Action("index", "", ""), Limits()),
    ):
        try:
            bulk = judge()
        except RefusedError:
            continue
        for row, line in enumerate(bulk.lines):
            if row not in bulk.faults:
                assert "@timestamp" in orjson.loads(line)
                assert b"\n" not in line
                bulk.actions[row].id.encode()
