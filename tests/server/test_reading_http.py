"""Questions over HTTP about stored events and alerts, as Elasticsearch answers them."""

import gzip
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import NOW, Client

from tocsin.corpus.stored import Corpus
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.journal.keeper import Limits as Retention
from tocsin.server.question import LARGEST
from tocsin.server.reading import Reading
from tocsin.server.scrolls import Scrolls
from tocsin.store.alert import StoredAlert
from tocsin.store.database import Database
from tocsin.store.error import StoreAwayError
from tocsin.store.export import INDEX
from tocsin.store.store import Store
from tocsin.store.triage import Act

DAY = 86_400_000


def event(name, second, host="h", **more):
    return {
        "@timestamp": f"2026-08-01T12:00:{second:02}.000Z",
        "event": {"category": "process"},
        "process": {"name": name, "pid": second},
        "host": {"id": host},
        **more,
    }


def alert(number, severity, rule):
    document = {
        "@timestamp": f"2026-08-01T12:{number:02}:00.000Z",
        "kibana.alert.uuid": f"{number:040}",
        "kibana.alert.rule.name": rule,
        "kibana.alert.severity": severity,
        "kibana.alert.risk_score": 10 * number,
        "host": {"name": f"host-{number % 2}"},
    }
    at = 1_785_585_600_000 + number * 60_000
    content = orjson.dumps(document)
    return StoredAlert(f"{number:040}", rule, rule, severity, 10 * number, at, False, content)


@pytest.fixture
def client(tmp_path):
    readers = ThreadPoolExecutor(1)
    with Journal(tmp_path / "journal") as journal, Store.open(tmp_path / "alerts.db") as store:
        keeper = Keeper(journal, tmp_path / "events", Retention(seal_after=0))
        reading = Reading(Corpus(journal, keeper.archive, store), readers, lambda: NOW)
        made = Client(log=journal, more=reading.ways())
        made.store, made.keeper, made.reading = store, keeper, reading
        yield made
    readers.shutdown()


def fill(client):
    events = [("curl", 1), ("a", 2), ("wget", 3), ("b", 4), ("curl", 5)]
    lines = []
    for name, second in events:
        lines += [{"create": {"_index": "logs-one-default", "_id": f"{name}-{second}"}}]
        lines += [event(name, second)]
    lines += [{"create": {"_index": "logs-two-default"}}, event("curl", 6, tags=["x", "y"])]
    assert not client.bulk(*lines).json["errors"]


def ask(client, path, body, status=200):
    answer = client("POST", path, orjson.dumps(body))
    assert answer.status == status, answer.body
    return answer.json


def test_questions_may_be_compressed(client):
    fill(client)
    text = gzip.compress(orjson.dumps({"query": {"term": {"process.name": "wget"}}}))
    packed = {"content-encoding": "gzip"}
    assert client("POST", "/logs-*/_count", text, packed).json["count"] == 1
    assert client("POST", "/logs-*/_search", text, packed).json["hits"]["total"]["value"] == 1
    assert client("POST", "/logs-*/_count", b"{}", packed).status == 400
    large = gzip.compress(b" " * (LARGEST + 1))
    assert client("POST", "/logs-*/_count", large, packed).status == 413


def ids(answer):
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def test_events_by_eql(client):
    fill(client)
    found = ask(client, "/logs-*/_eql/search", {"query": 'process where process.name == "curl"'})
    assert found["hits"]["total"] == {"value": 3, "relation": "eq"}
    assert [hit["_source"]["process"]["pid"] for hit in found["hits"]["events"]] == [1, 5, 6]
    assert found["hits"]["events"][0]["_index"] == "logs-one-default"
    assert found["hits"]["events"][0]["_id"] == "curl-1"
    assert (found["is_partial"], found["is_running"], found["timed_out"]) == (False, False, False)


