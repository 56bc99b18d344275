"""Elasticsearch's bulk interface: what is sent, and what each item's answer means."""

import json

import pytest

from sinks.delivering import change, serving
from tocsin.sinks.elasticsearch import Elasticsearch
from tocsin.sinks.http import Poster
from tocsin.sinks.sink import RefusedError, UnreachableError


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def sink(server):
    sink = Elasticsearch(Poster(server.url + "/_bulk", timeout=5), headers={"Authorization": "x"})
    yield sink
    sink.close()


def answer(*statuses):
    items = [
        {"create": {"status": status, "error": {"type": "t", "reason": f"why {status}"}}}
        if status >= 300
        else {"create": {"status": status}}
        for status in statuses
    ]
    return 200, {}, json.dumps({"errors": True, "items": items}).encode()


def test_alerts_are_created_by_their_ids(sink, server):
    server.answers = [answer(201, 201)]
    outcome = sink.send([change(1), change(2)], 0)
    assert (list(outcome.refused), list(outcome.again)) == ([], [])
    (asked,) = server.asked
    lines = [json.loads(line) for line in asked.body.splitlines()]
    assert asked.path == "/_bulk"
    assert asked.headers["Authorization"] == "x"
    assert asked.headers["Content-Type"] == "application/x-ndjson"
    index = ".alerts-security.alerts-default"
    assert lines[0] == {"create": {"_index": index, "_id": "id-1"}}
    assert lines[1]["kibana.alert.uuid"] == "id-1"
    assert lines[2]["create"]["_id"] == "id-2"


def test_what_is_there_already_is_fine(sink, server):
    server.answers = [answer(409)]
    outcome = sink.send([change(1)], 0)
    assert (list(outcome.refused), list(outcome.again)) == ([], [])


def test_an_update_leaves_alone_what_people_did_there(sink, server):
    server.answers = [answer(200)]
    sink.send([change(1, "updated")], 0)
    action, body = map(json.loads, server.asked[0].body.splitlines())
    assert action["update"]["_id"] == "id-1"
    assert "kibana.alert.workflow_status" not in body["doc"]
    assert body["doc"]["kibana.alert.uuid"] == "id-1"
    assert body["upsert"]["kibana.alert.workflow_status"] == "open"


def test_a_new_alert_that_has_changed_may_be_there_as_it_was(sink, server):
    server.answers = [answer(200)]
    sink.send([change(1, changed=True)], 0)
    action, body = map(json.loads, server.asked[0].body.splitlines())
    assert action["update"]["_id"] == "id-1"
    assert "kibana.alert.workflow_status" not in body["doc"]
    assert body["upsert"]["kibana.alert.workflow_status"] == "open"


@pytest.mark.parametrize("changed", [False, True])
def test_what_people_did_here_is_told_if_it_is_wanted(sink, server, changed):
    server.answers = [answer(200)]
    sink.send([change(1, "triaged", changed=changed)], 0)
    _, body = map(json.loads, server.asked[0].body.splitlines())
    assert body["doc"]["kibana.alert.workflow_status"] == "open"


def test_the_blocks_of_a_sequence_are_documents_of_their_own(sink, server):
    blocks = [{"kibana.alert.uuid": f"b{n}", "kibana.alert.depth": 1, "n": n} for n in range(2)]
    sequence = change(1, **{"tocsin.building_blocks": blocks, "kibana.alert.rule.uuid": "r"})
    server.answers = [answer(201, 201, 201, 201)]
    outcome = sink.send([sequence, change(2)], 0)
    assert (list(outcome.refused), list(outcome.again)) == ([], [])
    lines = [json.loads(line) for line in server.asked[0].body.splitlines()]
    assert [line["create"]["_id"] for line in lines[::2]] == ["b0", "b1", "id-1", "id-2"]
    assert lines[1]["kibana.alert.workflow_status"] == "open"
    assert "tocsin.building_blocks" not in lines[5]
    assert lines[5]["kibana.alert.depth"] == 2
    assert [each["id"] for each in lines[5]["kibana.alert.ancestors"]] == ["b0", "b1"]
    assert lines[5]["kibana.alert.ancestors"][0]["index"] == ".alerts-security.alerts-default"


