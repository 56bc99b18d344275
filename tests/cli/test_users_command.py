"""``tocsin users``: people with passwords from standard input, and roles."""

import io
import json

import pytest

from tocsin.server import passwords
from tocsin.store.store import Store


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(passwords, "TIME", 1)
    monkeypatch.setattr(passwords, "MEMORY", 8)
    passwords._hasher.cache_clear()
    yield
    passwords._hasher.cache_clear()


@pytest.fixture
def typed(monkeypatch):
    def give(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return give


def people(tmp_path):
    with Store.open(tmp_path / "data") as store:
        return {one.name: one for one in store.people()}


def test_somebody_is_added_changed_and_removed(cli, tmp_path, typed):
    typed("correct horse battery\n")
    assert cli("users", "add", "anna").status == 0
    anna = people(tmp_path)["anna"]
    assert anna.role == "analyst"
    assert passwords.right(anna.hash, "correct horse battery")
    listed = cli("users", "list")
    assert "anna" in listed.out
    assert "argon2" not in listed.out
    assert [one["role"] for one in json.loads(cli("users", "list", "--format", "json").out)] == [
        "analyst"
    ]
    assert cli("users", "role", "anna", "viewer").status == 0
    typed("another password\n")
    assert cli("users", "password", "Anna").status == 0
    anna = people(tmp_path)["anna"]
    assert anna.role == "viewer"
    assert passwords.right(anna.hash, "another password")
    assert cli("users", "remove", "anna").status == 0
    assert people(tmp_path) == {}
    assert "there is nobody" in cli("users", "list").err


@pytest.mark.parametrize("password", ["", "short\n", "x" * 2_000])
def test_bad_passwords_are_refused(cli, tmp_path, typed, password):
    typed(password)
    done = cli("users", "add", "anna")
    assert (done.status, "12 to 1,000 characters" in done.err) == (2, True)


def test_wrong_names_are_told(cli, typed):
    typed("correct horse battery\n")
    assert cli("users", "add", "a\x1b[31m").status == 2
    typed("correct horse battery\n")
    assert cli("users", "add", "anna").status == 0
    typed("correct horse battery\n")
    again = cli("users", "add", "ANNA")
    assert (again.status, "already" in again.err) == (2, True)
    for command in (("remove", "x"), ("role", "x", "admin")):
        assert cli("users", *command).status == 2