def test_sequences_by_eql_with_what_is_missing(client):
    fill(client)
    query = 'sequence by host.id with maxspan=1m [process where process.name == "a"] {}'
    body = {"query": query.format('[process where process.name == "b"]')}
    (found,) = ask(client, "/logs-*/_eql/search", body)["hits"]["sequences"]
    assert found["join_keys"] == ["h"]
    assert [hit["_id"] for hit in found["events"]] == ["a-2", "b-4"]
    body = {"query": query.format('![process where process.name == "none"]')}
    (found,) = ask(client, "/logs-*/_eql/search", body)["hits"]["sequences"]
    assert found["events"][1] == {"_index": "", "_id": "", "_source": {}, "missing": True}


def test_eql_looks_at_the_index_and_the_filter_that_are_asked_for(client):
    fill(client)
    body = {"query": "process where true", "size": 100}
    assert len(ask(client, "/logs-two-*/_eql/search", body)["hits"]["events"]) == 1
    assert len(ask(client, "/logs-*,-logs-two-*/_eql/search", body)["hits"]["events"]) == 5
    body["filter"] = {"range": {"@timestamp": {"gt": "2026-08-01T12:00:04Z"}}}
    assert len(ask(client, "/*/_eql/search", body)["hits"]["events"]) == 2
    assert (
        ask(client, "/logs-*/_eql/search", {**body, "size": 1, "result_position": "head"})["hits"][
            "events"
        ][0]["_id"]
        == "curl-5"
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": "process where"},
        {"query": "process where true", "size": -1},
        {"query": "process where true", "fields": ["a"]},
        {"query": "process where true", "filter": {"geo": {}}},
        {"query": "process where true", "result_position": "middle"},
        [],
    ],
)
def test_eql_that_cannot_be_asked(client, body):
    assert ask(client, "/logs-*/_eql/search", body, 400)["error"]["reason"]


QUERIES = [
    ({"match_all": {}}, 6),
    ({"term": {"process.name": "curl"}}, 3),
    ({"term": {"process.pid": {"value": 3}}}, 1),
    ({"terms": {"process.name": ["a", "b"]}}, 2),
    ({"range": {"@timestamp": {"gte": "2026-08-01T12:00:04Z", "lt": "2026-08-01T12:00:06Z"}}}, 2),
    ({"range": {"@timestamp": {"gte": NOW + 5_000}}}, 2),
    ({"range": {"@timestamp": {"gte": "now-1h", "lte": "now+4s"}}}, 4),
    ({"exists": {"field": "tags"}}, 1),
    ({"query_string": {"query": "process.name:curl AND NOT tags:x"}}, 2),
    ({"prefix": {"process.name": "cu"}}, 3),
    (
        {
            "bool": {
                "must": [{"term": {"process.name": "curl"}}],
                "filter": {"range": {"process.pid": {"gt": 1}}},
                "must_not": [{"exists": {"field": "tags"}}],
            }
        },
        1,
    ),
    (
        {
            "bool": {
                "should": [{"term": {"process.name": "a"}}, {"term": {"process.name": "b"}}],
                "minimum_should_match": 1,
            }
        },
        2,
    ),
]


@pytest.mark.parametrize(("query", "count"), QUERIES)
@pytest.mark.parametrize("sealed", [False, True])
def test_events_by_query(client, query, count, sealed):
    fill(client)
    if sealed:
        while client.keeper.step(NOW + DAY):
            pass
        client.keeper.step(NOW + 2 * DAY)
        while client.keeper.step(NOW + 2 * DAY):
            pass
        assert list(client.keeper.archive.files())
    assert ask(client, "/logs-*/_count", {"query": query})["count"] == count
    found = ask(client, "/logs-*/_search", {"query": query, "size": 100})
    assert found["hits"]["total"] == {"value": count, "relation": "eq"}
    assert len(found["hits"]["hits"]) == count


def test_a_search_is_sorted_and_paged(client):
    fill(client)
    body = {"sort": [{"process.name": "desc"}, {"@timestamp": {"order": "asc"}}], "size": 2}
    first = ask(client, "/_search", body)
    assert ids(first) == ["wget-3", "curl-1"]
    assert first["hits"]["hits"][1]["sort"] == ["curl", NOW + 1_000]
    second = ask(client, "/_search", {**body, "search_after": ["curl", NOW + 1_000]})
    assert second["hits"]["hits"][0]["_id"] == "curl-5"
    assert second["hits"]["total"]["value"] == 6
    assert ids(ask(client, "/_search", {**body, "from": 1}))[0] == "curl-1"
    missing = {"sort": [{"tags": {"order": "asc", "missing": "_first"}}, "process.pid"], "size": 1}
    assert ids(ask(client, "/_search", missing)) == ["curl-1"]
    missing["sort"][0]["tags"]["missing"] = "_last"
    assert ask(client, "/_search", missing)["hits"]["hits"][0]["sort"] == ["x", 6]


