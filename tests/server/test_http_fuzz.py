"""Random requests: the server never fails, and each event is accepted or refused."""

import http.client
import socket

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import EVENT, Client

LINE = orjson.dumps(EVENT)
ACTION = b'{"index":{}}'

paths = st.sampled_from(
    [
        *("/", "//", "/x", "/health", "/metrics", "/_bulk", "/logs-x/_bulk", "/logs-x/_doc"),
        *("/logs-x/_doc/1", "/a/_create/1", "/%00/_doc", "/_license", "/_nodes/http"),
        *("/_refresh", "/_index_template/x", "/_kubernetes/audit"),
    ]
)
pieces = st.one_of(
    st.sampled_from(
        [ACTION, LINE, b"\n", b'{"delete":{"_id":"1"}}', b'{"create":{"_id":"\\ud800"}}']
    ),
    st.sampled_from(
        [
            b'{"_id":"\\ud800","_index":["x"],"_source":' + LINE + b"}",
            b'{"_id":"\\u00e9","_source":{"a":}}',
            b'{"_index":7,"_source":{},"_source":' + LINE + b',"items":[}',
            b'{"auditID":"","stage":"","annotations":{"a.b":1},"annotations":7}',
            b'{"apiVersion":"audit.k8s.io/","kind":"EventList","items":[{},7,"',
            b'audit.k8s.io","auditID":"1","stage":"x","timestamp":{}}]}',
        ]
    ),
    st.binary(max_size=20),
)
headers = st.dictionaries(
    st.sampled_from(
        ["content-encoding", "content-type", "accept", "content-length", "host", "origin", "expect"]
    ),
    st.one_of(
        st.sampled_from(
            ["gzip", "zstd", "deflate", "application/json", "localhost", "100-continue"]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    ),
    max_size=3,
)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]),
    paths,
    st.sampled_from(["", "?filter_path=items.*.status", "?pretty", "?filter_path=**.a,-b", "?%ff"]),
    st.lists(pieces, max_size=12).map(b"\n".join),
    headers,
    st.integers(1, 4),
)
def test_no_request_makes_the_server_fail(method, path, query, body, given_headers, parts):
    client = Client()
    answer = client(method, path + query, body, given_headers, pieces=parts)
    assert answer.status < 500
    assert len(client.kept.lines) == client.parts.counters.total("events_accepted")


candidates = st.sampled_from([LINE, b"{}", b"[", b'{"@timestamp":7}', b'"\xff"'])


@given(st.lists(candidates, min_size=1, max_size=9))
def test_no_event_is_unaccounted_for(events):
    client = Client()
    answer = client.bulk(*(line for event in events for line in (ACTION, event)))
    statuses = [item["index"]["status"] for item in answer.json["items"]]
    assert len(statuses) == len(events)
    assert client.kept.lines == [
        event for event, status in zip(events, statuses, strict=True) if status == 201
    ]
    assert set(statuses) <= {201, 400}


wire = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"POST /_bulk HTTP/1.1\r\n",
            b"GET / HTTP/1.1\r\n",
            b"Host: localhost\r\n",
            b"Content-Type: application/json\r\n",
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
            b"\r\n",
            b"0\r\n\r\n",
        ]
    ),
)


@settings(max_examples=60)
@given(st.lists(wire, max_size=9))
def test_no_bytes_on_the_wire_make_the_server_fail(shared_port, chunks):
    port, kept = shared_port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        answers = b""
        try:
            for chunk in chunks:
                connection.sendall(chunk)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65_536):
                answers += piece
        except OSError:
            pass
    assert b"HTTP/1.1 5" not in answers
    assert not kept.frames
    alive = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    alive.request("GET", "/health")
    assert alive.getresponse().status == 200
    alive.close()
