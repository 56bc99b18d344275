"""TOML files and folders of them, good and bad."""

import bz2
import lzma
import os
import sys

import pytest
from made_rules import BASE, codes, place, toml

from tocsin.rules.load import load, load_rules
from tocsin.rules.rule import Technique, Threat
from tocsin.rules.sources import is_source

WHOLE = '''
[metadata]
creation_date = "2026/01/02"
integration = "endpoint"
maturity = "production"
min_stack_version = "9.3.0"
updated_date = 2026-02-03

[rule]
author = ["Ann", "Bob"]
building_block_type = "default"
description = """
Two
lines.
"""
event_category_override = "event.type"
false_positives = ["none"]
from = "now-9m"
index = ["logs-*", "auditbeat-*"]
interval = "10m"
language = "eql"
license = "Apache-2.0"
max_signals = 33
name = "Whole"
note = "## Guide"
references = ["https://example.org"]
risk_score = 47
risk_score_mapping = [{ field = "event.risk_score", operator = "equals", value = "" }]
rule_id = "abc"
rule_name_override = "message"
setup = "none"
severity = "medium"
tags = ["OS: Linux"]
tiebreaker_field = "event.sequence"
timestamp_field = "event.created"
timestamp_override = "event.ingested"
type = "eql"
version = 7
query = \'\'\'
process where process.name == "a"
\'\'\'

[rule.investigation_fields]
field_names = ["user.name"]

[[rule.threat]]
framework = "MITRE ATT&CK"

[[rule.threat.technique]]
id = "T1059"
name = "Command and Scripting Interpreter"
reference = "https://attack.mitre.org/techniques/T1059/"

[[rule.threat.technique.subtechnique]]
id = "T1059.004"
name = "Unix Shell"
reference = "https://attack.mitre.org/techniques/T1059/004/"

[rule.threat.tactic]
id = "TA0002"
name = "Execution"
reference = "https://attack.mitre.org/tactics/TA0002/"

[[transform.osquery]]
label = "Processes"
query = "SELECT * FROM processes"
'''


