"""Raw Kubernetes audit events become what the integration's data set has."""

import gzip
import json

import pytest
from reading import everything, lines, read_bytes

from shared import SHARED, needs_shared
from tocsin.inputs.kubernetes import converted
from tocsin.inputs.source import read

AUDIT = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "level": "RequestResponse",
    "auditID": "5f1c",
    "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/shop/pods/till/exec?command=sh",
    "verb": "create",
    "user": {
        "username": "jane",
        "uid": "u-1",
        "groups": ["dev", "system:authenticated"],
        "extra": {"authentication.kubernetes.io/pod-name": ["p"]},
    },
    "sourceIPs": ["10.0.0.5", "fe80::1"],
    "userAgent": "kubectl/v1.30",
    "objectRef": {"resource": "pods", "namespace": "shop", "name": "till", "subresource": "exec"},
    "responseStatus": {"code": 101},
    "requestObject": {"metadata": {"labels": {"app.kubernetes.io/name": "x"}}, "n": 2},
    "requestReceivedTimestamp": "2026-08-01T10:00:00.000001Z",
    "stageTimestamp": "2026-08-01T10:00:01.250000Z",
    "annotations": {
        "authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason": 'RBAC: "x"',
    },
}


def test_an_event_becomes_what_rules_ask_for():
    event = json.loads(converted(json.dumps(AUDIT).encode()))
    assert event.pop("kubernetes")["audit"] == {
        **AUDIT,
        "annotations": {
            "authorization_k8s_io/decision": "allow",
            "authorization_k8s_io/reason": 'RBAC: "x"',
        },
    }
    assert event == {
        "@timestamp": "2026-08-01T10:00:01.250000Z",
        "data_stream": {"type": "logs", "dataset": "kubernetes.audit_logs", "namespace": "default"},
        "event": {
            "kind": "event",
            "module": "kubernetes",
            "dataset": "kubernetes.audit_logs",
            "action": "create",
            "outcome": "success",
        },
        "user": {"name": "jane", "id": "u-1"},
        "user_agent": {"original": "kubectl/v1.30"},
        "source": {"ip": ["10.0.0.5", "fe80::1"]},
        "client": {"ip": ["10.0.0.5", "fe80::1"]},
        "related": {"ip": ["10.0.0.5", "fe80::1"], "user": ["jane", "u-1"]},
        "orchestrator": {
            "type": "kubernetes",
            "api_version": "audit.k8s.io/v1",
            "namespace": "shop",
            "resource": {"name": "till", "type": "pods"},
        },
    }


def test_the_text_of_the_event_is_kept():
    raw = (
        b'{"auditID":"1", "stage":"Panic","x": 123456789012345678901234567890,'
        b' "annotations" : {"a.b/c.d": "\\u00e9"}, "y":1.50}'
    )
    assert (
        b'{"auditID":"1", "stage":"Panic","x": 123456789012345678901234567890,'
        b' "annotations" : {"a_b/c_d":"\xc3\xa9"}, "y":1.50}'
    ) in converted(raw)


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"stageTimestamp": None}, "@timestamp", "2026-08-01T10:00:00.000001Z"),
        ({"sourceIPs": ["10.0.0.5", "proxy"]}, "source", None),
        ({"sourceIPs": None}, "related", {"user": ["jane", "u-1"]}),
        ({"user": "odd"}, "user", None),
        ({"annotations": {"authorization.k8s.io/decision": "forbid"}}, "event", "failure"),
        ({"annotations": {}}, "event", None),
        ({"annotations": None}, "event", None),
        (
            {"objectRef": 7},
            "orchestrator",
            {"type": "kubernetes", "api_version": "audit.k8s.io/v1"},
        ),
    ],
    ids=range(8),
)
def test_what_is_missing_or_odd_is_left_out(change, field, expected):
    event = json.loads(converted(json.dumps({**AUDIT, **change}).encode()))
    found = event.get(field)
    assert (found.get("outcome") if field == "event" else found) == expected


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "Event", "apiVersion": "v1", "metadata": {}},
        {"kind": "Policy", "apiVersion": "audit.k8s.io/v1"},
        {"kubernetes": {"audit": AUDIT}},
        {"message": "audit.k8s.io/v1"},
        {"auditID": 5, "stage": "x"},
    ],
    ids=range(5),
)
def test_other_events_stay_as_they_are(other, tmp_path):
    content = json.dumps(other).encode()
    assert converted(content) is None
    assert read_bytes(tmp_path, content).raw == [content]


