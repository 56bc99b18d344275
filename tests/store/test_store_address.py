"""Where a store is: what people may write, and what they are told if they may not."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tocsin.store.address import address
from tocsin.store.error import StoreError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)


def test_folders_and_files(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    for given, expected in {
        "alerts": "alerts/tocsin.db",
        "alerts.db": "alerts.db",
        "a/b.sqlite3": "a/b.sqlite3",
        "sqlite:///x/alerts": "x/alerts",
        "sqlite:////x/alerts": "/x/alerts",
        str(tmp_path / "plain"): str(tmp_path / "plain"),
        "we?ird&name": "we?ird&name/tocsin.db",
    }.items():
        found = address(given)
        assert found.file == Path(expected)
        assert str(found) == expected


def test_a_server() -> None:
    found = address("postgresql://anna:secret@127.0.0.1:5433/alerts?schema=mine&connect_timeout=3")
    assert (found.url.host, found.url.port, found.url.database) == ("127.0.0.1", 5433, "alerts")
    assert (found.url.username, found.url.password, found.schema) == ("anna", "secret", "mine")
    assert found.arguments["timeout"] == 3
    assert "ssl_context" not in found.arguments
    assert str(found) == "postgresql://anna:***@127.0.0.1:5433/alerts"
    assert "secret" not in repr(found)


def test_the_environment_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGHOST": "/run/pg", "PGPORT": "6000", "PGUSER": "u", "PGPASSWORD": "p", "PGDATABASE": "d",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    found = address("postgresql://")
    assert found.arguments["unix_sock"] == "/run/pg/.s.PGSQL.6000"
    assert (found.url.username, found.url.password, found.url.database) == ("u", "p", "d")
    assert found.url.host is None


def test_other_machines_are_spoken_to_over_tls() -> None:
    def context(query: str) -> ssl.SSLContext:
        found: ssl.SSLContext = address(f"postgresql://db.example/x{query}").arguments[
            "ssl_context"
        ]
        return found

    assert context("").verify_mode == ssl.CERT_NONE
    assert context("?sslmode=verify-ca").verify_mode == ssl.CERT_REQUIRED
    assert not context("?sslmode=verify-ca").check_hostname
    assert context("?sslmode=verify-full").check_hostname
    for here in ("localhost/x", "127.0.0.1/x", "[::1]/x", "db.example/x?sslmode=disable"):
        assert "ssl_context" not in address(f"postgresql://{here}").arguments
    assert "ssl_context" in address("postgresql://localhost/x?sslmode=require").arguments


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("mysql://x/y", "mysql: a store is"),
        ("http://x/y", "http: a store is"),
        ("sqlite://", "a file is named as"),
        ("sqlite:///x?mode=ro", "a file is named as"),
        ("postgresql://x:port/y", "cannot be read"),
        ("postgresql:/u:p@x/y", "cannot be read"),
        ("postgres+pg8000:u:p@x/y", "cannot be read"),
        ("postgresql://u:one@two@x/y", "written %40"),
        ("postgresql://u:one@two/three@x/y", "written %40"),
        ("postgresql://h/d?shema=x", "unknown setting shema"),
        ("postgresql://h/d?schema=Mine", "no plain lower-case name"),
        ('postgresql://h/d?schema=a"b', "no plain lower-case name"),
        ("postgresql://h/d?sslmode=maybe", "sslmode=maybe"),
        ("postgresql://h/d?sslmode=require&sslrootcert=/no/such", "sslrootcert cannot be read"),
        ("postgresql://h/d?connect_timeout=soon", "is no number"),
    ],
)
def test_what_is_no_address(given: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        address(given)