def test_a_scroll_gives_everything_page_by_page(client):
    fill(client)
    url = "/logs-*/_search?scroll=1m&size=4&_source_includes=process.pid"
    answer = ask(client, url, {"sort": [{"process.pid": "desc"}]})
    assert answer["hits"]["total"]["value"] == 6
    pages = [answer["hits"]["hits"]]
    name = answer["_scroll_id"]
    client.bulk({"create": {}}, event("late", 7))
    while pages[-1]:
        answer = ask(client, "/_search/scroll", {"scroll_id": name, "scroll": "1m"})
        pages.append(answer["hits"]["hits"])
    pids = [[hit["_source"]["process"]["pid"] for hit in page] for page in pages]
    assert pids == [[6, 5, 4, 3], [2, 1], []]
    body = orjson.dumps({"scroll_id": [name]})
    assert client("DELETE", "/_search/scroll", body).json["num_freed"] == 1
    assert ask(client, "/_search/scroll", {"scroll_id": name}, 404)
    assert ask(client, "/logs-*/_search?scroll=soon", {}, 400)


def test_scrolls_end_by_themselves_and_are_few(client, monkeypatch):
    clock = [0.0]
    client.reading.scrolls = Scrolls(lambda: clock[0])
    monkeypatch.setattr("tocsin.server.scrolls.MOST_SCROLLS", 2)
    fill(client)
    names = [ask(client, "/_search?scroll=1m", {})["_scroll_id"] for _ in range(2)]
    assert ask(client, "/_search?scroll=1m", {}, 429)
    clock[0] = 61.0
    assert ask(client, "/_search/scroll", {"scroll_id": names[0]}, 404)
    assert ask(client, "/_search?scroll=1m", {})["_scroll_id"]


def test_the_source_is_shown_as_asked(client):
    fill(client)
    body = {"query": {"term": {"process.name": "a"}}}

    def shown(wanted):
        (hit,) = ask(client, "/_search", {**body, "_source": wanted})["hits"]["hits"]
        return hit.get("_source")

    assert shown(False) is None
    both = {"process": {"name": "a", "pid": 2}}
    assert shown("process.name") == {"process": {"name": "a"}}
    assert shown(["process", "host.*"]) == {**both, "host": {"id": "h"}}
    assert shown({"excludes": ["event", "@*", "host"]}) == both
    assert shown({"includes": ["pro*"], "excludes": "*.pid"}) == {"process": {"name": "a"}}
    assert shown("nothing") == {}
    assert shown(True)["event"] == {"category": "process"}


def test_the_source_is_shown_as_it_came(client):
    """Keys with dots stay keys, objects in lists stay there; what is empty was asked for."""
    document = {
        "@timestamp": "2026-08-01T12:00:01.000Z",
        "a.b": 1,
        "a": {"c": [{"x": 1, "y": 2}, {"y": 3}, 4], "d": {}},
    }
    client.bulk({"create": {"_index": "logs-one-default"}}, document)

    def shown(**wanted):
        (hit,) = ask(client, "/_search", {"_source": wanted})["hits"]["hits"]
        return hit["_source"]

    assert shown(includes="a.b") == {"a.b": 1}
    assert shown(includes="a.c.x") == {"a": {"c": [{"x": 1}]}}
    assert shown(includes=["a.d", "*.y"]) == {"a": {"c": [{"y": 2}, {"y": 3}], "d": {}}}
    assert shown(includes="a", excludes="a.*.x") == {
        "a.b": 1,
        "a": {"c": [{"y": 2}, {"y": 3}, 4], "d": {}},
    }
    assert shown(excludes=["@timestamp", "a.c.*"]) == {"a.b": 1, "a": {"c": [{}, {}, 4], "d": {}}}