def one(tmp_path, text, name="rule.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load([path])


def test_every_key_arrives_in_its_field(tmp_path):
    rules = one(tmp_path, WHOLE)
    assert rules.diagnostics == ()
    (rule,) = rules
    assert (rule.id, rule.name, rule.type, rule.language) == ("abc", "Whole", "eql", "eql")
    assert rule.query == 'process where process.name == "a"\n'
    assert (rule.severity, rule.risk_score, rule.max_signals) == ("medium", 47, 33)
    assert (rule.from_, rule.to, rule.interval) == ("now-9m", "now", "10m")
    assert rule.index == ("logs-*", "auditbeat-*")
    assert rule.author == ("Ann", "Bob")
    assert rule.description == "Two\nlines.\n"
    assert rule.building_block is True
    assert rule.event_category_field == "event.type"
    assert (rule.timestamp_field, rule.timestamp_override) == ("event.created", "event.ingested")
    assert (rule.tiebreaker_field, rule.rule_name_override) == ("event.sequence", "message")
    assert rule.investigation_fields == ("user.name",)
    assert rule.integration == ("endpoint",)
    assert (rule.creation_date, rule.updated_date) == ("2026/01/02", "2026/02/03")
    assert rule.min_stack_version == "9.3.0"
    assert rule.version == 7
    assert rule.risk_score_mapping[0]["field"] == "event.risk_score"
    assert rule.transform["osquery"][0]["label"] == "Processes"
    technique = Technique(
        "T1059",
        "Command and Scripting Interpreter",
        "https://attack.mitre.org/techniques/T1059/",
        (Technique("T1059.004", "Unix Shell", "https://attack.mitre.org/techniques/T1059/004/"),),
    )
    assert rule.threat == (
        Threat(
            "MITRE ATT&CK",
            "TA0002",
            "Execution",
            "https://attack.mitre.org/tactics/TA0002/",
            (technique,),
        ),
    )
    start = rule.origin.query_start
    assert rule.origin.text[start : start + len(rule.query)] == rule.query


def test_what_is_left_out_has_elastic_s_defaults(tmp_path):
    (rule,) = one(tmp_path, toml())
    assert (rule.from_, rule.to, rule.interval, rule.max_signals) == ("now-6m", "now", "5m", 100)
    assert (rule.maturity, rule.enabled, rule.version) == ("production", True, 1)
    assert rule.event_category_field == "event.category"


@pytest.mark.parametrize(
    ("written", "starts"),
    [
        ("'''\nany where true'''", 1),
        ("'''any where true'''", 1),
        ('"""\nany where true\n"""', 1),
        ('"any where true"', 1),
        ("'any where true'", 1),
        ('"any where x == \\"y\\""', 0),
        ('"""any where \\\n   true"""', 0),
        ('"any where \\u0074rue"', 0),
    ],
)
def test_the_query_s_place_is_told_unless_escapes_change_it(tmp_path, written, starts):
    text = toml(query=..., note="query = 'any where true'\n") + f"query = {written}\n"
    (rule,) = one(tmp_path, text)
    start = rule.origin.query_start
    assert (start >= 0) == bool(starts)
    if starts:
        assert rule.origin.text[start:].startswith(rule.query)
        assert start > text.index("[rule]")


def test_windows_line_ends_and_a_mark_at_the_beginning_change_nothing(tmp_path):
    path = tmp_path / "rule.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    (rule,) = load([path])
    assert rule.query == 'process where process.name == "a"\n'
    assert rule.origin.text[rule.origin.query_start :].startswith(rule.query)


@pytest.mark.parametrize("key", ["rule_id", "name", "type", "query"])
def test_a_key_that_must_be_there_is_named_with_what_to_write(tmp_path, key):
    rules = one(tmp_path, toml(**{key: ...}))
    assert len(rules) == 0
    (found,) = [d for d in rules.diagnostics if d.severity == "error"]
    assert found.code == "RULE005"
    assert f"`{key}`" in found.message
    assert f"{key} = " in found.hint
    assert place(found) == (3, 1, "[rule]")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rule_id", 5),
        ("name", ["a"]),
        ("query", 1.5),
        ("risk_score", "47"),
        ("risk_score", True),
        ("index", "logs-*"),
        ("index", ["a", 1]),
        ("index", [["a"]]),
        ("max_signals", "x"),
        ("enabled", "yes"),
        ("severity_mapping", ["x"]),
    ],
)
def test_a_value_of_the_wrong_shape_is_told_at_its_line(tmp_path, key, value):
    rules = one(tmp_path, toml(**{key: value}))
    assert len(rules) == 0
    (found,) = [d for d in rules.diagnostics if d.severity == "error"]
    assert found.code == "RULE006"
    assert place(found)[2] == key
    assert f"write {key} = " in found.hint


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("severity", "hihg", "did you mean `high`?"),
        ("type", "eqll", "did you mean `eql`?"),
        ("language", "kuery", ""),
        ("risk_score", 101, ""),
        ("risk_score", -1, ""),
        ("max_signals", 0, ""),
    ],
)
def test_a_value_that_is_not_allowed_is_told(tmp_path, key, value, says):
    rules = one(tmp_path, toml(**{key: value}))
    assert len(rules) == 0
    found = rules.diagnostics[0]
    assert (found.code, found.hint, place(found)[2]) == ("RULE007", says, key)


@pytest.mark.parametrize(
    ("key", "value"),
    [("from", "9m"), ("from", "now-9q"), ("to", "soon"), ("interval", "0m"), ("interval", "5")],
)
def test_a_time_that_cannot_be_read_is_told(tmp_path, key, value):
    rules = one(tmp_path, toml(**{key: value}))
    assert len(rules) == 0
    assert rules.diagnostics[0].code == "RULE010"
    assert place(rules.diagnostics[0])[2] == key


def test_a_rule_that_looks_into_the_future_is_told(tmp_path):
    rules = one(tmp_path, toml(**{"from": "now", "to": "now-5m"}))
    assert (len(rules), codes(rules)) == (0, ["RULE010"])


