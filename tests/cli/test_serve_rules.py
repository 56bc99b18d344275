"""What `tocsin serve` says of the rules that it loads."""

import logging

from tocsin.cli.chosen import Choice
from tocsin.cli.serve_engine import MOST_TOLD, Choosing, Feeds, prepared

RULE = """
[rule]
name = "{name}"
description = "For a test."
rule_id = "{name}"
risk_score = 50
severity = "medium"
type = "eql"
language = "eql"
index = ["logs-*"]
query = '''{query}'''
"""


def said(folder, caplog):
    caplog.clear()
    caplog.set_level(logging.INFO, "tocsin.rules")
    found = prepared(Choosing(Choice((str(folder),)), None))
    return found, caplog.messages


def test_rules_that_do_not_run_are_told_with_their_reasons(tmp_path, caplog):
    fine = RULE.format(name="fine", query="any where true")
    (tmp_path / "fine.toml").write_text(fine)
    assert said(tmp_path, caplog)[1] == []
    (tmp_path / "torn.toml").write_text(fine[: len(fine) // 2])
    (tmp_path / "wrong.toml").write_text(RULE.format(name="wrong", query="any where a.b = 1"))
    found, told = said(tmp_path, caplog)
    assert (found.running, found.loaded) == (1, 2)
    assert told[0].startswith(f"{tmp_path / 'torn.toml'}:")
    assert told[1].startswith(f"{tmp_path / 'wrong.toml'}:")
    assert "error[EQL008]" in told[1]
    assert told[2:] == ["1 of 2 rules do not run: `=` is not a comparison (1)"]


def test_a_rule_that_is_left_out_for_another_of_its_id_is_told(tmp_path, caplog):
    fine = RULE.format(name="fine", query="any where true")
    (tmp_path / "a.toml").write_text(fine)
    (tmp_path / "b.toml").write_text(fine.replace("any where true", "process where true"))
    found, told = said(tmp_path, caplog)
    assert found.loaded == 1
    taken = f"the rule id fine is taken by {tmp_path / 'a.toml'}; this rule is left out"
    assert told == [f"{tmp_path / 'b.toml'}: warning[RULE009]: {taken}"]


def test_of_very_many_errors_some_are_told(tmp_path, caplog):
    (tmp_path / "fine.toml").write_text(RULE.format(name="fine", query="any where true"))
    for number in range(MOST_TOLD + 5):
        (tmp_path / f"{number}.toml").write_text("not toml")
    found, told = said(tmp_path, caplog)
    assert found.running == 1
    assert len(told) == MOST_TOLD + 1
    assert told[-1] == "… and 5 more errors in rule files: see `tocsin check`"


def test_indicators_that_cannot_be_read_are_told_and_the_former_stay(tmp_path, caplog):
    feed = tmp_path / "feed.ndjson"
    feeds = Feeds([str(feed)])
    unread = f"not read: {feed}: there is no such file"
    none = feeds.read()
    assert [len(batch) for batch in none.batches()] == []
    assert caplog.messages == [unread]
    feed.write_text('{"threat": {"indicator": {"ip": "10.0.0.1"}}}\n')
    found = feeds.read()
    assert found is not none
    feed.unlink()
    caplog.clear()
    assert feeds.read() is found
    assert caplog.messages == [unread, "indicators cannot be read, the former ones stay"]