def test_a_sequence_is_taken_if_all_its_documents_are(sink, server):
    blocks = [{"kibana.alert.uuid": f"b{n}", "kibana.alert.depth": 1} for n in range(2)]
    sequence = change(1, **{"tocsin.building_blocks": blocks})
    server.answers = [answer(201, 503, 201, 201), answer(503, 400, 201, 201)]
    outcome = sink.send([sequence, change(2)], 0)
    assert [each.number for each, _ in outcome.later] == [1]
    outcome = sink.send([sequence, change(2)], 0)
    assert (list(outcome.later), [each.number for each, _ in outcome.refused]) == ([], [1])


def test_each_item_has_its_own_fate(sink, server):
    server.answers = [answer(201, 400, 429, 503, 404, 500)]
    outcome = sink.send([change(n) for n in range(6)], 0)
    assert [(each.number, why) for each, why in outcome.refused] == [
        (1, "localhost answered 400: t: why 400"),
        (4, "localhost answered 404: t: why 404"),
    ]
    assert [each.number for each, _ in outcome.later] == [2, 3]
    assert [each.number for each, _ in outcome.again] == [5]


def test_an_item_that_says_nothing_is_tried_again(sink, server):
    server.answers = [(200, {}, b'{"items":[{"create":{}},{"create":{"status":"201"}}]}')]
    outcome = sink.send([change(1), change(2)], 0)
    assert [each.number for each, _ in outcome.again] == [1, 2]
    assert (list(outcome.refused), list(outcome.later)) == ([], [])


def test_large_batches_are_cut(sink, server, monkeypatch):
    monkeypatch.setattr("tocsin.sinks.elasticsearch.BYTES", 600)
    server.answers = [answer(201), answer(201), answer(400)]
    outcome = sink.send([change(n, text="x" * 400) for n in range(3)], 0)
    assert len(server.asked) == 3
    assert [each.number for each, _ in outcome.refused] == [2]


def test_what_is_too_large_at_once_is_sent_in_parts(sink, server):
    too_large = (413, {}, b"")
    server.answers = [too_large, too_large, answer(201), answer(201), answer(201, 400)]
    outcome = sink.send([change(n) for n in range(4)], 0)
    assert [len(asked.body.splitlines()) // 2 for asked in server.asked] == [4, 2, 1, 1, 2]
    assert [each.number for each, _ in outcome.refused] == [3]
    assert (list(outcome.again), list(outcome.later)) == ([], [])
    server.answers = [answer(201)] * 4
    sink.send([change(n) for n in range(4)], 0)
    assert len(server.asked) == 9, "how much is too large is known now"


def test_an_alert_that_is_too_large_by_itself_is_a_dead_letter(sink, server):
    server.answers = [(413, {}, b"")] * 2 + [answer(201)]
    outcome = sink.send([change(1), change(2)], 0)
    assert [(each.number, why) for each, why in outcome.refused] == [
        (1, "localhost answered 413: the request is too large")
    ]


def test_an_update_that_another_one_overtook_is_tried_again(sink, server):
    server.answers = [answer(409, 409, 409)]
    outcome = sink.send([change(1), change(2, "updated"), change(3, changed=True)], 0)
    assert [each.number for each, _ in outcome.again] == [2, 3]
    assert list(outcome.refused) == []


def test_what_an_answer_asks_for_is_known_whatever_it_refused(sink, server):
    server.answers = [(502, {"Retry-After": "40"}, b"")]
    with pytest.raises(RefusedError) as refused:
        sink.send([change(1)], 0)
    assert refused.value.after == 40


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, b"", UnreachableError),
        (401, b"", RefusedError),
        (200, b"hello", RefusedError),
        (200, b'{"items":[]}', RefusedError),
        (200, b'{"items":[7]}', RefusedError),
    ],
)
def test_other_answers(sink, server, status, body, error):
    server.answers = [(status, {}, body)]
    with pytest.raises(error):
        sink.send([change(1)], 0)


def test_integers_of_any_size_survive_an_update(sink, server):
    server.answers = [answer(200)]
    sink.send([change(1, "updated", big=2**70)], 0)
    assert json.loads(server.asked[0].body.splitlines()[1])["doc"]["big"] == 2**70
