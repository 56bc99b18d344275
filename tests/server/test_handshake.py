"""What shippers ask before they send events."""

import gzip
import zlib

import orjson
import pytest
import zstandard
from serving import Client

from tocsin.server.handshake import ALL_KEPT, LARGEST_KEPT


def test_the_root_says_what_clients_check():
    answer = Client()("GET", "/")
    assert answer.json["tagline"] == "You Know, for Search"
    major, minor, _ = answer.json["version"]["number"].split(".")
    assert (int(major), int(minor) > 20) == (9, True)
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert Client()("HEAD", "/").status == 200


def test_licence_features_health_and_nodes():
    client = Client()
    assert client("GET", "/_license?human=false").json["license"]["status"] == "active"
    assert client("GET", "/_xpack").json["features"]["ilm"]["available"]
    assert client("GET", "/_cluster/health").json["status"] == "green"
    nodes = client("GET", "/_nodes/_all/http").json["nodes"]
    assert nodes["tocsin"]["http"]["publish_address"] == "127.0.0.1:9280"


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/_license", "uid type status issue_date_in_millis issued_to issuer start_date_in_millis"),
        ("/_security/_authenticate", "username roles metadata authentication_realm lookup_realm"),
        ("/_cluster/health", "delayed_unassigned_shards number_of_pending_tasks timed_out"),
    ],
)
def test_what_typed_clients_cannot_do_without_is_there(path, read):
    """The Java client refuses an answer that lacks one of them."""
    found = Client()("GET", path).json
    assert {*read.split()} <= {*found.get("license", found)}


def test_the_processors_that_modules_of_filebeat_look_for_are_there():
    (node,) = Client()("GET", "/_nodes/ingest").json["nodes"].values()
    kinds = {processor["type"] for processor in node["ingest"]["processors"]}
    assert {"geoip", "user_agent", "grok", "date", "community_id"} <= kinds


@pytest.mark.parametrize(
    "path",
    [
        "/_index_template/filebeat-9.2.0",
        "/_component_template/logs@custom",
        "/_template/logstash",
        "/_ilm/policy/filebeat",
        "/_ingest/pipeline/filebeat-9.2.0-nginx",
        "/_data_stream/filebeat-9.2.0",
        "/logstash-000001",
    ],
)
def test_settings_that_shippers_leave_are_there_afterwards(path):
    client = Client()
    assert client("HEAD", path).status == 404
    assert client("PUT", path, '{"a": 1}').json["acknowledged"]
    found = client("GET", path)
    assert found.status == 200
    assert path.rpartition("/")[2] in found.body.decode()


def test_names_may_hold_slashes_and_paths_end_with_one():
    """As Logstash makes its first index, and whoever has a slash behind the host's name."""
    client = Client()
    path = "/%3Clogstash-%7Bnow%2Fd%7D-000001%3E"
    assert client("PUT", path, '{"aliases": {}}').json["index"] == "<logstash-{now/d}-000001>"
    assert client("HEAD", path).status == 200
    assert client("PUT", "/_ilm/policy/a/", "{}").status == 200
    assert client("GET", "/_ilm/policy/a").status == 200
    assert client("GET", "/_license/").status == 200
    assert client("GET", "//").status == 400


