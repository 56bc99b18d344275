"""Events over HTTP, as Elasticsearch takes them."""

import gzip
import zlib
from urllib.parse import unquote

import orjson
import pytest
import zstandard
from serving import EVENT, NOW, Client, Kept, zipped

from tocsin.columns.content import content_hash
from tocsin.journal.errors import JournalBusyError, JournalClosedError, JournalFullError
from tocsin.server.body import Budget
from tocsin.server.limits import Limits
from tocsin.server.refusal import busy

LINE = orjson.dumps(EVENT)


def test_a_bulk_is_in_the_journal_and_each_item_is_told():
    client = Client()
    answer = client.bulk({"create": {"_index": "logs-a", "_id": "1"}}, EVENT, {"index": {}}, EVENT)
    assert answer.status == 200
    assert not answer.json["errors"]
    first, second = answer.json["items"]
    assert first["create"] | {"_seq_no": 0} == {
        "_index": "logs-a",
        "_id": "1",
        "_version": 1,
        "result": "created",
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "_seq_no": 0,
        "_primary_term": 1,
        "status": 201,
    }
    assert second["index"]["_id"] == content_hash(LINE)
    (frame,) = client.kept.frames
    assert (frame.accepted, list(frame.lines)) == (NOW, [LINE, LINE])
    assert frame.names == [("logs-a", "1"), ("", "")]


def test_an_answer_that_is_cut_off_says_that_nothing_went_wrong():
    """Fluent Bit looks for these bytes in answers that are larger than its buffer."""
    assert b'"errors":false,"items":[' in Client().bulk({"create": {}}, EVENT).body


def test_clients_that_speak_as_elasticsearch_7_are_told_types():
    """The Java client of 7, in Kafka Connect say, cannot read an answer without them."""
    accept = {"accept": "application/vnd.elasticsearch+json;compatible-with=7"}
    answer = Client().bulk({"index": {"_id": "1"}}, EVENT, {"index": {}}, b"{", **accept)
    assert [item["index"]["_type"] for item in answer.json["items"]] == ["_doc", "_doc"]
    assert Client()("PUT", "/logs-x/_doc/1", LINE, accept).json["_type"] == "_doc"
    other = {"accept": "application/vnd.elasticsearch+json;compatible-with=9"}
    assert b"_type" not in Client().bulk({"index": {"_id": "1"}}, EVENT, **other).body


def test_an_index_action_may_say_that_it_creates():
    items = [{"index": {"op_type": "create"}}, EVENT, {"index": {"op_type": "index"}}, EVENT]
    answer = Client().bulk(*items)
    assert [list(item) for item in answer.json["items"]] == [["create"], ["index"]]


def test_a_bad_event_does_not_stop_the_others():
    client = Client()
    answer = client.bulk({"index": {}}, b"{", {"index": {}}, EVENT, {"delete": {"_id": "1"}})
    assert answer.json["errors"]
    statuses = [next(iter(item.values()))["status"] for item in answer.json["items"]]
    assert statuses == [400, 201, 400]
    assert answer.json["items"][0]["index"]["error"]["type"] == "document_parsing_exception"
    assert client.kept.lines == [LINE]


def test_the_index_of_the_path_is_for_actions_without_one():
    client = Client()
    client.bulk({"index": {}}, EVENT, {"index": {"_index": "own"}}, EVENT, url="/logs-p/_bulk")
    assert client.kept.names == [("logs-p", ""), ("own", "")]


def test_filter_path_shows_what_beats_ask_for():
    client = Client()
    url = "/_bulk?filter_path=errors,items.*.error,items.*.status"
    answer = client.bulk({"create": {}}, EVENT, {"create": {}}, b"[]", url=url)
    assert answer.json["errors"] is True
    assert answer.json["items"][0] == {"create": {"status": 201}}
    assert set(answer.json["items"][1]["create"]) == {"status", "error"}
    assert set(answer.json) == {"errors", "items"}
    assert client.bulk({"create": {}}, EVENT, url="/_bulk?filter_path=items.*.error").json == {}