def test_aggregations(client):
    fill(client)
    body = {
        "size": 0,
        "aggs": {
            "names": {
                "terms": {"field": "process.name", "size": 2},
                "aggs": {"last": {"max": {"field": "process.pid"}}},
            },
            "spans": {"date_histogram": {"field": "@timestamp", "fixed_interval": "3s"}},
            "kinds": {"cardinality": {"field": "process.name"}},
            "mean": {"avg": {"field": "process.pid"}},
        },
    }
    found = ask(client, "/_search", body)
    assert found["hits"]["hits"] == []
    told = found["aggregations"]
    assert told["names"]["buckets"] == [
        {"key": "curl", "doc_count": 3, "last": {"value": 6}},
        {"key": "a", "doc_count": 1, "last": {"value": 2}},
    ]
    assert told["names"]["sum_other_doc_count"] == 2
    assert [bucket["doc_count"] for bucket in told["spans"]["buckets"]] == [2, 3, 1]
    assert (told["kinds"]["value"], told["mean"]["value"]) == (4, 3.5)


def test_times_are_numbers_whatever_field_they_stand_in(client):
    """They are sorted and counted as moments, and told as text beside."""
    moments = ["2026-08-01T14:00:00+02:00", "2026-08-01T12:30:00Z", "1785582000000"]
    lines = []
    for number, ingested in enumerate(moments):
        more = {"event": {"ingested": ingested}, "n": number}
        lines += [{"create": {"_index": "logs-one-default"}}, event("a", number, **more)]
    client.bulk(*lines)
    body = {"_source": "n", "sort": [{"event.ingested": "asc"}], "size": 2}
    page = ask(client, "/_search", body)["hits"]["hits"]
    hour = 3_600_000
    assert [hit["_source"]["n"] for hit in page] == [2, 0]
    assert [hit["sort"] for hit in page] == [[NOW - hour], [NOW]]
    for after in (NOW, "2026-08-01T12:00:00Z"):
        (rest,) = ask(client, "/_search", {**body, "search_after": [after]})["hits"]["hits"]
        assert rest["_source"]["n"] == 1
    body["sort"] = [{"event.ingested": {"order": "desc", "format": "strict_date_optional_time"}}]
    page = ask(client, "/_search", body)["hits"]["hits"]
    assert page[0]["sort"] == ["2026-08-01T12:30:00.000Z"]
    field = {"field": "event.ingested"}
    aggs = {
        "hours": {"date_histogram": {**field, "fixed_interval": "1h"}},
        "first": {"min": field, "meta": {"shown": "left"}},
        "kinds": {"terms": {**field, "size": 1, "order": {"_key": "asc"}}},
    }
    told = ask(client, "/_search", {"size": 0, "aggs": aggs})["aggregations"]
    assert [bucket["doc_count"] for bucket in told["hours"]["buckets"]] == [1, 2]
    before = {"value": NOW - hour, "value_as_string": "2026-08-01T11:00:00.000Z"}
    assert told["first"] == {**before, "meta": {"shown": "left"}}
    (kind,) = told["kinds"]["buckets"]
    assert (kind["key"], kind["key_as_string"]) == (NOW - hour, "2026-08-01T11:00:00.000Z")


def test_histograms_tell_what_is_empty_between(client):
    fill(client)
    spans = {"field": "@timestamp", "fixed_interval": "1s"}
    query = {"query": {"term": {"process.name": "curl"}}, "size": 0}

    def told(**how):
        aggs = {"max": {"max": {"field": "process.pid"}}}
        body = {**query, "aggs": {"spans": {"date_histogram": {**spans, **how}, "aggs": aggs}}}
        buckets = ask(client, "/_search", body)["aggregations"]["spans"]["buckets"]
        return [(one["doc_count"], one["max"]["value"]) for one in buckets]

    every = [(1, 1), (0, None), (0, None), (0, None), (1, 5), (1, 6)]
    assert told() == every
    assert told(min_doc_count=0) == every
    assert told(min_doc_count=1) == [(1, 1), (1, 5), (1, 6)]
    assert told(min_doc_count=2) == []
    query["query"] = {"term": {"process.name": "nobody"}}
    assert told() == []


