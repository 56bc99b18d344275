"""``tocsin doctor``: what it writes, and how it ends."""

import json

EVENT = {
    "@timestamp": "2026-01-01T00:00:00Z",
    "event": {"category": "process"},
    "process": {"name": "sh\x1b[31m"},
    "user": {"id": "1"},
}


def test_text(cli, rule, events):
    rule("Fires")
    rule("Near", 'process where user.id == "1" and process.name == "curl"')
    rule("Other", "file where true", index=["logs-file-*"])
    rule("Lacks", 'process where process.parent.name == "sh"')
    rule("Wrong", "process where (")
    name = events({**EVENT, "data_stream": {"dataset": "a\x1b]0;owned\x07"}}, b"junk")
    found = cli("doctor", name, "-r", "rules")
    assert found.status == 0
    assert found.out.startswith(
        "5 rules · 1 fired · 1 could fire, and were quiet · 1 lack a field · "
        "1 saw no event of their data sets · 1 cannot run\n"
    )
    assert "         1  process.parent.name\n" in found.out
    assert '         2      1  Near: 1 but for  process.name == "curl"\n' in found.out
    assert "\x1b" not in found.out
    assert "         1  logs-file-*\n" in found.out
    assert "1 line rejected" in found.err


def test_events_that_no_rule_means(cli, rule, events):
    rule("Files", "file where true", index=["logs-file-*"])
    found = cli("doctor", events(EVENT), "-r", "rules")
    assert "         1      1  (no index)  (meant by no rule, shown to all)\n" in found.out


def test_json_has_everything(cli, rule, events):
    rule("Other", "file where true", index=["logs-file-*", "-logs-file-old"])
    name = events(EVENT)
    found = cli("doctor", name, "-r", "rules", "--format", "json", "--routing", "strict")
    report = json.loads(found.out)
    assert [one["state"] for one in report["rules"]] == ["no events"]
    assert [one["events"] for one in report["data_sets"]] == [1]
    assert report["sampled"] == 1


def test_what_cannot_be_done(cli, rule, events):
    rule("Fires")
    found = cli("doctor", events(b"junk"), "-r", "rules")
    assert (found.status, "every line was rejected" in found.err) == (2, True)
    assert cli("doctor", events(), "-r", "rules").status == 0
    assert cli("doctor", "none.ndjson", "-r", "rules").status == 2
    assert cli("doctor").status == 2
