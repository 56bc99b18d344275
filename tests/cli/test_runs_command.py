"""``tocsin runs``: the run log, and what the reference's schedule would have done."""

import json
from datetime import UTC, datetime, timedelta

import orjson
import pytest

pytest.importorskip("sqlalchemy", reason="the store needs it")

from tocsin.engine.compiled import compile_rules
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.live.engine import Engine
from tocsin.live.options import Options
from tocsin.rules.load import load_rules
from tocsin.store.store import Store

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


@pytest.fixture
def lived(rule, tmp_path):
    """A folder in which an engine has looked at two events, one of which came very late."""
    names = rule("Curl", 'process where process.name == "curl"'), rule("Quiet", "file where true")
    data = tmp_path / "data"
    with Journal(data / "journal") as journal, Store.open(data) as store:
        events = [
            {
                "@timestamp": (NOW - timedelta(hours=early)).isoformat(),
                "event": {"category": "process", "ingested": NOW.isoformat()},
                "process": {"name": "curl"},
            }
            for early in (0, 5)
        ]
        at = int(NOW.timestamp() * 1000)
        journal.append(Frame(Kind.EVENTS, at, "test", [orjson.dumps(one) for one in events]))
        compiled = compile_rules(load_rules(str(tmp_path / "rules")))
        engine = Engine(journal, store, compiled, Options())
        while engine.step():
            pass
        engine.close()
    return names


def test_rows(cli, lived):
    found = cli("runs", "-r", "rules", "--data", "data")
    assert found.status == 0
    assert "2 alerts" in found.out
    assert "Curl" in found.out
    rows = cli("runs", "-r", "rules", "--data", "data", "--format", "ndjson").rows
    [row] = [row for row in rows if row["alerts"]]
    assert (row["rule_id"], row["rule_name"], row["alerts"]) == (lived[0], "Curl", 2)
    quiet = cli("runs", "-r", "rules", "--data", "data", "--rule", "Quiet")
    assert "Curl" not in quiet.out


def test_the_reference_would_have_missed_what_came_late(cli, lived):
    found = cli("runs", "-r", "rules", "--data", "data", "--reference", "--format", "ndjson")
    told = [json.loads(line) for line in found.out.splitlines()]
    [curl] = [row["reference"] for row in told if "reference" in row and row["reference"]["lost"]]
    assert curl["lost_by_reason"] == {"late": 1}
    text = cli("runs", "-r", "rules", "--data", "data", "--reference").out
    assert "by the reference's clock" in text
    assert "Curl (1 seen by no run)" in text


def test_rules_of_the_server_s_own_have_their_names(cli, lived, tmp_path):
    own = tmp_path / "data" / "rules"
    own.mkdir()
    for file in (tmp_path / "rules").iterdir():
        if "Quiet" not in file.read_text():
            file.rename(own / file.name)
    rows = cli("runs", "-r", "rules", "--data", "data", "--format", "ndjson").rows
    assert {row["rule_id"]: row["rule_name"] for row in rows}[lived[0]] == "Curl"


def test_what_cannot_be_done(cli, rule, tmp_path):
    rule("Curl")
    assert cli("runs", "-r", "rules", "--data", "none").status == 2
    with Store.open(tmp_path / "data"):
        pass
    empty = cli("runs", "-r", "rules", "--data", "data")
    assert (empty.status, empty.out) == (0, "")
    assert "no rule has done anything" in empty.err
    found = cli("runs", "-r", "rules", "--data", "data", "--reference")
    assert (found.status, "no folder of the live engine" in found.err) == (2, True)