def test_empty_buckets_are_bounded(client):
    early = {**event("a", 1), "@timestamp": "2026-07-01T12:00:00.000Z"}
    client.bulk({"create": {}}, early, {"create": {}}, event("b", 2))
    spans = {"field": "@timestamp", "fixed_interval": "1s"}
    refused = ask(client, "/_search", {"aggs": {"spans": {"date_histogram": spans}}}, 400)
    assert refused["error"]["type"] == "too_many_buckets_exception"
    spans["min_doc_count"] = 1
    ask(client, "/_search", {"aggs": {"spans": {"date_histogram": spans}}})


def test_booleans_are_keys_as_elasticsearch_writes_them(client):
    lines = []
    for second, flag in enumerate([True, False, True]):
        lines += [{"create": {"_index": "logs-one-default"}}, event("a", second, flag=flag)]
    client.bulk(*lines)
    aggs = {"flags": {"terms": {"field": "flag"}}}
    assert ask(client, "/_search", {"aggs": aggs})["aggregations"]["flags"]["buckets"] == [
        {"key": 1, "key_as_string": "true", "doc_count": 2},
        {"key": 0, "key_as_string": "false", "doc_count": 1},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"filter": {}},
        {"filter": []},
        {"filter": None},
        {"timestamp_field": ""},
        {"event_category_field": ""},
        {"fetch_size": 1},
    ],
)
def test_options_of_eql_that_say_nothing_are_refused(client, body):
    query = {"query": "any where true"}
    ask(client, "/logs-*/_eql/search", query)
    ask(client, "/logs-*/_eql/search", {**query, **body}, 400)


def test_a_query_that_asks_for_nothing_is_refused(client):
    for path in ("/_search", "/_count"):
        ask(client, path, {"query": {"match_all": {}}})
        ask(client, path, {"query": {}}, 400)


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"nothing": {}}},
        {"query": {"range": {"@timestamp": {"gte": "now-1x"}}}},
        {"highlight": {}},
        {"size": 10_001},
        {"sort": [1]},
        {"sort": ["a"], "search_after": [1, 2]},
        {"sort": ["a"], "search_after": [[1]]},
        {"sort": ["@timestamp"], "search_after": ["yesterday"]},
        {"sort": [{"a": {"order": []}}]},
        {"sort": [{"a": {"missing": 7}}]},
        {"sort": [{"a": {"missing": {}}}]},
        {"sort": [{"a": {"mode": "max"}}]},
        {"sort": [{"a": {"nested": {"path": "a"}}}]},
        {"sort": [{"a": {"format": "date_time"}}]},
        {"sort": [{"@timestamp": {"format": ["date_time"]}}]},
        {"query": {"term": {"_index": "logs-x"}}},
        {"query": {"bool": {"filter": [{"exists": {"field": "_id"}}]}}},
        {"query": {"ids": {"values": ["a"]}}},
        {"query": {"multi_match": {"query": "a", "fields": ["b", "_id"]}}},
        {"query": {"query_string": {"query": "a", "default_field": "_index"}}},
        {"query": {"query_string": {"query": "a AND (_id: b)"}}},
        {"sort": ["_id"]},
        {"sort": [{"_index": "desc"}]},
        {"aggs": {"x": {"terms": {"field": "_index"}}}},
        {"aggs": {"x": {"terms": {"field": "a", "include": "b.*"}}}},
        {"aggs": {"x": {"terms": {"field": "a", "missing": "-"}}}},
        {"aggs": {"x": {"terms": {"field": "a", "order": "desc"}}}},
        {"aggs": {"x": {"terms": {"field": "a", "order": {"_key": []}}}}},
        {"aggs": {"x": {"terms": {"field": "a", "order": {"y": "desc"}}}}},
        {"aggs": {"x": {"terms": {"field": "a", "min_doc_count": 0}}}},
        {"aggs": {"x": {"avg": {"field": "a", "missing": 0}}}},
        *(
            {
                "aggs": {
                    "x": {"date_histogram": {"field": "@timestamp", "fixed_interval": "1h", **more}}
                }
            }
            for more in ({"offset": "1m"}, {"time_zone": "+02:00"}, {"time_zone": []})
        ),
        {"aggs": {"x": {"percentiles": {"field": "a"}}}},
        {"aggs": {"x": {}}},
        {"_source": 7},
    ],
)
def test_searches_that_cannot_be_asked(client, body):
    assert ask(client, "/logs-*/_search", body, 400)["error"]["reason"]


