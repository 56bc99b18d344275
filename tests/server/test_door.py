"""Who is let in: names of this machine, API keys and their scopes; errors leave in one shape."""

import asyncio
import logging

import orjson
import pytest
from serving import EVENT, NOW, Client

from tocsin.server.door import Door, Policy
from tocsin.server.keys import Keys, encoded, make_key
from tocsin.store.error import StoreAwayError

LINE = orjson.dumps(EVENT)


class Shelf:
    def __init__(self):
        self.records = {}

    def keys(self):
        return list(self.records.values())

    def add(self, *scopes):
        record, secret = make_key("a shipper", scopes, NOW)
        self.records[record.id] = record
        return record, secret


@pytest.fixture
def shelf():
    return Shelf()


def guarded(shelf):
    return Client(policy=Policy(Keys(shelf.keys)))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9280", "[::1]:9280", "LOCALHOST.:80"])
def test_without_keys_this_machine_is_known_by_its_names(host):
    assert Client()("GET", "/", headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:9280", "[::1"]
)
def test_another_name_may_be_a_page_that_points_it_here(host):
    answer = Client()("GET", "/", headers={"host": host})
    assert (answer.status, answer.json["error"]["type"]) == (403, "security_exception")


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_pages_of_other_sites_are_not_served(headers):
    assert Client()("POST", "/a/_doc", LINE, headers).status == 403


@pytest.mark.parametrize("path", ["/health%3F/_search", "/ready%23", "/health/x", "/health%2F"])
def test_only_the_very_paths_are_open(shelf, path):
    assert guarded(shelf)("GET", path).status == 401
    odd = guarded(shelf)("GET", "/_search", headers={"host": "localhost/health?"})
    assert odd.status == 401


def test_what_comes_behind_a_body_may_take_its_time():
    """As the end of the connection, for which whoever sends a long answer looks out."""
    seen = []

    async def looking_out(scope, receive, send):
        seen.extend([await receive() for _ in range(3)])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    door = Door(looking_out, Policy(), body_seconds=0.0)

    async def slow(scope, receive, send):
        async def receive_slowly():
            message = await receive()
            if message["type"] == "http.disconnect":
                await asyncio.sleep(0.001)
            return message

        await door(scope, receive_slowly, send)

    assert Client(app=slow)("POST", "/a/_doc", LINE, pieces=2).status == 200
    assert [message["type"] for message in seen] == ["http.request"] * 2 + ["http.disconnect"]


def test_a_page_of_this_server_is_served():
    headers = {"origin": "http://localhost:9280", "sec-fetch-site": "same-origin"}
    assert Client()("POST", "/a/_doc", LINE, headers).status == 201


def test_a_link_from_another_site_may_be_followed():
    headers = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    assert Client()("GET", "/", headers=headers).status == 200
    assert Client()("POST", "/a/_doc", LINE, headers).status == 403
    framed = headers | {"sec-fetch-dest": "iframe"}
    assert Client()("GET", "/", headers=framed).status == 403


def test_keys_are_needed_where_there_are_keys(shelf):
    client = guarded(shelf)
    answer = client("GET", "/")
    assert answer.status == 401
    assert "ApiKey" in answer.headers["www-authenticate"]
    for path in ("/health", "/ready"):
        assert client("GET", path).status == 200


@pytest.mark.parametrize("scheme", ["ApiKey", "Basic", "Bearer", "apikey"])
def test_a_key_opens_what_its_scope_says(shelf, scheme):
    record, secret = shelf.add("ingest")
    client = guarded(shelf)
    headers = {"authorization": f"{scheme} {encoded(record.id, secret)}", "host": "siem.example"}
    assert client("POST", "/a/_doc", LINE, headers).status == 201
    assert client("GET", "/", headers=headers).status == 200
    answer = client("GET", "/metrics", headers=headers)
    assert answer.status == 403
    assert "[read]" in answer.json["error"]["reason"]
    who = client("GET", "/_security/_authenticate", headers=headers).json
    assert (who["username"], who["roles"]) == (record.id, ["ingest"])


def test_admin_opens_everything(shelf):
    record, secret = shelf.add("admin")
    headers = {"authorization": f"ApiKey {encoded(record.id, secret)}"}
    assert guarded(shelf)("GET", "/metrics", headers=headers).status == 200


def test_a_wrong_key_is_none(shelf):
    record, secret = shelf.add("ingest")
    client = guarded(shelf)
    wrong = [
        f"ApiKey {encoded(record.id, secret + 'x')}",
        f"ApiKey {encoded('nobody', secret)}",
        f"Digest {encoded(record.id, secret)}",
        "ApiKey not-base64!",
        "ApiKey " + "A" * 4_000,
        "ApiKey",
        "\xff",
    ]
    for given in wrong:
        assert client("GET", "/", headers={"authorization": given}).status == 401


def test_a_revoked_key_stops_within_seconds(shelf, monkeypatch):
    record, secret = shelf.add("ingest")
    client = guarded(shelf)
    headers = {"authorization": f"ApiKey {encoded(record.id, secret)}"}
    assert client("GET", "/", headers=headers).status == 200
    shelf.records[record.id] = record._replace(revoked=NOW)
    monkeypatch.setattr("tocsin.server.keys.FRESH", 0.0)
    assert client("GET", "/", headers=headers).status == 401


def test_guessing_keeps_nobody_out(shelf, monkeypatch):
    record, secret = shelf.add("ingest")
    client = guarded(shelf)
    headers = {"authorization": f"ApiKey {encoded(record.id, secret)}"}
    assert client("GET", "/", headers=headers).status == 200
    monkeypatch.setattr("tocsin.server.keys.FRESH", 0.0)
    monkeypatch.setattr("tocsin.server.keys.MOST_JUDGED", 0)
    wrong = {"authorization": f"ApiKey {encoded(record.id, 'guess')}"}
    assert client("GET", "/", headers=wrong).status == 429
    assert client("GET", "/", headers=headers).status == 200


def test_only_a_hash_of_a_secret_is_kept():
    record, secret = make_key("x", ("read",), NOW)
    other, _ = make_key("x", ("read",), NOW)
    assert secret not in repr(record)
    assert record.id != other.id
    assert len({record.hash[:16], other.hash[:16], record.hash[16:], other.hash[16:]}) == 4


def test_secrets_are_never_logged(shelf, caplog):
    record, secret = shelf.add("ingest")
    key = encoded(record.id, secret)
    with caplog.at_level(logging.DEBUG):
        client = guarded(shelf)
        client("GET", f"/metrics?token={secret}", headers={"authorization": f"ApiKey {key}"})
        client("GET", "/", headers={"authorization": f"ApiKey {key}x"})
    told = " ".join(str(vars(found)) for found in caplog.records)
    assert "/metrics" in told
    assert secret not in told
    assert key not in told


def test_a_failure_is_logged_and_answered_without_its_content(caplog):
    class Broken:
        def append(self, frame):
            raise ZeroDivisionError("inside")

    answer = Client(log=Broken()).bulk({"index": {}}, EVENT)
    assert answer.status == 500
    assert b"inside" not in answer.body
    assert "ZeroDivisionError" in caplog.text


def test_unknown_paths_and_methods_are_answered_as_elasticsearch_does():
    client = Client()
    assert client("GET", "/_nothing/there").status == 400
    assert "no handler" in client("GET", "/_nothing/there").json["error"]
    wrong = client("DELETE", "/_bulk")
    assert wrong.status == 405
    assert "POST" in wrong.headers["allow"]


def test_keys_that_cannot_be_asked_for_are_told_without_a_trace(caplog):
    def away():
        raise StoreAwayError("the server cannot be reached")

    record, secret = make_key("a shipper", ["ingest"], NOW)
    client = Client(policy=Policy(Keys(away)))
    answer = client(
        "POST", "/a/_doc", LINE, {"authorization": f"ApiKey {encoded(record.id, secret)}"}
    )
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.json["error"]["reason"] == "the server cannot be reached"
    assert "the store cannot be asked: the server cannot be reached" in caplog.messages
    assert not any(record.exc_info for record in caplog.records)