AZURE = {
    "category": "kube-audit",
    "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
    "resourceId": "/SUBSCRIPTIONS/S/MANAGEDCLUSTERS/C",
    "time": "2026-08-01T10:00:01.300000000Z",
}


def azure(log, **properties):
    return {**AZURE, "properties": {"log": log, **properties}}


def cloudwatch(message, **more):
    return {"timestamp": 1785578401250, "message": message, "ingestionTime": 1785578402000, **more}


@pytest.mark.parametrize(
    "form", [dict, lambda event: json.dumps(event) + "\n"], ids=["object", "text"]
)
def test_an_event_in_a_diagnostic_log_of_azure(form, tmp_path):
    log = azure(form(AUDIT), containerID="c1", pod="kube-apiserver-1", stream="stdout")
    event = json.loads(converted(json.dumps(log, indent=1).encode()))
    assert event["cloud"] == {"provider": "azure"}
    assert event["kubernetes"]["audit"].pop("aks_metadata") == {
        "category": "kube-audit",
        "operation_name": AZURE["operationName"],
        "resource_id": AZURE["resourceId"],
        "time": AZURE["time"],
        "container_id": "c1",
        "pod": "kube-apiserver-1",
        "stream": "stdout",
    }
    del event["cloud"]
    assert event == json.loads(converted(json.dumps(AUDIT).encode()))
    found = everything(events := read(path_of(tmp_path, lines([PLAIN, log]))))
    assert found.events[1]["event"]["action"] == "create"
    assert [raw for _, raw in events.read_again(found.places)] == found.raw


def test_an_event_in_a_log_event_of_cloudwatch():
    event = json.loads(converted(json.dumps(cloudwatch(json.dumps(AUDIT), eventId="7")).encode()))
    assert event.pop("cloud") == {"provider": "aws"}
    assert event == json.loads(converted(json.dumps(AUDIT).encode()))


def test_numbers_in_a_wrapped_event_keep_all_their_digits():
    inner = b'{"auditID":"1","stage":"Panic","x":123456789012345678901234567890}'
    raw = json.dumps(azure(0)).encode().replace(b'"log": 0', b'"log": ' + inner)
    assert b'"x":123456789012345678901234567890,"aks_metadata"' in converted(raw)


def path_of(folder, content):
    path = folder / "events"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "other",
    [
        azure("audit.k8s.io/v1"),
        azure('{"auditID":"1"'),
        azure('["audit.k8s.io/v1"]'),
        azure({"kind": "Event", "apiVersion": "v1", "auditID": 7}),
        azure([AUDIT]),
        {**azure(AUDIT), "properties": [AUDIT]},
        {key: value for key, value in azure(AUDIT).items() if key != "time"},
        cloudwatch('I0801 audit.k8s.io/v1 "auditID"'),
        cloudwatch(json.dumps(AUDIT), timestamp="2026-08-01T10:00:01Z"),
        {"@timestamp": "2026-08-01T10:00:01Z", "message": json.dumps(AUDIT)},
        cloudwatch(AUDIT),
        cloudwatch(json.dumps(azure(AUDIT))),
    ],
    ids=range(12),
)
def test_what_a_cloud_wraps_that_is_no_audit_event_stays_as_it_is(other):
    assert converted(json.dumps(other).encode()) is None