@pytest.mark.parametrize(
    "asked",
    [
        "/logs-*/_search?bogus=1",
        "/logs-*/_search?terminate_after=1",
        "/logs-*/_count?size=1",
        "/logs-*/_count?q=-_index:logs-x",
        "/logs-*,.alerts-security.alerts-default/_search",
    ],
)
def test_nothing_that_is_asked_for_is_passed_over(client, asked):
    assert client("GET", asked).status == 400


def test_terms_come_in_the_order_that_is_asked_for(client):
    fill(client)

    def keys(order, **more):
        terms = {"field": "process.name", "order": order, **more}
        aggs = {"x": {"terms": terms, "aggs": {"last": {"max": {"field": "process.pid"}}}}}
        told = ask(client, "/_search", {"size": 0, "aggs": aggs})["aggregations"]["x"]
        return [bucket["key"] for bucket in told["buckets"]]

    known = sorted(keys({"_key": "asc"}))
    assert len(known) == 4
    assert keys({"_key": "desc"}) == known[::-1]
    assert keys({"_key": "asc"}, size=2) == known[:2]
    assert keys({"_count": "asc"})[-1] == keys([{"_count": "desc"}, {"_key": "asc"}])[0] == "curl"
    assert keys({"last": "desc"})[0] == keys({"last.value": "asc"})[-1]
    assert keys({"_key": "asc"}, min_doc_count=2) == ["curl"]


def test_aggregations_are_bounded_together(client, monkeypatch):
    monkeypatch.setattr("tocsin.server.totals.Room.__init__.__defaults__", (6, 4))
    fill(client)
    inner = {"y": {"terms": {"field": "process.pid"}}}
    names = {"x": {"terms": {"field": "process.name"}}}
    assert ask(client, "/_search", {"aggs": names})
    nested = {"x": {**names["x"], "aggs": inner}}
    told = ask(client, "/_search", {"aggs": nested}, 400)
    assert told["error"]["type"] == "too_many_buckets_exception"
    kinds = {"x": {"cardinality": {"field": "process.name"}}}
    assert ask(client, "/_search", {"aggs": kinds})
    pids = {"y": {"cardinality": {"field": "process.pid"}}}
    assert ask(client, "/_search", {"aggs": {**kinds, **pids}}, 400)


def test_clients_that_want_types_before_names_get_them(client):
    fill(client)
    aggs = {
        "a": {
            "terms": {"field": "process.name"},
            "aggs": {"b": {"max": {"field": "process.pid"}}},
        },
        "c": {"terms": {"field": "process.pid"}},
        "d": {"date_histogram": {"field": "@timestamp", "fixed_interval": "1d"}},
        "e": {"terms": {"field": "nothing"}},
    }
    answer = client("POST", "/_search?typed_keys=true", orjson.dumps({"size": 0, "aggs": aggs}))
    told = answer.json["aggregations"]
    assert sorted(told) == ["date_histogram#d", "lterms#c", "sterms#a", "umterms#e"]
    assert "max#b" in told["sterms#a"]["buckets"][0]
    (day,) = told["date_histogram#d"]["buckets"]
    assert day["key_as_string"] == "2026-08-01T00:00:00.000Z"


