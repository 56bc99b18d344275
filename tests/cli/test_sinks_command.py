"""``tocsin sinks``: what each sink has yet to get, and what it did not take."""

import json

import pytest

from tocsin.engine.lock import Lock
from tocsin.sinks.dead_letters import ENDING, DeadLetters
from tocsin.store.alert import StoredAlert
from tocsin.store.store import Store

NOW = 1_785_600_000_000


def alert(name):
    return StoredAlert(name, "r", "A \x1b[31mrule", "low", 21.0, NOW, False, b'{"n":1}')


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    """A store with two alerts, one of which a sink refused; another sink is behind."""
    folder = tmp_path / "data"
    monkeypatch.setenv("TOCSIN_DATA", str(folder))
    with Store.open(folder) as store:
        store.put([alert("a1"), alert("a2"), alert("a3")])
        store.move_cursor("hook", 3)
        store.move_cursor("slow", 1)
        refused = [(change, "400: no") for change in store.changes(0, 2)]
    DeadLetters(folder / "sinks" / f"hook{ENDING}").add(refused, NOW)
    return folder


def test_the_list_says_how_far_each_is(cli):
    rows = [
        json.loads(line) for line in cli("sinks", "list", "--format", "ndjson").out.splitlines()
    ]
    assert rows == [
        {"name": "hook", "behind": 0, "dead_letters": 2},
        {"name": "slow", "behind": 2, "dead_letters": 0},
    ]
    text = cli("sinks", "list").out
    assert "hook  has everything, 2 dead letters" in text
    assert "slow  2 behind, 0 dead letters" in text


def test_dead_letters_are_shown_with_their_reasons(cli):
    text = cli("sinks", "dead", "hook").out
    assert "a1" in text
    assert "400: no" in text
    assert "\x1b" not in text
    rows = [
        json.loads(line)
        for line in cli("sinks", "dead", "hook", "--format", "ndjson").out.splitlines()
    ]
    assert [(row["id"], row["reason"], row["alert"]) for row in rows] == [
        ("a1", "400: no", {"n": 1}),
        ("a2", "400: no", {"n": 1}),
    ]


def test_some_or_all_are_dropped(cli, data):
    assert "1 dead letter dropped" in cli("sinks", "drop", "hook", "--id", "a1").err
    left = DeadLetters(data / "sinks" / f"hook{ENDING}").read()
    assert [letter.alert.id for letter in left] == ["a2"]
    assert "1 dead letter dropped" in cli("sinks", "drop", "hook").err
    assert DeadLetters(data / "sinks" / f"hook{ENDING}").count == 0


def test_nothing_changes_while_the_engine_runs(cli, data):
    (data / "journal").mkdir()
    held = Lock(data / "journal" / "lock")
    try:
        for asked in (("drop", "hook"), ("forget", "slow")):
            told = cli("sinks", *asked)
            assert told.status == 2
            assert "stop it first" in told.err
    finally:
        held.release()
    assert cli("sinks", "drop", "hook").status == 0


def test_a_sink_that_is_no_more_is_forgotten(cli, data):
    assert cli("sinks", "forget", "slow").status == 0
    with Store.open(data) as store:
        assert store.cursors() == {"hook": 3}
    assert cli("sinks", "forget", "slow").status == 2


@pytest.mark.parametrize("asked", [("dead", "../x"), ("drop", "none"), ("forget", "none")])
def test_names_that_nobody_has(cli, asked):
    told = cli("sinks", *asked)
    assert told.status == 2
    assert "tocsin sinks list" in told.err