def test_a_misspelt_key_is_a_warning_with_what_was_meant(tmp_path):
    rules = one(tmp_path, toml({"matuirty": "production"}, severty="high", zzz=1))
    assert len(rules) == 1
    hints = {d.message: d.hint for d in rules.diagnostics}
    assert {d.severity for d in rules.diagnostics} == {"warning"}
    assert hints["nothing reads the key `matuirty` of [metadata]"] == "did you mean `maturity`?"
    assert hints["nothing reads the key `zzz` of [rule]"] == "take it out"
    assert place(rules.diagnostics[0])[2] == "severty"


def test_prose_of_the_wrong_shape_does_not_cost_the_rule(tmp_path):
    text = toml(references="https://example.org", note=5, tags=["a", 1])
    rules = one(tmp_path, text + '[[rule.threat]]\nframework = "x"\n')
    (rule,) = rules
    assert rule.references == ("https://example.org",)
    assert (rule.note, rule.tags, rule.threat) == ("", (), ())
    assert sorted(codes(rules, "warning")) == ["RULE006", "RULE006", "RULE006", "RULE013"]


def test_severity_and_risk_are_told_from_each_other(tmp_path):
    (rule,) = one(tmp_path, toml(severity=..., risk_score=80))
    assert rule.severity == "critical"
    rules = one(tmp_path, toml(severity="high", risk_score=...))
    assert rules[0].risk_score == 73
    assert codes(rules) == ["RULE005"]


def test_an_empty_text_is_no_value(tmp_path):
    rules = one(tmp_path, toml(timestamp_field="", interval="", building_block_type=""))
    (rule,) = rules
    assert (rule.timestamp_field, rule.interval, rule.building_block) == ("@timestamp", "5m", False)
    assert codes(one(tmp_path, toml(query=" \n "))) == ["RULE005"]


def test_new_terms_are_read_in_the_shape_of_the_files(tmp_path):
    text = toml(type="new_terms", language="kuery", query="a:b") + (
        '[rule.new_terms]\nfield = "new_terms_fields"\nvalue = ["user.name", "host.id"]\n'
        '[[rule.new_terms.history_window_start]]\nfield = "history_window_start"\n'
        'value = "now-7d"\n'
    )
    rules = one(tmp_path, text)
    assert rules.diagnostics == ()
    assert rules[0].new_terms_fields == ("user.name", "host.id")
    assert rules[0].history_window_start == "now-7d"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('[rule]\nname = "x\n', 2, 10),
        ("[rule]\nname = \n", 2, 8),
        ("[rule]\nname = 'a'\nname = 'b'\n", 3, 11),
        ("[rule\n", 1, 6),
        ('[rule]\nquery = """\nx\n', 4, 1),
    ],
)
def test_broken_toml_is_told_with_its_place(tmp_path, text, line, column):
    rules = one(tmp_path, text)
    (found,) = rules.diagnostics
    assert (found.code, found.severity, len(rules)) == ("RULE003", "error", 0)
    assert place(found)[:2] == (line, column)
    assert "(at " not in found.message


def test_text_in_another_encoding_is_told_with_its_place(tmp_path):
    path = tmp_path / "rule.toml"
    path.write_bytes(b'[rule]\nname = "caf\xe9"\n')
    (found,) = load([path]).diagnostics
    assert found.code == "RULE003"
    assert "UTF-8" in found.message
    assert place(found)[:2] == (2, 12)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "{a = " * 50_000,
        ".".join("a" * 50_000) + " = 1",
        "[" + ".".join("a" * 50_000) + "]",
        "x = {" + ".".join("a" * 50_000) + " = 1}",
        "x = [" + "{a.b.c = 1},\n" * 1_000 + "{" + " . ".join("a" * 50_000) + " = 1}]",
        "x = 1 " + ".".join("a" * 50_000) + " = 1",
        "y = '''\"\"\"'''\n" + '"a".' * 50_000 + "b = 1",
        "x = " + "1" * 10_000,
        "\0" * 1_000,
        "a" * (1 << 20) + "b",
    ],
)
def test_a_hostile_text_is_refused_in_good_time(tmp_path, text):
    rules = one(tmp_path, "[rule]\n" + text)
    assert codes(rules) == ["RULE003"]


