"""``tocsin query``: outputs, statuses, what it says about wrong queries."""

import csv
import io
import json
from pathlib import Path

import pytest
from made_events import process

CURL = 'process where process.name == "curl"'


@pytest.fixture(autouse=True)
def some_events(events):
    events(process(1), process(2, "bash"), process(3, user={"name": "app"}))


def test_a_line_for_each_event(cli):
    found = cli("query", CURL, "events.ndjson")
    assert found.status == 0
    assert [line.split() for line in found.out.splitlines()] == [
        ["1", "2026-08-01T12:00:01.000Z", "web-1", "curl"],
        ["2", "2026-08-01T12:00:03.000Z", "web-1", "curl", "(app)"],
    ]
    assert found.err == "2 matches in 3 events\n"


def test_matches_as_json_are_whole_events(cli):
    rows = cli("query", CURL, "events.ndjson", "--format", "ndjson").rows
    assert rows[0] == {"join_keys": [], "events": [process(1)]}
    assert json.loads(cli("query", CURL, "events.ndjson", "--format", "json").out) == rows
    assert (
        json.loads(cli("query", "file where true", "events.ndjson", "--format", "json").out) == []
    )


def test_a_sequence_has_a_row_for_each_stage(cli):
    text = f'sequence by host.name [process where process.name == "bash"] [{CURL}]'
    rows = list(
        csv.DictReader(io.StringIO(cli("query", text, "events.ndjson", "--format", "csv").out))
    )
    assert [(row["match"], row["stage"], row["what_happened"]) for row in rows] == [
        ("1", "1", "bash"),
        ("1", "2", "curl (app)"),
    ]
    assert cli("query", text, "events.ndjson", "--format", "ndjson").rows[0]["join_keys"] == [
        "web-1"
    ]


def test_a_missing_event_is_told(cli):
    text = 'sequence with maxspan=1s [process where process.name == "bash"] ![file where true]'
    lines = cli("query", text, "events.ndjson").out.splitlines()
    assert lines[1].split(maxsplit=1) == ["1.2", "(no such event)"]


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (["--size", "1"], [3]),
        (["--size", "1", "--result-position", "head"], [1]),
        (["--size", "0"], []),
        (["--tiebreaker-field", "process.pid"], [1, 3]),
    ],
)
def test_size_and_position(cli, options, seconds):
    rows = cli("query", CURL, "events.ndjson", "--format", "ndjson", *options).rows
    assert [row["events"][0]["process"]["pid"] for row in rows] == seconds


def test_fields_may_be_named_otherwise(cli, events):
    events({"when": "2026-08-01T12:00:00Z", "@timestamp": 1, "kind": "process", "v": "1.10.0"})
    options = ["--timestamp-field", "when", "--event-category-field", "kind", "--format", "ndjson"]
    found = cli(
        "query", 'process where v > "1.9.0"', "events.ndjson", "--field", "v=version", *options
    )
    assert len(found.rows) == 1


@pytest.mark.parametrize(
    ("language", "text", "seconds"),
    [
        ("kuery", "process.name: curl", [1, 3]),
        ("kuery", "process.name: curl and not user.name: app", [1]),
        ("kuery", "app", [3]),
        ("lucene", "process.name:curl AND NOT user.name:app", [1]),
    ],
)
def test_other_languages(cli, language, text, seconds):
    found = cli("query", text, "events.ndjson", "--language", language, "--format", "ndjson")
    assert [row["events"][0]["process"]["pid"] for row in found.rows] == seconds
    found = cli("query", text, "events.ndjson", "--language", language, "--size", "1")
    assert len(found.out.splitlines()) == 1


def test_texts_may_be_compared_as_elasticsearch_does(cli, events):
    events({"@timestamp": 1, "message": "connection was refused"})
    for mode, count in (("raw", 1), ("compat", 0)):
        found = cli("query", "message: con*refused", "events.ndjson", "--language", "kuery",
                    "--text-mode", mode, "--format", "ndjson")  # fmt: skip
        assert len(found.rows) == count
    Path("tocsin.toml").write_text('[query]\ntext_mode = "compat"\n')
    found = cli("query", "message: con*refused", "events.ndjson", "--language", "kuery")
    assert found.out == ""


@pytest.mark.parametrize(
    ("language", "text", "code"), [("kuery", "a:", "KQL001"), ("lucene", "a:x~", "LUC003")]
)
def test_a_wrong_query_of_another_language(cli, language, text, code):
    found = cli("query", text, "events.ndjson", "--language", language)
    assert (found.status, found.out) == (2, "")
    assert found.err.startswith(f"error[{code}]")
    assert "query:1:" in found.err


def test_the_output_may_be_a_file(cli):
    assert cli("query", CURL, "events.ndjson", "-o", "found").out == ""
    assert len(Path("found").read_text().splitlines()) == 2


