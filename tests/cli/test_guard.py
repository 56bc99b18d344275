"""What a command reads is never written over by what it writes."""

import json
from pathlib import Path

import pytest
from made_events import process


@pytest.fixture(autouse=True)
def some_files(cli, events, rule):
    events(process(1), process(2))
    rule("R")
    Path("rules/rule_1.test.toml").write_text('[[case]]\nname = "c"\nfires = 1\nevents = [{}]\n')
    item = {"item_id": "i", "name": "i", "type": "simple", "entries": [{"field": "a"}]}
    Path("exceptions.ndjson").write_text(json.dumps(item) + "\n")
    Path("tocsin.toml").write_text('[scan]\nmin_severity = "low"\n')
    Path("kubelet.yaml").write_text("kind: KubeletConfiguration\n")


RULE = "rules/rule_1.toml"


@pytest.mark.parametrize(
    ("command", "target"),
    [
        (["check", "rules"], RULE),
        (["check", RULE], RULE),
        (["check", "rules"], "tocsin.toml"),
        (["test", "rules", "--format", "junit"], RULE),
        (["test", "rules"], "rules/rule_1.test.toml"),
        (["scan", "events.ndjson", "-r", "rules"], RULE),
        (["scan", "events.ndjson", "-r", "rules"], "events.ndjson"),
        (["scan", "events.ndjson", "-r", "rules"], "tocsin.toml"),
        (["scan", "events.ndjson", "--exceptions", "exceptions.ndjson"], "exceptions.ndjson"),
        (["scan", "events.ndjson", "--history", "exceptions.ndjson"], "exceptions.ndjson"),
        (["doctor", "events.ndjson", "-r", "rules"], RULE),
        (["diff", "rules", "rules", "events.ndjson"], RULE),
        (["explain", "R", "events.ndjson", "-r", "rules"], RULE),
        (["explain", RULE, "events.ndjson"], RULE),
        (["query", "any where true", "events.ndjson"], "tocsin.toml"),
        (["kubelet-config", "kubelet.yaml"], "kubelet.yaml"),
    ],
)
def test_an_input_is_not_written_over(cli, command, target):
    before = Path(target).read_bytes()
    found = cli(*command, "-o", target)
    assert found.status == 2
    assert f"tocsin: {target} is one of the inputs: write elsewhere\n" in found.err
    assert Path(target).read_bytes() == before


def test_a_link_to_an_input_is_one(cli):
    Path("link.json").symlink_to(Path(RULE).resolve())
    before = Path(RULE).read_bytes()
    assert cli("check", "rules", "-o", "link.json").status == 2
    assert Path(RULE).read_bytes() == before


def test_an_answer_with_rules_among_the_rules_is_one_and_other_json_is_none(cli):
    found = {"rule_id": "r", "name": "R", "type": "eql", "risk_score": 21}
    Path("rules/page.json").write_text(json.dumps({"page": 1, "total": 1, "data": [found]}))
    Path("rules/report.json").write_text("{}")
    assert cli("check", "rules", "-o", "rules/page.json").status == 2
    for _ in range(2):
        assert cli("check", "rules", "--format", "json", "-o", "rules/report.json").status == 1
    assert len(json.loads(Path("rules/report.json").read_text())["rules"]) == 2


def test_a_report_among_the_rules_may_be_written_again(cli):
    for _ in range(2):
        scan = cli(
            "scan", "events.ndjson", "-r", "rules", "--format", "ndjson", "-o", "rules/a.ndjson"
        )
        assert scan.status == 0
    assert Path("rules/a.ndjson").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize(
    "command",
    [
        ["alerts", "list"],
        ["alerts", "export"],
        ["runs"],
        ["scan", "events.ndjson", "-r", "rules"],
        ["scan", "events.ndjson", "-r", "rules", "-o", "-", "--stats"],
    ],
)
def test_a_store_is_not_written_over(cli, command):
    assert cli("scan", "events.ndjson", "-r", "rules", "--store", "data").status == 0
    option = [] if command[-1] == "--stats" else ["-o"]
    found = cli(*command, *option, "data/tocsin.db", "--store", "data")
    assert (found.status, found.out) == (2, "")
    assert found.err.endswith("tocsin: data/tocsin.db is one of the inputs: write elsewhere\n")
    assert cli("alerts", "count", "--store", "data").status == 0