@pytest.mark.parametrize(
    "header",
    [
        "2026-08-01T10:00:01.250Z ",
        "2026-08-01T10:00:01.250123456+02:00 stdout F ",
        "Aug  1 10:00:01 cp-1 kube-apiserver[7]: ",
        "<13>1 2026-08-01T10:00:01Z cp-1 kube-apiserver 7 - - ",
    ],
)
def test_an_event_behind_the_header_of_a_line(header, tmp_path):
    text = json.dumps(AUDIT)
    whole = f"{header}{text}\n{text}\n{header}I0801 audit.k8s.io/v1\n{header}{text[:-1]}\n"
    events = read(path_of(tmp_path, whole.encode()))
    found = everything(events)
    assert found.raw == [converted(text.encode())] * 2
    assert [line for line, _ in found.rejects] == [3, 4]
    assert [raw for _, raw in events.read_again(found.places)] == found.raw


@pytest.mark.parametrize("begin", ["see ", "2026-08-01 ", "2026-08-01T10:00:01Z", '"x": ', "[1, "])
def test_other_words_in_front_of_an_event_are_no_header(begin, tmp_path):
    found = read_bytes(tmp_path, begin.encode() + json.dumps(AUDIT).encode() + b"\n")
    assert not any("kubernetes" in event for event in found.events[: begin != "[1, "])


def test_an_event_in_a_line_of_docker():
    line = {"log": json.dumps(AUDIT) + "\n", "stream": "stdout", "time": "2026-08-01T10:00:01.3Z"}
    assert converted(json.dumps(line).encode()) == converted(json.dumps(AUDIT).encode())


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("wrapper", "key", "entry"),
    [
        ({}, "records", azure(AUDIT)),
        ({}, "records", azure(json.dumps(AUDIT))),
        ({}, "events", cloudwatch(json.dumps(AUDIT))),
        ({"searchedLogStreams": []}, "events", cloudwatch(json.dumps(AUDIT))),
        ({"logGroup": "/aws/eks/c/cluster"}, "logEvents", cloudwatch(json.dumps(AUDIT))),
    ],
    ids=range(5),
)
def test_a_list_of_entries_is_an_event_each(wrapper, key, entry, indent, tmp_path):
    other = {**entry, "message": "I0801 10:00:00 starting"}
    text = json.dumps({key: [entry, other, entry], **wrapper}, indent=indent).encode()
    events = read(path_of(tmp_path, text + b"\n" + json.dumps(PLAIN).encode()))
    found = everything(events)
    verbs = [event.get("kubernetes", {}).get("audit", {}).get("verb") for event in found.events]
    expected = ["create", "create" if key == "records" else None, "create", None]
    assert (verbs, found.rejects) == (expected, [])
    assert [raw for _, raw in events.read_again(found.places)] == found.raw


@pytest.mark.parametrize(
    "other",
    [
        {"records": [AUDIT]},
        {"records": [azure("nothing of the kind")]},
        {"records": []},
        {"records": 7, "why": "audit.k8s.io"},
        {"recordz": [azure(AUDIT)]},
        {"logEventz": [cloudwatch(json.dumps(AUDIT))]},
        {"events": [{"message": json.dumps(AUDIT)}]},
        {"@timestamp": "2026-08-01T10:00:00Z", "records": [azure(AUDIT)]},
    ],
    ids=range(8),
)
def test_other_lists_stay_one_event(other, tmp_path):
    content = json.dumps(other).encode()
    assert read_bytes(tmp_path, content).raw == [content]


def without_type(event: dict) -> dict:
    """An audit event as it stands in a list: the list says what it is."""
    return {key: value for key, value in event.items() if key not in ("kind", "apiVersion")}