def test_a_wrong_query_is_shown_with_its_place(cli):
    found = cli("query", "process where process.name = 1", "events.ndjson")
    assert (found.status, found.out) == (2, "")
    assert found.err.startswith("error[EQL")
    assert "query:1:" in found.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", CURL],
        ["query", CURL, "nothing"],
        ["query", CURL, "events.ndjson", "--field", "v"],
        ["query", CURL, "events.ndjson", "--field", "v=verzion"],
        ["query", CURL, "events.ndjson", "--language", "sql"],
        ["query", CURL, "events.ndjson", "--size", "-1"],
        ["query", CURL, "events.ndjson", "-o", "events.ndjson"],
    ],
)
def test_what_cannot_run(cli, arguments):
    found = cli(*arguments)
    assert (found.status, found.out) == (2, "")
    assert found.err


def test_lines_that_are_no_events_are_counted(cli, events):
    events(process(1), b"junk")
    told = cli("query", CURL, "events.ndjson").err
    assert "1 match in 1 event\n" in told
    assert "1 line rejected (`tocsin scan --rejects FILE` keeps them)\n        1  " in told
    assert ": events.ndjson:2\n" in told
    events(b"junk")
    assert cli("query", CURL, "events.ndjson").status == 2


def test_what_an_event_says_cannot_steer_the_terminal(cli, events):
    events(process(1, "\x1b]0;owned\x07\x9b2J\u202e"))
    out = cli("query", "process where true", "events.ndjson").out
    assert "\\x1b]0;owned\\x07\\x9b2J\\u202e" in out
    assert out.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        (
            "eql",
            'process where process.nam == "x"',
            ["`process.nam`; did you mean `process.name`"],
        ),
        ("eql", 'process where not process.title == "x"', ["`process.title`"]),
        (
            "eql",
            'sequence by zone [process where true] [any where file.path == "/"]',
            ["`file.path`", "`zone`"],
        ),
        ("kuery", "user.nam : root", ["`user.nam`; did you mean `user.name`"]),
        ("kuery", "process.name : curl or process.title : x", ["`process.title`"]),
        ("lucene", "file.path:x", ["`file.path`"]),
        (
            "esql",
            'FROM x | WHERE process.nam == "x" | KEEP process.nam',
            ["`process.nam`; did you"],
        ),
        ("eql", CURL, []),
        ("eql", "process where process.name : ?host.name", []),
    ],
)
def test_fields_that_no_event_has_are_told(cli, language, text, told):
    found = cli("query", "--language", language, text, "events.ndjson")
    lines = [line for line in found.err.splitlines() if line.startswith("no event has ")]
    assert len(lines) == len(told)
    assert all(
        line.startswith(f"no event has {one}") for line, one in zip(lines, told, strict=True)
    )


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("eql", 'any where process.name regex "^curl"', ["EQL152"]),
        ("esql", 'from x | where process.name like "%curl"', ["ESQ152"]),
        ("esql", 'from x | where event.code == 5 or process.name == "cur*"', ["ESQ150", "ESQ152"]),
        ("eql", 'any where process.name regex "curl"', []),
        ("kuery", "process.name: curl", []),
        ("lucene", "process.name: /curl/", []),
    ],
)
def test_what_is_doubtful_about_a_query_is_told_and_it_is_asked(cli, language, text, told):
    found = cli("query", "--language", language, text, "events.ndjson")
    assert found.status == 0
    assert found.err.count("warning[") == len(told)
    assert all(f"warning[{code}]" in found.err for code in told)
    assert found.err.endswith("events\n") or "no event has" in found.err


def test_of_no_events_nothing_is_told(cli, events):
    events()
    found = cli("query", 'process where process.nam == "x"', "events.ndjson")
    assert found.err == "0 matches in 0 events\n"


@pytest.mark.parametrize("option", ["--timestamp-field", "--tiebreaker-field"])
def test_fields_of_options_that_no_event_has_are_told(cli, option):
    text = "sequence [process where true] [process where true]"
    found = cli("query", text, "events.ndjson", option, "event.creatd")
    assert found.status == 0
    assert "no event has `event.creatd`; did you mean `event.created`" in found.err
    assert "no event has" not in cli("query", text, "events.ndjson", option, "@timestamp").err


@pytest.mark.parametrize(
    ("language", "query", "meant"),
    [
        ("eql", "process.name: curl", "kuery"),
        ("eql", 'not process.name : ("a" or b*) and host.*: 1 or x > 2 or a:{ b: 1 }', "kuery"),
        ("eql", "process.name:a OR x:b", "kuery"),
        ("eql", "from logs-* | where a == 1", "esql"),
        ("kuery", 'process where process.name == "a"', "eql"),
        ("esql", 'process where process.name == "a"', "eql"),
        ("esql", "a: 1", "kuery"),
        ("lucene", "from logs-* | where (a == 1", ""),
        ("eql", "curl", ""),
        ("eql", "*", ""),
        ("eql", "a: 1 or curl", ""),
        ("eql", "process were process.name : 1", ""),
        ("eql", "process where", ""),
    ],
)
def test_a_query_of_another_language_is_told(cli, events, language, query, meant):
    events({"@timestamp": 1})
    found = cli("query", query, "events.ndjson", "--language", language)
    assert (found.status, found.out) == (2, "")
    told = f"this is a query of another language: --language {meant}\n"
    assert found.err.endswith(told) is bool(meant)
    assert ("another language" in found.err) is bool(meant)