def test_values_that_are_nested_too_deep_are_refused(tmp_path):
    text = toml() + "filters = " + "[" * 60 + "]" * 60 + "\n"
    assert codes(one(tmp_path, text)) == ["RULE006"]


def test_dots_in_strings_and_arrays_are_no_dotted_keys(tmp_path):
    rules = one(tmp_path, toml(note=".".join("a" * 5_000), index=["a.b.c.d"] * 500))
    assert (len(rules), rules.diagnostics) == (1, ())


def test_one_broken_file_stops_no_other(tmp_path):
    (tmp_path / "a.toml").write_text(toml(rule_id="a"))
    (tmp_path / "b.toml").write_text("[rule")
    (tmp_path / "c.toml").write_text(toml(rule_id="c", query=...))
    (tmp_path / "d.toml").write_text(toml(rule_id="d"))
    rules = load([tmp_path])
    assert [rule.id for rule in rules] == ["a", "d"]
    assert codes(rules) == ["RULE003", "RULE005"]
    assert [d.file.rsplit("/", 1)[-1] for d in rules.diagnostics] == ["b.toml", "c.toml"]


def test_a_folder_is_read_in_the_order_of_its_names_and_all_the_way_down(tmp_path):
    for name in ("b/z.toml", "b.toml", "a/y/x.toml", "B.toml", "ä.toml", ".git/no.toml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(toml(rule_id=name))
    (tmp_path / "note.md").write_text("no rule")
    assert [r.id for r in load([tmp_path])] == [
        "B.toml",
        "a/y/x.toml",
        "b.toml",
        "b/z.toml",
        "ä.toml",
    ]


def test_other_toml_files_are_passed_over_without_a_word_unless_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    (tmp_path / "a.toml").write_text(toml())
    rules = load([tmp_path])
    assert (len(rules), rules.diagnostics) == (1, ())
    rules = load([tmp_path / "pyproject.toml"])
    assert codes(rules, "error") == ["RULE011"]
    rules = one(tmp_path, 'rule = "x"\n')
    assert codes(rules, "error") == ["RULE011"]


def test_a_path_that_is_not_there_is_told_and_the_others_are_read(tmp_path):
    (tmp_path / "a.toml").write_text(toml())
    rules = load([tmp_path / "none.toml", "bad\0name", tmp_path])
    assert (len(rules), codes(rules)) == (1, ["RULE001", "RULE001"])
    assert "none.toml" in rules.diagnostics[0].message


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes are POSIX's")
def test_links_are_followed_within_the_folder_only(tmp_path):
    inside, outside = tmp_path / "rules", tmp_path / "outside"
    (inside / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.toml").write_text(toml(rule_id="outside"))
    (inside / "deep" / "a.toml").write_text(toml(rule_id="a"))
    (inside / "link.toml").symlink_to(outside / "secret.toml")
    (inside / "again.toml").symlink_to(inside / "deep" / "a.toml")
    (inside / "loop").symlink_to(inside)
    (inside / "gone.toml").symlink_to(inside / "nowhere")
    os.mkfifo(inside / "pipe.toml")
    rules = load([inside])
    assert ([rule.id for rule in rules], rules.diagnostics) == (["a"], ())


@pytest.mark.skipif(sys.platform == "win32", reason="links are POSIX's")
def test_links_in_a_circle_are_told_of(tmp_path):
    (tmp_path / "a.toml").write_text(toml(rule_id="a"))
    (tmp_path / "circle.toml").symlink_to(tmp_path / "circle.toml")
    rules = load([tmp_path])
    assert ([rule.id for rule in rules], codes(rules)) == (["a"], ["RULE001"])


def test_of_two_rules_with_one_id_the_first_counts(tmp_path):
    (tmp_path / "a.toml").write_text(toml(name="First"))
    (tmp_path / "b.toml").write_text(toml(name="Second"))
    (tmp_path / "c.toml").write_text(toml(name="First"))
    rules = load([tmp_path])
    assert [rule.name for rule in rules] == ["First"]
    (found,) = rules.diagnostics
    assert (found.code, found.severity) == ("RULE009", "warning")
    assert found.file.endswith("b.toml")
    assert "a.toml (First)" in found.message


def test_versions_come_from_the_list_beside_the_rules(tmp_path):
    (tmp_path / "a.toml").write_text(toml(rule_id="a"))
    (tmp_path / "b.toml").write_text(toml(rule_id="b", version=3))
    (tmp_path / "c.toml").write_text(toml(rule_id="c"))
    (tmp_path / "version.lock.json").write_text('{"a": {"version": 12}, "b": {"version": 9}}')
    assert [rule.version for rule in load([tmp_path])] == [12, 3, 1]
    for broken in ("[", "[]", '{"a": 1}', '{"a": {"version": "x"}}'):
        (tmp_path / "version.lock.json").write_text(broken)
        assert [rule.version for rule in load([tmp_path])] == [1, 3, 1]


def test_a_folder_of_deprecated_rules_makes_them_so(tmp_path):
    (tmp_path / "_deprecated").mkdir()
    (tmp_path / "_deprecated" / "a.toml").write_text(toml())
    assert load([tmp_path])[0].maturity == "deprecated"


def test_names_with_control_characters_are_shown_harmlessly(tmp_path):
    path = tmp_path / "a\x1b[31m.toml"
    path.write_text(toml())
    assert load([path])[0].origin.file.endswith(r"a\x1b[31m.toml")


def test_a_file_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tocsin.rules.sources.MOST_BYTES", 100)
    assert codes(one(tmp_path, toml())) == ["RULE001"]


def test_without_a_path_the_shipped_pack_is_loaded():
    rules = load_rules()
    assert len(rules) >= 11
    assert rules.diagnostics == ()


def test_a_rule_keeps_its_own_table(tmp_path):
    (rule,) = one(tmp_path, toml(timeline_title="T"))
    assert rule.raw["timeline_title"] == "T"
    assert rule.raw.keys() >= BASE.keys()


@pytest.mark.parametrize(
    ("content", "why", "hint"),
    [
        ("\ufeff[rule]\n".encode("utf-16-le"), "it is text in UTF-16", "save it in UTF-8"),
        (bz2.compress(b"[rule]\n" * 99), "it is packed with bzip2", "pack the rules as .zip"),
        (lzma.compress(b"[rule]\n" * 99), "it is packed with xz", "pack the rules as .zip"),
        (b"[rule]\nname = '\xff'\n", "it is not in UTF-8", "save it in UTF-8"),
        (b"a = 1\na = 2\n", "a key or table is there already", "once"),
        (b"[a]\n[a]\n", "a key or table is there already", "once"),
        (b"a = {b = 1, b = 2}\n", "a key or table is there already", "once"),
        (b"a = [1\n", "unclosed array", "look for a quote or bracket"),
    ],
)
def test_what_is_no_toml_is_told_with_what_to_do(tmp_path, content, why, hint):
    path = tmp_path / "r.toml"
    path.write_bytes(content)
    (found,) = load([path]).diagnostics
    assert found.code == "RULE003"
    assert found.message.endswith(f": {why}")
    assert hint in found.hint


@pytest.mark.parametrize(
    ("name", "paths", "expected"),
    [
        ("rules/a.toml", ["rules"], True),
        ("rules/a.toml", ["other"], False),
        ("rules/a.toml", ["rules/b.toml", "rules/a.toml"], True),
        ("rules/notes.txt", ["rules"], False),
        ("rules/alerts.ndjson", ["rules"], False),
        ("rules/alerts.ndjson", ["rules", "rules/alerts.ndjson"], True),
        ("rules/export.ndjson", ["rules"], True),
    ],
)
def test_which_files_are_read_for_paths(tmp_path, name, paths, expected):
    (tmp_path / "rules").mkdir()
    rule = b'{"rule_id": "a", "risk_score": 1}\n'
    content = {"a.toml": b"", "notes.txt": b"", "alerts.ndjson": b"{}\n", "export.ndjson": rule}
    for file, text in content.items():
        (tmp_path / "rules" / file).write_bytes(text)
    assert is_source(tmp_path / name, [tmp_path / path for path in paths]) is expected