PLAIN = {"@timestamp": "2026-08-01T10:00:00Z", "n": 1}
LIST = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}}


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (lines([AUDIT, PLAIN, AUDIT]), 2),
        (json.dumps([PLAIN, AUDIT, without_type(AUDIT)], indent=1).encode(), 2),
        (json.dumps({**LIST, "items": [without_type(AUDIT)] * 3}, indent=2).encode(), 3),
        (lines([{**LIST, "items": [AUDIT] * 2}, {**LIST, "items": [without_type(AUDIT)]}]), 3),
        (json.dumps({"apiVersion": "audit.k8s.io/v1", "items": [AUDIT], "kind": "EventList"}), 1),
        (lines([{"_index": "raw-k8s", "_id": "1", "_source": AUDIT}]), 1),
    ],
    ids=["lines", "array", "list", "lists", "list in order of keys", "hit"],
)
def test_audit_events_are_found_in_every_wrapping(content, count, tmp_path):
    content = content.encode() if isinstance(content, str) else content
    for packed in (content, gzip.compress(content)):
        path = tmp_path / "events"
        path.write_bytes(packed)
        events = read(path)
        found = everything(events)
        audits = [event["kubernetes"]["audit"] for event in found.events if "kubernetes" in event]
        assert len(audits) == count
        assert all(audit["annotations"].keys() == AUDIT_KEYS for audit in audits)
        assert [raw for _, raw in events.read_again(found.places)] == found.raw


AUDIT_KEYS = {"authorization_k8s_io/decision", "authorization_k8s_io/reason"}


@needs_shared
def test_the_samples_agree_with_their_ecs_form():
    """What the collection's own conversion says of the fields that it has."""
    golden = {}
    with gzip.open(SHARED / "corpus/events/k8s-audit-falco.ndjson.gz") as file:
        for line in file:
            event = json.loads(line)
            golden[event["kubernetes"]["audit"]["auditID"], event["@timestamp"]] = event
    found = {}
    for event in read(SHARED / "corpus/kubernetes-audit"):
        if "kubernetes" in event:
            when = event["@timestamp"][:-4] + "Z"
            found[event["kubernetes"]["audit"]["auditID"], when] = event
    assert len(golden) > 40
    assert golden.keys() <= found.keys()
    for key, expected in golden.items():
        del expected["labels"], expected["ecs"], expected["@timestamp"], expected["client"]
        for path, value in leaves(expected):
            actual = at(found[key], path)
            assert value in (actual if isinstance(actual, list) else [actual]), (key, path)


def leaves(value, path=()):
    """The scalars of an object, with the keys that lead to them, of lists the first element's."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif not isinstance(value, list):
        yield path, value


def at(value, path):
    for key in path:
        value = value[key]
    return value


@pytest.mark.parametrize("depth", [150, 240, 300, 900])
@pytest.mark.parametrize("where", ["annotation", "verb", "beside"])
def test_what_is_nested_too_deeply_is_rejected_alone(where, depth, tmp_path):
    deep = "[" * depth + "]" * depth
    log = {
        "annotation": {**AUDIT, "annotations": {"a": 0}},
        "verb": {**AUDIT, "verb": {"a": 0}},
        "beside": azure(AUDIT, a=0),
    }[where]
    line = json.dumps(log).replace('"a": 0', f'"a": {deep}')
    found = read_bytes(tmp_path, f"{line}\n{json.dumps(AUDIT)}\n".encode())
    assert [event["event"]["action"] for event in found.events][-1] == "create"
    assert [number for number, _ in found.rejects] == ([] if depth < 200 else [1])


@pytest.mark.parametrize("wrap", [azure, cloudwatch])
def test_a_wrapped_event_of_a_list_is_found_again_at_its_place(wrap, tmp_path):
    """Such an event names no version, and its text in a text has backslashes before its quotes."""
    bare = {key: value for key, value in AUDIT.items() if key not in ("apiVersion", "kind")}
    events = read(path_of(tmp_path, lines([wrap(json.dumps(bare))])))
    found = everything(events)
    assert "kubernetes" in found.events[0]
    assert [raw for _, raw in events.read_again(found.places)] == found.raw


@pytest.mark.parametrize("times", [2, 7, 8, 9, 40])
def test_of_a_member_that_comes_again_the_last_counts_or_none(times):
    messages = ['"x"'] * (times - 1) + [json.dumps(json.dumps(AUDIT))]
    text = ", ".join(f'"message": {message}' for message in messages)
    event = converted(f'{{"timestamp": 1, {text}}}'.encode())
    assert (event is not None) == (times < 8)