def test_a_page_goes_on_behind_a_time_written_as_text(client):
    fill(client)

    def page(after=None, **how):
        more = {} if after is None else {"search_after": after}
        body = {"sort": [{"@timestamp": {"order": "asc", **how}}], "size": 2, **more}
        return ask(client, "/_search", body)["hits"]["hits"]

    first = page()
    number = first[-1]["sort"]
    text = page(format="strict_date_optional_time_nanos")[-1]["sort"]
    assert (number, text) == ([1_785_585_602_000], ["2026-08-01T12:00:02.000Z"])
    following = [hit["_id"] for hit in page(number)]
    assert following
    assert not {hit["_id"] for hit in first} & {*following}
    for after in (text, [str(number[0])], ["2026-08-01T14:00:02+02:00"]):
        assert [hit["_id"] for hit in page(after)] == following


def test_deep_clauses_are_refused(client):
    query = {"match_all": {}}
    for _ in range(60):
        query = {"bool": {"filter": [query]}}
    assert ask(client, "/_search", {"query": query}, 400)


@pytest.mark.parametrize(("depth", "statuses"), [(100, {200}), (198, {200})])
def test_deep_events_are_shown_or_said_to_be_too_deep(client, depth, statuses):
    content = b'{"@timestamp":"2026-08-01T12:00:01Z","a":' + b"[" * depth + b"]" * depth + b"}"
    assert client("POST", "/logs-x/_doc", content).status == 201
    for asked in ("", "?filter_path=**.x", "?filter_path=-**.x", "?pretty"):
        assert client("POST", f"/logs-x/_search{asked}", b"{}").status in {*statuses, 400}
    body = orjson.dumps({"query": "any where true"})
    assert client("POST", "/logs-x/_eql/search", body).status in statuses


def test_questions_by_url(client):
    fill(client)
    answer = client("GET", "/logs-*/_search?q=process.name:curl&size=1&sort=@timestamp:desc")
    assert answer.json["hits"]["hits"][0]["_source"]["process"]["pid"] == 6
    assert client("GET", "/logs-*/_count?q=process.name:curl").json["count"] == 3
    both = "/logs-*/_count?q=process.name:curl+process.pid:6"
    assert client("GET", both).json["count"] == 3
    assert client("GET", f"{both}&default_operator=AND").json["count"] == 1
    assert client("GET", "/logs-*/_count?q=curl&df=process.name").json["count"] == 3
    assert client("GET", "/logs-*/_count?q=curl&df=host.id").json["count"] == 0
    older = client("GET", "/logs-*/_search?rest_total_hits_as_int=true&size=0").json
    assert older["hits"]["total"] == 6


def test_older_names_of_limits_may_hold_date_math(client):
    fill(client)
    for limits, count in (({"from": "now+2s"}, 5), ({"to": "now+2s", "include_upper": False}, 1)):
        query = {"range": {"@timestamp": limits}}
        assert ask(client, "/_count", {"query": query})["count"] == count


def test_alerts_are_found_with_what_people_did(client):
    alerts = [alert(1, "low", "One"), alert(2, "high", "Two"), alert(3, "high", "Two")]
    client.store.put(alerts)
    client.store.set_status([alerts[1].id], "closed", Act("me", NOW), reason="duplicate")
    path = f"/{INDEX}/_search"
    query = {"bool": {"filter": [{"term": {"kibana.alert.workflow_status": "open"}}]}}
    found = ask(client, path, {"query": query, "sort": [{"@timestamp": "desc"}]})
    assert ids(found) == [alerts[2].id, alerts[0].id]
    assert found["hits"]["hits"][0]["_index"] == INDEX
    query = {"range": {"@timestamp": {"gte": "2026-08-01T12:02:00Z"}}}
    assert ask(client, "/.alerts-security*/_count", {"query": query})["count"] == 2
    by = {"aggs": {"by": {"terms": {"field": "kibana.alert.severity"}}}, "size": 0}
    buckets = ask(client, path, by)["aggregations"]["by"]["buckets"]
    assert [(bucket["key"], bucket["doc_count"]) for bucket in buckets] == [("high", 2), ("low", 1)]
    for name in (".alerts-*", ".internal.alerts-security.alerts-default-000001", "alerts"):
        assert client("GET", f"/{name}/_count").json["count"] == 3
    for query in (
        {"terms": {"_id": [alerts[0].id, alerts[2].id]}},
        {"ids": {"values": [alerts[0].id, alerts[2].id]}},
        {"bool": {"must_not": {"term": {"_id": alerts[1].id}}}},
    ):
        found = ask(client, path, {"query": query, "sort": ["@timestamp"]})
        assert ids(found) == [alerts[0].id, alerts[2].id]
    one = client("GET", f"/{INDEX}/_doc/{alerts[1].id}").json
    assert (one["found"], one["_source"]["kibana.alert.workflow_status"]) == (True, "closed")
    assert client("GET", f"/{INDEX}/_doc/none").status == 404
    assert client("GET", f"/{INDEX}/_source/{alerts[0].id}").json["kibana.alert.severity"] == "low"
    assert ask(client, "/_count", {})["count"] == 0