def test_an_event_of_no_year_is_refused_with_the_reason():
    items = [{"create": {}}, b'{"@timestamp": 1704067200123456789}', {"create": {}}, EVENT]
    refused, taken = Client().bulk(*items).json["items"]
    assert refused["create"]["status"] == 400
    assert refused["create"]["error"]["reason"].endswith("a time of the years 1 to 9999")
    assert taken["create"]["status"] == 201


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(
    ("path", "verb"), [("/logs-x/_doc/7", "index"), ("/logs-x/_create/7", "create")]
)
def test_a_single_event(method, path, verb):
    client = Client()
    answer = client(method, path, LINE)
    assert answer.status == 201
    assert (answer.json["_index"], answer.json["_id"], answer.json["result"]) == (
        "logs-x",
        "7",
        "created",
    )
    assert client.kept.names == [("logs-x", "7")]


@pytest.mark.parametrize("name", ["a%2Fb", "a%2fb", "%2F", "a%2Fb%20c%3Fd%2F"])
def test_an_id_may_hold_slashes(name):
    client = Client()
    answer = client("PUT", f"/logs-x/_create/{name}", LINE)
    assert answer.json["_id"] == unquote(name)
    assert client.kept.names == [("logs-x", unquote(name))]


def test_a_slash_behind_a_path_is_nothing():
    client = Client()
    assert client.bulk({"create": {}}, EVENT, url="/logs-x/_bulk/").json["errors"] is False
    assert client("POST", "/logs-x/_doc/", LINE).status == 201
    assert client.kept.names == [("logs-x", "")] * 2


def test_a_single_event_without_an_id_is_named_by_its_content():
    answer = Client()(
        "POST", "/logs-x/_doc", b'{ "message": "x",\n "@timestamp": "2026-08-01T12:00:00.000Z" }'
    )
    assert answer.json["_id"] == content_hash(LINE)


def test_a_bad_single_event_is_an_error_as_elasticsearch_shapes_it():
    answer = Client()("POST", "/logs-x/_doc", b'{"@timestamp": 1')
    assert answer.status == 400
    error = answer.json["error"]
    assert error["root_cause"] == [{"type": error["type"], "reason": error["reason"]}]
    assert answer.json["status"] == 400


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda text: zlib.compress(text, wbits=-15)),
        ("zstd", zstandard.compress),
        ("gzip", lambda text: gzip.compress(text[:7]) + gzip.compress(text[7:])),
        ("zstd", lambda text: zstandard.compress(text[:7]) + zstandard.compress(text[7:])),
    ],
)
@pytest.mark.parametrize("pieces", [1, 3])
def test_bodies_may_be_compressed(coding, pack, pieces):
    client = Client()
    text = pack(b'{"index":{}}\n' + LINE + b"\n")
    answer = client("POST", "/_bulk", text, {"content-encoding": coding}, pieces=pieces)
    assert answer.json["errors"] is False
    assert client.kept.lines == [LINE]


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", b"no"), ("gzip", zipped(EVENT)[:-9]), ("deflate", b"\xff\xff"), ("zstd", b"no zstd")],
    ids=["gzip", "gzip cut short", "deflate", "zstd"],
)
def test_a_broken_compressed_body_is_said_to_be_one(coding, body):
    answer = Client()("POST", "/_bulk", body, {"content-encoding": coding})
    assert answer.status == 400
    assert "cannot be decompressed" in answer.json["error"]["reason"]


