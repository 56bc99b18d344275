"""TLS: certificates that can be used, that cannot, and that are renewed."""

import http.client
import logging
import os
import shutil
import socket
import ssl
import subprocess
from contextlib import suppress

import pytest
from listening import running

from tocsin.server.tls import Renewal, Tls, TlsError

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command")

LATER = 2_000_000_000


def made(folder, *more):
    """A certificate for localhost, and its key."""
    folder.mkdir(exist_ok=True)
    found = Tls(folder / "cert.pem", folder / "key.pem")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=localhost"
    words += " -addext subjectAltName=DNS:localhost"
    named = ["-keyout", found.key, "-out", found.certificate]
    subprocess.run(  # noqa: S603 - a command of ours
        [str(OPENSSL), *words.split(), *(more or ["-nodes"]), *named],
        check=True,
        capture_output=True,
    )
    return found


def shown(port):
    """The certificate that a server shows."""
    return ssl.get_server_certificate(("127.0.0.1", port), timeout=10)


def test_requests_over_tls(tmp_path):
    tls = made(tmp_path)
    trusted = ssl.create_default_context(cafile=tls.certificate)
    with running(tls=tls) as port:
        connection = http.client.HTTPSConnection("localhost", port, context=trusted)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with suppress(ConnectionResetError):
                assert b"HTTP/1.1 2" not in plain.recv(1_000)


def test_what_cannot_be_used_is_told_by_its_name(tmp_path):
    one, other = made(tmp_path / "one"), made(tmp_path / "other")
    one.check()
    locked = made(tmp_path / "locked", "-passout", "pass:secret")
    nothing = tmp_path / "none.pem"
    for tls, told in (
        (Tls(nothing, one.key), f"{nothing}: No such file"),
        (Tls(one.certificate, nothing), f"{nothing}: No such file"),
        (Tls(tmp_path, one.key), f"{tmp_path}: Is a directory"),
        (Tls(one.certificate, other.key), f"{other.key} is not the key of {one.certificate}"),
        (Tls(one.key, one.key), f"{one.key} and {one.key} are no certificate"),
        (locked, f"{locked.key} is encrypted"),
    ):
        with pytest.raises(TlsError) as caught:
            tls.check()
        assert str(caught.value).startswith(told)


def test_a_certificate_that_is_renewed_is_shown_without_a_restart(tmp_path, caplog):
    caplog.set_level(logging.INFO, "tocsin.server")
    tls, new = made(tmp_path / "used"), made(tmp_path / "new")
    former = tls.certificate.read_text()
    renewal, servers = Renewal(tls), []
    with running(tls=tls, told=servers.append) as port:
        context = servers[0].context

        def replaced(kind):
            path = getattr(tls, kind)
            path.write_bytes(getattr(new, kind).read_bytes())
            os.utime(path, (LATER, LATER))
            for _ in range(2):  # a change is told once it rests
                renewal.step(context, lambda deed: deed())

        replaced("certificate")
        assert "is not the key of" in caplog.messages[-1]
        assert shown(port) == former
        replaced("key")
        assert caplog.messages[-1] == "the certificate was read again"
        assert shown(port) == new.certificate.read_text() != former