def test_an_index_that_was_made_has_aliases_mappings_and_settings():
    """As older Beats, Logstash and Kafka Connect ask for them."""
    client = Client()
    assert client("GET", "/_alias/auditbeat-7.17.9").status == 404
    assert client("GET", "/made-1/_mapping").status == 404
    body = '{"aliases": {"auditbeat-7.17.9": {"is_write_index": true}}}'
    assert client("PUT", "/made-1", body).json["acknowledged"]
    alias = {"made-1": {"aliases": {"auditbeat-7.17.9": {"is_write_index": True}}}}
    assert client("GET", "/_alias/auditbeat-7.17.9").json == alias
    assert client("HEAD", "/made-1/_alias/auditbeat-7.17.9").status == 200
    assert client("GET", "/made-1/_mapping").json == {"made-1": {"mappings": {}}}
    assert client("GET", "/made-1/_settings").json == {"made-1": {"settings": {}}}
    fields = {"properties": {"user": {"type": "keyword"}}}
    client("PUT", "/made-1/_mapping", orjson.dumps(fields))
    assert client("GET", "/made-1/_mapping").json == {"made-1": {"mappings": fields}}
    client("PUT", "/made-1/_alias/other")
    assert client("GET", "/_alias/other").json == {"made-1": {"aliases": {"other": {}}}}
    for body in ("[]", '{"aliases": []}', '{"aliases": {"deep": ' + "[" * 900 + "]" * 900 + "}}"):
        assert client("PUT", "/made-2", body).status in {200, 400}
        assert client("GET", "/made-2").status in {200, 404}


@pytest.mark.parametrize("path", ["/_unknown", "/_unknown/_mapping", "/_all/_settings"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_begins_with_an_underscore_is_no_index(method, path):
    refused = Client()(method, path)
    assert refused.status == 400
    assert refused.json["error"]["type"] == "invalid_index_name_exception"


def test_settings_can_be_removed_and_must_be_json():
    client = Client()
    client("PUT", "/_ilm/policy/x", "{}")
    client("DELETE", "/_ilm/policy/x")
    assert client("GET", "/_ilm/policy/x").status == 404
    assert client("PUT", "/_ilm/policy/x", "{").status == 400
    large = b'"' + b"x" * LARGEST_KEPT + b'"'
    assert client("PUT", "/_ilm/policy/x", large).status == 413
    packed = client("PUT", "/_ilm/policy/x", gzip.compress(large), {"content-encoding": "gzip"})
    assert packed.status == 413
    assert client("GET", "/_ilm/policy/x").status == 404


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.compress)],
)
def test_settings_may_be_compressed_and_as_large_as_the_templates_of_beats(coding, pack):
    client = Client()
    fields = {f"field_{number}": {"type": "keyword"} for number in range(20_000)}
    text = orjson.dumps({"template": {"mappings": {"properties": fields}}})
    assert len(text) > 600_000
    made = client("PUT", "/_index_template/all", pack(text), {"content-encoding": coding})
    assert made.json == {"acknowledged": True}
    (found,) = client("GET", "/_index_template/all").json["index_templates"]
    assert found["index_template"]["template"]["mappings"]["properties"] == fields
    wrong = client("PUT", "/_index_template/all", b"x", {"content-encoding": coding})
    assert wrong.status == 400
    assert client("PUT", "/_ilm/policy/x", b"{}", {"content-encoding": "br"}).status == 415


def test_settings_that_are_left_anew_take_no_more_room():
    client = Client()
    large = orjson.dumps({"a": "x" * (LARGEST_KEPT // 2)})
    for _ in range(2 * ALL_KEPT // len(large)):
        client("PUT", "/_ilm/policy/again", large)
    assert len(client("GET", "/_ilm/policy/again").json["again"]["a"]) == LARGEST_KEPT // 2
    for number in range(2 * ALL_KEPT // len(large)):
        assert client("PUT", f"/_ilm/policy/{number}", large).status == 200
        assert client("HEAD", f"/_ilm/policy/{number}").status == 200
    sizes = [len(client("GET", f"/_ilm/policy/{number}").body) for number in range(15)]
    assert 0 < sum(sizes) <= ALL_KEPT


def test_settings_of_any_depth_are_taken_and_shown():
    client = Client()
    for depth in (300, 1_000):
        client("PUT", "/_ilm/policy/deep", b'{"a":' * depth + b"1" + b"}" * depth)
        assert client("GET", "/_ilm/policy/deep").status in {200, 400}


def test_pipelines_are_said_not_to_run(caplog):
    Client()("PUT", "/_ingest/pipeline/nginx", "{}")
    assert "none is run" in caplog.text


def test_refresh_is_done_at_once():
    assert Client()("POST", "/logs-x/_refresh").json["_shards"]["failed"] == 0