def test_what_is_too_large_is_refused():
    limits = Limits(body=1_000, inflated=50_000, inflated_freely=2_000, ratio=10, event=500)
    client = Client(limits=limits)
    assert client("POST", "/_bulk", b"x" * 1_001).status == 413
    assert client("POST", "/_bulk", b"x" * 1_001, {"content-length": "1"}, pieces=5).status == 413
    assert (
        client(
            "POST", "/_bulk", b"", {"content-length": "9" * 12, "content-type": "application/json"}
        ).status
        == 413
    )
    for size in (20_000, 60_000):
        packed = gzip.compress(b" " * size)
        assert client("POST", "/_bulk", packed, {"content-encoding": "gzip"}).status == 413
    large = {**EVENT, "message": "x" * 600}
    answer = client.bulk({"index": {}}, large, {"index": {}}, EVENT)
    assert [item["index"]["status"] for item in answer.json["items"]] == [400, 201]
    assert answer.json["items"][0]["index"]["error"]["type"] == "content_too_long_exception"
    assert client.kept.lines == [LINE]


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (JournalBusyError("busy"), 429, "es_rejected_execution_exception"),
        (JournalFullError("full"), 429, "cluster_block_exception"),
        (JournalClosedError("closed"), 503, "unavailable_shards_exception"),
    ],
)
def test_what_the_journal_does_not_take_is_to_be_sent_again(error, status, kind):
    client = Client(log=Kept(fails=error))
    answer = client.bulk({"index": {}}, EVENT, {"index": {}}, b"{")
    assert (answer.status, answer.json["error"]["type"]) == (status, kind)
    statuses = [item["index"]["status"] for item in answer.json["items"]]
    assert (answer.json["errors"], statuses) == (True, [status, 400])
    assert answer.headers["retry-after"] == "1"
    assert client("POST", "/a/_doc", LINE).status == status


def test_an_engine_too_far_behind_takes_nothing():
    client = Client(behind=lambda: 11, limits=Limits(behind=10))
    answer = client.bulk({"index": {}}, EVENT)
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    assert answer.json["items"][0]["index"]["status"] == 429
    assert client("POST", "/a/_doc", LINE).status == 429
    assert not client.kept.frames


def test_a_body_waits_for_room(monkeypatch):
    client = Client(limits=Limits(held=400))
    budget = []
    take = Budget.take

    def busy_twice(self, size):
        budget.append(size)
        if len(budget) < 3:
            raise busy("for a test")
        take(self, size)

    monkeypatch.setattr(Budget, "take", busy_twice)
    assert client.bulk({"index": {}}, EVENT).status == 200
    assert budget[:3] == [69, 69, 69]


def test_too_many_bytes_at_a_time_are_refused_and_given_back():
    client = Client(limits=Limits(held=200))
    for _ in range(3):
        assert client.bulk({"index": {}}, {**EVENT, "m": "x" * 300}).status == 429
        assert client.bulk({"index": {}}, EVENT).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_must_be_declared_as_json(kind):
    assert Client()("POST", "/_bulk", b"x", {"content-type": kind}).status == 406


def test_answers_are_of_the_type_that_the_client_asks_for():
    accept = "application/vnd.elasticsearch+json; compatible-with=9"
    answer = Client()("GET", "/", headers={"accept": accept})
    assert answer.headers["content-type"] == "application/vnd.elasticsearch+json;compatible-with=9"
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert Client()("GET", "/").headers["content-type"] == "application/json"


def test_large_bodies_become_several_frames():
    client = Client()
    line = orjson.dumps({**EVENT, "message": "x" * 500_000})
    pair = b'{"index":{}}\n' + line + b"\n"
    answer = client("POST", "/_bulk", pair * 20)
    assert answer.json["errors"] is False
    assert [len(frame.lines) for frame in client.kept.frames] == [9, 9, 2]


def test_pipelines_are_told_of_once(caplog):
    client = Client()
    for _ in range(2):
        client.bulk({"index": {"pipeline": "one"}}, EVENT, url="/_bulk?pipeline=two")
        client("POST", "/logs-x/_doc?pipeline=three", LINE)
    told = sorted(record.pipeline for record in caplog.records)
    assert told == ["one", "three", "two"]


def test_counters_account_for_each_event():
    client = Client()
    client.bulk({"index": {}}, EVENT, {"index": {}}, b"{", {"index": {}}, EVENT)
    assert client.parts.counters.total("events_accepted") == 2
    assert client.parts.counters.total("events_refused") == 1
    metrics = client("GET", "/metrics").body.decode()
    assert "tocsin_events_accepted_total 2" in metrics
    assert 'tocsin_events_refused_total{reason="document_parsing_exception"} 1' in metrics
