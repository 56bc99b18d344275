"""``tocsin keys``: made, shown once, listed without secrets, revoked."""

import json

import pytest

from tocsin.server.keys import Keys
from tocsin.store.store import Store


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_DATA", str(tmp_path / "data"))


def test_a_key_is_made_and_the_server_knows_it(cli, tmp_path):
    made = cli(
        "keys", "create", "web-1", "--scope", "read", "--scope", "ingest", "--format", "json"
    )
    key = json.loads(made.out)
    with Store.open(tmp_path / "data") as store:
        caller = Keys(store.keys).check(f"ApiKey {key['encoded']}")
    assert caller.name == key["id"]
    assert caller.scopes == {"ingest", "read"}


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\u202e", "x" * 65])
def test_a_key_has_a_name_that_can_be_seen(cli, name):
    refused = cli("keys", "create", "--scope", "ingest", "--", name)
    assert (refused.status, "can be seen" in refused.err) == (2, True)


def test_a_list_has_no_secrets(cli):
    key = json.loads(cli("keys", "create", "web-1", "--scope", "admin", "--format", "json").out)
    for form in ("text", "json"):
        listed = cli("keys", "list", "--format", form)
        assert key["id"] in listed.out
        assert "web-1" in listed.out
        assert key["api_key"] not in listed.out
        assert key["encoded"] not in listed.out


def test_a_revoked_key_is_good_for_nothing(cli, tmp_path):
    key = json.loads(cli("keys", "create", "x", "--scope", "ingest", "--format", "json").out)
    assert cli("keys", "revoke", key["id"]).status == 0
    assert "revoked" in cli("keys", "list").out
    with Store.open(tmp_path / "data") as store:
        assert Keys(store.keys).check(f"ApiKey {key['encoded']}") is None
    again = cli("keys", "revoke", key["id"])
    assert (again.status, "no valid key" in again.err) == (2, True)


def test_a_person_is_told_that_a_secret_is_shown_once(cli):
    made = cli("keys", "create", "x", "--scope", "ingest", "--data", "elsewhere")
    assert made.out.startswith("id ")
    assert "not shown again" in made.err


def test_without_a_store_there_is_nothing_to_list(cli):
    assert cli("keys", "list").status == 2


def test_what_keys_cannot_be(cli):
    assert cli("keys", "create", "x").status == 2
    assert cli("keys", "create", "x", "--scope", "root").status == 2
