"""Questions in ES|QL over HTTP, as Elasticsearch answers them."""

import orjson
import pytest
from ask_browser import Here
from serving import Client

from asked_store import NOON, event, readable, stored
from tocsin.corpus.ask.asked import TooMuchError
from tocsin.server import esql
from tocsin.server.esql import Tables

AT = "2026-08-01T12:00:00.000Z"


class Busy:
    """Answers nothing."""

    async def ask(self, *_):
        raise TooMuchError("Ask again in a while.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("tables")
    sealed = [event(NOON + second, "curl", source={"ip": "10.0.0.1"}) for second in range(3)]
    stored(found, sealed, [event(NOON + 3, "wget", tags=["a", "b"])])
    return found


@pytest.fixture
def client(folder):
    with readable(folder) as store:
        yield Client(more=Tables(Here(store), lambda: NOON).ways())


def ask(client, query, status=200, path="/_query", **more):
    answer = client("POST", path, orjson.dumps({"query": query, **more}))
    assert answer.status == status, answer.body
    return answer


def test_columns_have_types_and_rows_are_lists(client):
    told = ask(
        client,
        "from * | stats n = count(*), first = min(@timestamp) by process.name, source.ip"
        " | sort process.name | limit 5",
    ).json
    assert told["columns"] == [
        {"name": "n", "type": "long"},
        {"name": "first", "type": "date"},
        {"name": "process.name", "type": "keyword"},
        {"name": "source.ip", "type": "ip"},
    ]
    assert [row[0] for row in told["values"]] == [3, 1]
    assert [row[2:] for row in told["values"]] == [["curl", "10.0.0.1"], ["wget", None]]
    assert told["is_partial"] is False
    assert told["took"] >= 0


def test_the_same_column_by_column(client):
    told = ask(
        client, "from * | keep process.name, tags | sort process.name | limit 9", columnar=True
    )
    assert told.json["values"] == [["curl", "curl", "curl", "wget"], [None, None, None, ["a", "b"]]]


def test_a_question_without_a_limit_has_that_of_elasticsearch(client, monkeypatch):
    monkeypatch.setattr(esql, "DEFAULT", 2)
    told = ask(client, "from *")
    assert len(told.json["values"]) == 2
    assert "No limit defined" in told.headers["warning"]
    told = ask(client, "from * | limit 3")
    assert len(told.json["values"]) == 3
    assert "warning" not in told.headers


def test_a_table_without_events(client):
    told = ask(client, 'row a = 1, b = null, c = to_datetime("2026-08-01T12:00:00Z") | limit 1')
    assert [column["type"] for column in told.json["columns"]] == ["long", "null", "date"]
    assert told.json["values"] == [[1, None, AT]]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"query": "from * | wher x"}, "wher"),
        ({"query": "from * | where process.pid"}, "condition"),
        ({"query": ""}, "is a text of ES|QL"),
        ({}, "is a text of ES|QL"),
        ({"query": 1}, "is a text of ES|QL"),
        ({"query": "from *", "filter": {"match_all": {}}}, r"[filter] is not supported"),
        ({"query": "from * | where a == ?b", "params": [{"b": 1}]}, "params"),
        ({"query": "from .alerts-security.alerts-default"}, "alerts by _search"),
        ({"query": "from logs-*, .alerts-security.*"}, "ask for them apart"),
    ],
)
def test_what_cannot_be_asked_is_told(client, body, word):
    answer = client("POST", "/_query", orjson.dumps(body))
    assert answer.status == 400
    assert word in answer.json["error"]["reason"]


def test_formats_other_than_json_are_told(client):
    assert b"/ask.csv" in ask(client, "from *", 400, "/_query?format=csv").body
    ask(client, "from *", 200, "/_query?format=json&pretty")


def test_who_asks_too_much_is_told_to_wait():
    answer = ask(Client(more=Tables(Busy(), lambda: NOON).ways()), "from *", 503)
    assert answer.json["error"]["reason"] == "Ask again in a while."