def test_sequences_of_alerts(client):
    client.store.put([alert(1, "low", "One"), alert(2, "high", "Two")])
    query = (
        'sequence [any where kibana.alert.severity == "low"] '
        '[any where kibana.alert.severity == "high"]'
    )
    found = ask(client, f"/{INDEX}/_eql/search", {"query": query})
    assert len(found["hits"]["sequences"]) == 1


def test_a_question_that_takes_too_long_ends(client):
    fill(client)
    client.reading.longest = -1.0
    body = ask(client, "/logs-*/_eql/search", {"query": "process where true"}, 400)
    assert body["error"]["type"] == "timeout_exception"


names = st.sampled_from(["process.name", "@timestamp", "tags", "host", "", "a.b"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=4))
clauses = st.recursive(
    st.one_of(
        st.just({"match_all": {}}),
        st.builds(lambda name, value: {"term": {name: value}}, names, scalars),
        st.builds(lambda name, value: {"range": {name: {"gte": value}}}, names, scalars),
        st.builds(lambda name: {"exists": {"field": name}}, names),
        st.builds(lambda text: {"query_string": {"query": text}}, st.text(max_size=8)),
        scalars,
    ),
    lambda inner: st.builds(
        lambda key, value: {"bool": {key: value}},
        st.sampled_from(["must", "filter", "should", "must_not", "minimum_should_match"]),
        st.one_of(inner, st.lists(inner, max_size=2)),
    ),
    max_leaves=4,
)
searches = st.fixed_dictionaries(
    {},
    optional={
        "query": clauses,
        "sort": st.one_of(scalars, st.lists(st.one_of(names, st.dictionaries(names, scalars)))),
        "size": scalars,
        "from": scalars,
        "_source": st.one_of(scalars, st.lists(names)),
        "search_after": st.lists(scalars, max_size=2),
        "aggs": st.dictionaries(
            names, st.one_of(scalars, st.builds(lambda name: {"terms": {"field": name}}, names))
        ),
    },
)
questions = st.fixed_dictionaries(
    {
        "query": st.one_of(
            st.sampled_from(["any where true", "sequence [any where true] [any where a == 1]"]),
            st.text(max_size=12),
        )
    },
    optional={"filter": clauses, "size": scalars, "tiebreaker_field": st.one_of(names, scalars)},
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(searches, questions))
def test_no_question_makes_the_server_fail(client, body):
    if not client.parts.log.end:
        fill(client)
        client.store.put([alert(1, "low", "One")])
    text = orjson.dumps(body)
    for path in ("/logs-*/_search", f"/{INDEX}/_search", "/logs-*/_eql/search", "/*/_count"):
        assert client("POST", path, text).status in {200, 400}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=30), st.text(max_size=8))
def test_no_text_makes_it_fail(client, body, name):
    assert client("POST", "/logs-*/_search", body).status in {200, 400}
    index = name.replace("/", "").replace("?", "").replace("#", "") or "x"
    assert client("POST", f"/{index}/_count", b"{}").status in {200, 400}


def test_a_store_that_is_away_is_no_mistake_of_the_client(client, monkeypatch):
    def away(*_, **__):
        raise StoreAwayError("the server cannot be reached: Connection refused")

    monkeypatch.setattr(Database, "reading", away)
    answer = client("GET", "/.alerts-security.alerts-default/_count")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.json["error"]["reason"] == "the server cannot be reached: Connection refused"
