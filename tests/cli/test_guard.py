"""What a command reads is never written over by what it writes."""

import json
from pathlib import Path

import pytest
from made_events import process


@pytest.fixture(autouse=True)
def some_files(cli, events, rule):
    events(process(1), process(2))
    rule("R")
    Path("rules/r.test.toml").write_text('[[case]]\nname = "c"\nfires = 1\nevents = [{}]\n')
    item = {"item_id": "i", "name": "i", "type": "simple", "entries": [{"field": "a"}]}
    Path("exceptions.ndjson").write_text(json.dumps(item) + "\n")
    Path("tocsin.toml").write_text('[scan]\nmin_severity = "low"\n')
    Path("kubelet.yaml").write_text("kind: KubeletConfiguration\n")


def _rule():
    (found,) = (path for path in Path("rules").glob("*.toml") if ".test" not in path.name)
    return found


@pytest.mark.parametrize(
    ("command", "target"),
    [
        (["check", "rules"], "RULE"),
        (["check", "RULE"], "RULE"),
        (["test", "rules", "--format", "junit"], "RULE"),
        (["test", "rules"], "CASES"),
        (["scan", "events.ndjson", "-r", "rules"], "RULE"),
        (["scan", "events.ndjson", "-r", "rules"], "events.ndjson"),
        (["scan", "events.ndjson", "-r", "rules"], "tocsin.toml"),
        (["scan", "events.ndjson", "--exceptions", "exceptions.ndjson"], "exceptions.ndjson"),
        (["scan", "events.ndjson", "--history", "exceptions.ndjson"], "exceptions.ndjson"),
        (["doctor", "events.ndjson", "-r", "rules"], "RULE"),
        (["diff", "rules", "rules", "events.ndjson"], "RULE"),
        (["explain", "R", "events.ndjson", "-r", "rules"], "RULE"),
        (["kubelet-config", "kubelet.yaml"], "kubelet.yaml"),
    ],
)
def test_an_input_is_not_written_over(cli, command, target):
    names = {"RULE": str(_rule()), "CASES": str(_rule().with_suffix(".test.toml"))}
    if target == "CASES":
        Path("rules/r.test.toml").rename(names["CASES"])
    output = Path(names.get(target, target))
    before = output.read_bytes()
    found = cli(*(names.get(word, word) for word in command), "-o", output)
    assert found.status == 2
    assert f"tocsin: {output} is one of the inputs: write elsewhere\n" in found.err
    assert output.read_bytes() == before


def test_a_link_to_an_input_is_one(cli):
    Path("link.json").symlink_to(_rule().resolve())
    before = _rule().read_bytes()
    assert cli("check", "rules", "-o", "link.json").status == 2
    assert _rule().read_bytes() == before


def test_a_report_among_the_rules_may_be_written_again(cli):
    for _ in range(2):
        scan = cli(
            "scan", "events.ndjson", "-r", "rules", "--format", "ndjson", "-o", "rules/a.ndjson"
        )
        assert scan.status == 0
    assert Path("rules/a.ndjson").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("command", [["alerts", "list"], ["alerts", "export"], ["runs"]])
def test_a_store_is_not_written_over(cli, command):
    assert cli("scan", "events.ndjson", "-r", "rules", "--store", "data").status == 0
    found = cli(*command, "--store", "data", "-o", "data/tocsin.db")
    assert (found.status, found.err) == (
        2,
        "tocsin: data/tocsin.db is one of the inputs: write elsewhere\n",
    )
    assert cli("alerts", "count", "--store", "data").status == 0
