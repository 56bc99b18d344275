"""``tocsin scan --text-mode``: on the command line and in tocsin.toml, beside cached rules."""

from pathlib import Path

import pytest


@pytest.mark.parametrize("place", ["option", "file"])
def test_texts_are_compared_as_is_asked_for(cli, rule, events, place):
    rule("R", "message: con*refused", type="query", language="kuery")
    events({"@timestamp": 1, "message": "connection was refused"})
    for mode, count in (("raw", 1), ("compat", 0), ("raw", 1)):
        arguments = ["--text-mode", mode] if place == "option" else []
        if place == "file":
            Path("tocsin.toml").write_text(f'[scan]\ntext_mode = "{mode}"\n')
        found = cli("scan", "events.ndjson", "-r", "rules", "--format", "ndjson", *arguments)
        assert (found.status, len(found.rows)) == (0, count)


def test_other_modes_are_refused(cli, rule, events):
    rule("R")
    events({"@timestamp": 1})
    assert cli("scan", "events.ndjson", "-r", "rules", "--text-mode", "cooked").status == 2
    Path("tocsin.toml").write_text('[scan]\ntext_mode = "cooked"\n')
    found = cli("scan", "events.ndjson", "-r", "rules")
    assert found.status == 2
    assert "RULE032" in found.err


def test_explain_and_diff_look_at_texts_in_the_same_way(cli, rule, events):
    rule("R", "message: con*refused", type="query", language="kuery")
    events({"@timestamp": 1, "message": "connection was refused"})
    for mode, count in (("raw", 1), ("compat", 0)):
        found = cli("explain", "R", "events.ndjson", "-r", "rules", "--text-mode", mode)
        assert f"{count} alert" in found.out
        Path("none").mkdir(exist_ok=True)
        Path("none/r.toml").write_text(
            Path("rules/rule_1.toml").read_text().replace("con*refused", "nothing")
        )
        found = cli("diff", "none", "rules", "events.ndjson", "--text-mode", mode,
                    "--format", "ndjson")  # fmt: skip
        assert len(found.rows) == count
