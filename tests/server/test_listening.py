"""The server on a real socket: its limits on connections, heads and bodies; addresses."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import orjson
import pytest
from listening import running
from serving import EVENT, NOW, Kept

from tocsin.server.limits import Limits
from tocsin.server.listen import address
from tocsin.server.pages.logins import Logins
from tocsin.server.pages.shell import Shell
from tocsin.server.reading import Reading
from tocsin.server.sessions import Sessions

LINE = orjson.dumps(EVENT)
JSON = {"Content-Type": "application/json"}


def opened(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def all_of(connection):
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def test_one_connection_serves_many_requests_whole_or_in_chunks():
    kept = Kept()
    with running(kept) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for body, chunked in ((LINE, False), (iter([LINE[:5], LINE[5:]]), True)):
            connection.request("POST", "/a/_doc", body, JSON, encode_chunked=chunked)
            answer = connection.getresponse()
            assert (answer.status, orjson.loads(answer.read())["result"]) == (201, "created")
        connection.close()
    assert kept.lines == [LINE, LINE]


def test_a_head_that_does_not_come_ends_the_connection():
    with running(limits=Limits(header_seconds=0.2)) as port:
        for begun in (b"", b"POST /_bulk HTTP/1.1\r\nHost: localhost\r\nX-A: "):
            with opened(port) as connection:
                connection.sendall(begun)
                with suppress(ConnectionResetError):
                    assert all_of(connection) == b""


def test_a_head_without_end_is_cut():
    def send_without_end(connection):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for _ in range(100_000):
            connection.sendall(b"X-A: " + b"a" * 1_000 + b"\r\n")

    with (
        running(limits=Limits(headers=10_000)) as port,
        opened(port) as connection,
        pytest.raises((ConnectionResetError, BrokenPipeError)),
    ):
        send_without_end(connection)


def test_a_body_that_does_not_come_is_answered():
    with running(limits=Limits(body_seconds=0.2)) as port, opened(port) as connection:
        head = b"POST /_bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(head + b"Content-Length: 100\r\n\r\nabc")
        assert b" 408 " in all_of(connection).split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (b"/_search", b"application/json"),
        (b"/_ilm/policy/a", b"application/json"),
        (b"/login", b"application/x-www-form-urlencoded"),
    ],
)
def test_no_body_may_take_for_ever(path, kind):
    """Whoever sends slowly keeps a connection from others, also where nobody need log in."""
    with ThreadPoolExecutor(1) as workers:
        logins = Logins(Shell(workers, lambda: NOW, Sessions(None, lambda: NOW)))
        ways = [*Reading(None, workers, lambda: NOW).ways(), *logins.ways()]
        late(path, kind, ways)


def late(path, kind, ways):
    with running(limits=Limits(body_seconds=0.2), more=ways) as port, opened(port) as connection:
        verb = b"PUT" if b"policy" in path else b"POST"
        head = verb + b" " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + kind
        connection.sendall(head + b"\r\nContent-Length: 100\r\n\r\n{")
        assert b" 408 " in all_of(connection).split(b"\r\n")[0]


def test_a_body_that_is_too_large_is_answered_though_it_is_still_sent():
    with running(limits=Limits(body=1_000_000)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/_bulk", b"x" * 1_500_000, JSON)
        assert connection.getresponse().read().startswith(b'{"error"')
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


def test_connections_are_bounded():
    with running(limits=Limits(connections=2)) as port:
        places = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(3)]
        for connection in places[:2]:
            connection.request("GET", "/")
            assert connection.getresponse().read()
        with pytest.raises(OSError):  # noqa: PT011, PT012 - reset or closed
            places[2].request("GET", "/")
            places[2].getresponse()
        for connection in places:
            connection.close()


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01\x00\xa5",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_or_cut(text):
    with running() as port:
        with opened(port) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            first = all_of(connection)[:13]
            assert first in {b"", b"HTTP/1.1 400 ", b"HTTP/1.1 403 "}
        assert socket.create_connection(("127.0.0.1", port)).close() is None


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        ("127.0.0.1:9280", "127.0.0.1", 9280, True),
        ("9280", "127.0.0.1", 9280, True),
        ("[::1]:0", "::1", 0, True),
        ("localhost:80", "localhost", 80, True),
        ("0.0.0.0:9280", "0.0.0.0", 9280, False),  # noqa: S104 - only parsed
        ("siem.example:1", "siem.example", 1, False),
    ],
)
def test_addresses(text, host, port, loopback):
    found = address(text)
    assert (found.host, found.port, found.loopback) == (host, port, loopback)


@pytest.mark.parametrize("text", ["", "x:y", ":1", "a:99999", "::1:80", "a:"])
def test_no_addresses(text):
    with pytest.raises(ValueError, match=r"HOST:PORT|write an IPv6"):
        address(text)
