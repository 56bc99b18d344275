"""Syslog over every way, read by a plain server."""

import json
import re
import socket
import ssl

import pytest

from sinks.delivering import change
from tocsin.sinks.http import Tls
from tocsin.sinks.sink import UnreachableError
from tocsin.sinks.syslog import Syslog, Way

FORM = re.compile(rb"<(\d+)>1 (\S+) (\S+) tocsin - alert - (\{.*\})", re.DOTALL)


def parsed(message):
    priority, at, node, body = FORM.fullmatch(message).groups()
    return int(priority), at.decode(), node.decode(), json.loads(body)


def test_udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        sink = Syslog(Way.UDP, "127.0.0.1", server.getsockname()[1], node="a node")
        sink.send([change(1, severity="critical"), change(2, severity="low")], 0)
        priority, at, node, body = parsed(server.recv(65536))
        assert (priority, at, node) == (16 * 8 + 2, "2026-08-21T12:00:00.000Z", "a_node")
        assert body["kibana.alert.uuid"] == "id-1"
        assert parsed(server.recv(65536))[0] == 16 * 8 + 5
        sink.close()


def test_what_is_too_long_is_told_in_short():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        sink = Syslog(Way.UDP, "127.0.0.1", server.getsockname()[1], node="n", longest=600)
        reason = "ü" * 2000
        sink.send([change(1, noise="x" * 5000, **{"kibana.alert.reason": reason})], 0)
        message = server.recv(65536)
        assert len(message) <= 600
        body = parsed(message)[3]
        assert body["tocsin.shortened"] is True
        assert body["kibana.alert.uuid"] == "id-1"
        assert body["kibana.alert.reason"].startswith("üü")
        assert "noise" not in body
        sink.close()


def test_what_the_system_calls_too_long_is_sent_in_short():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        sink = Syslog(Way.UDP, "127.0.0.1", port, node="n", longest=1 << 20)
        assert sink.send([change(1, noise="x" * 70_000), change(2)], 0).refused == ()
        assert parsed(server.recv(65536))[3]["tocsin.shortened"] is True
        assert parsed(server.recv(65536))[3]["kibana.alert.uuid"] == "id-2"
        name = {"kibana.alert.rule.name": "x" * 70_000}
        outcome = sink.send([change(3, **name), change(4)], 0)
        assert [each.number for each, _ in outcome.refused] == [3]
        assert parsed(server.recv(65536))[3]["kibana.alert.uuid"] == "id-4"
        sink.close()


def framed(stream):
    """The next message of a stream: its length, a blank, and so many bytes."""
    digits = b""
    while (byte := stream.read(1)) != b" ":
        digits += byte
    return stream.read(int(digits))


def test_tcp_counts_octets_and_connects_again():
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = Syslog(Way.TCP, "127.0.0.1", server.getsockname()[1], node="n", facility="audit")
        sink.send([change(1), change(2, text="ü\n")], 0)
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            assert parsed(framed(stream))[0] == 13 * 8 + 3
            assert parsed(framed(stream))[3]["kibana.alert.uuid"] == "id-2"
        connection.close()
        sink.send([change(3)], 0)
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            assert parsed(framed(stream))[3]["kibana.alert.uuid"] == "id-3"
        sink.close()
        port = server.getsockname()[1]
    with pytest.raises(UnreachableError, match="refused"):
        Syslog(Way.TCP, "127.0.0.1", port, node="n").send([change(4)], 0)


def test_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    from threading import Thread

    got = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            secure = context.wrap_socket(connection, server_side=True)
            with secure, secure.makefile("rb") as stream:
                got.append(framed(stream))

        thread = Thread(target=serve)
        thread.start()
        tls = Tls(ca=str(certificate / "cert.pem"))
        sink = Syslog(Way.TLS, "localhost", server.getsockname()[1], node="n", tls=tls)
        sink.send([change(1)], 0)
        thread.join()
        sink.close()
    assert parsed(got[0])[3]["kibana.alert.uuid"] == "id-1"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_local_socket(tmp_path, kind):
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, kind) as server:
        server.bind(path)
        if kind == socket.SOCK_STREAM:
            server.listen()
        sink = Syslog(Way.UNIX, path, node="n")
        sink.send([change(1)], 0)
        if kind == socket.SOCK_STREAM:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as stream:
                message = framed(stream)
        else:
            message = server.recv(65536)
        assert parsed(message)[3]["kibana.alert.uuid"] == "id-1"
        sink.close()


def test_no_such_socket(tmp_path):
    with pytest.raises(UnreachableError, match="No such file"):
        Syslog(Way.UNIX, str(tmp_path / "nothing"), node="n").send([change(1)], 0)
