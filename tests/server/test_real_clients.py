"""Shippers as they are: what they send arrives, with their own settings and retries."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import pytest
from ask_browser import Here
from listening import running
from serving import EVENT, NOW, Kept

from asked_store import readable
from shippers import needs_rsyslog, needs_syslog_ng, rsyslog, syslog_ng
from tocsin.corpus.stored import Corpus
from tocsin.journal.errors import JournalBusyError
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper
from tocsin.server.door import Policy
from tocsin.server.esql import Tables
from tocsin.server.keys import Keys, make_key
from tocsin.server.reading import Reading
from tocsin.store.store import Store

elasticsearch = pytest.importorskip("elasticsearch", reason="the Python client is not installed")
from elasticsearch import helpers  # noqa: E402 - only if it is there


class Flaky(Kept):
    """A journal that is busy a few times."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def append(self, frame):
        if self.times:
            self.times -= 1
            raise JournalBusyError("busy for a test")
        return super().append(frame)


@contextmanager
def client(port, **options):
    made = elasticsearch.Elasticsearch(f"http://127.0.0.1:{port}", **options)
    try:
        yield made
    finally:
        made.close()


def actions(count, **more):
    return ({"_index": "logs-x", "_source": {**EVENT, "n": n}, **more} for n in range(count))


def numbers(kept):
    return sorted(orjson.loads(line)["n"] for line in kept.lines)


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("kind", ["index", "create"])
def test_bulk_of_the_python_client(compress, kind):
    kept = Kept()
    with running(kept) as port, client(port, http_compress=compress) as python:
        assert python.ping()
        assert python.info()["tagline"] == "You Know, for Search"
        done, errors = helpers.bulk(python, actions(1_200, _op_type=kind), chunk_size=500)
    assert (done, errors) == (1_200, [])
    assert numbers(kept) == list(range(1_200))


def test_streaming_bulk_of_the_python_client_sends_again_what_was_refused():
    kept = Flaky(2)
    with running(kept) as port, client(port) as python:
        results = helpers.streaming_bulk(
            python,
            actions(100),
            chunk_size=50,
            max_retries=5,
            initial_backoff=0.01,
            raise_on_error=False,
        )
        assert all(ok for ok, _ in results)
    assert numbers(kept) == list(range(100))


def test_parallel_bulk_and_single_documents_of_the_python_client():
    kept = Kept()
    with running(kept) as port, client(port) as python:
        assert all(ok for ok, _ in helpers.parallel_bulk(python, actions(300), chunk_size=50))
        made = python.index(index="logs-x", document={**EVENT, "n": 300}, id="a")
        assert (made["result"], made["_id"]) == ("created", "a")
        python.create(index="logs-x", id="b", document={**EVENT, "n": 301})
        python.indices.refresh(index="logs-x")
    assert numbers(kept) == list(range(302))


def test_errors_reach_the_python_client():
    kept = Kept()
    with running(kept) as port, client(port) as python:
        wrong = [{"_index": "logs-x", "_source": {"n": 0}}, *actions(1)]
        done, errors = helpers.bulk(python, wrong, raise_on_error=False)
        assert done == 1
        assert "@timestamp" in errors[0]["index"]["error"]["reason"]
        with pytest.raises(elasticsearch.BadRequestError, match="Invalid index name"):
            python.index(index="Upper", document=EVENT)


def test_api_keys_of_the_python_client():
    record, secret = make_key("python", ("ingest",), 0)
    other, _ = make_key("python", ("ingest",), 0)
    with running(policy=Policy(Keys(lambda: [record, other]))) as port:
        for options in ({"api_key": (record.id, secret)}, {"basic_auth": (record.id, secret)}):
            with client(port, **options) as python:
                assert helpers.bulk(python, actions(3))[0] == 3
                who = python.security.authenticate()
                assert who["roles"] == ["ingest"]
        with (
            client(port, api_key=(other.id, secret)) as python,
            pytest.raises(elasticsearch.AuthenticationException),
        ):
            python.info()


@pytest.mark.parametrize("compress", [False, True])
def test_eql_and_search_of_the_python_client(tmp_path, compress):
    readers = ThreadPoolExecutor(1)
    with (
        Journal(tmp_path / "journal") as journal,
        Store.open(tmp_path / "alerts.db") as store,
        readable(tmp_path) as stored,
    ):
        keeper = Keeper(journal, tmp_path / "events")
        reading = Reading(Corpus(journal, keeper.archive, store), readers, lambda: NOW)
        tables = Tables(Here(stored), lambda: NOW)
        with (
            running(journal, more=[*reading.ways(), *tables.ways()]) as port,
            client(port, http_compress=compress) as python,
        ):
            helpers.bulk(python, actions(100))
            found = python.eql.search(
                index="logs-*",
                query="any where n >= 98",
                filter={"range": {"@timestamp": {"lte": "now"}}},
            )
            assert [hit["_source"]["n"] for hit in found["hits"]["events"]] == [98, 99]
            query = "sequence [any where n == 1] [any where n == 2]"
            (pair,) = python.eql.search(index="logs-*", query=query)["hits"]["sequences"]
            assert [hit["_source"]["n"] for hit in pair["events"]] == [1, 2]
            assert python.count(index="logs-*", query={"term": {"n": 7}})["count"] == 1
            page = python.search(
                index="logs-*", query={"range": {"n": {"lt": 3}}}, sort=[{"n": "desc"}], size=2
            )
            assert [hit["_source"]["n"] for hit in page["hits"]["hits"]] == [2, 1]
            whole = helpers.scan(
                python, index="logs-*", query={"query": {"match_all": {}}}, size=40
            )
            assert sorted(hit["_source"]["n"] for hit in whole) == list(range(100))
            table = python.esql.query(
                query="from logs-* | where n < 3 | stats n = sum(n) | limit 1"
            )
            assert table["values"] == [[3]]
            with pytest.raises(elasticsearch.BadRequestError):
                python.eql.search(index="logs-*", query="any where")
    readers.shutdown()


def arrived(kept, count, seconds=20):
    """Wait until so many events are there."""
    until = time.monotonic() + seconds
    while len(kept.lines) < count and time.monotonic() < until:
        time.sleep(0.02)
    return [orjson.loads(line) for line in kept.lines]


@needs_rsyslog
@pytest.mark.parametrize("busy", [0, 2])
def test_rsyslog(tmp_path, busy):
    kept = Flaky(busy)
    lines = [f'line {number} "quoted" \\ å' for number in range(200)]
    (tmp_path / "app.log").write_text("".join(f"{line}\n" for line in lines))
    with running(kept) as port, rsyslog(tmp_path, port):
        events = arrived(kept, len(lines))
    assert sorted(event["message"].strip() for event in events) == sorted(lines)
    assert {event["event.dataset"] for event in events} == {"system.syslog"}
    assert {name for name, _ in kept.names} == {"logs-system.syslog-default"}


@needs_syslog_ng
@pytest.mark.parametrize("busy", [0, 2])
def test_syslog_ng(tmp_path, busy):
    kept = Flaky(busy)
    lines = [f'line {number} "quoted" \\ å' for number in range(200)]
    (tmp_path / "app.log").write_text("".join(f"{line}\n" for line in lines))
    with running(kept) as port, syslog_ng(tmp_path, port):
        events = arrived(kept, len(lines))
    assert sorted(event["MESSAGE"] for event in events) == sorted(lines)
    assert {name for name, _ in kept.names} == {"logs-system.syslog-default"}
