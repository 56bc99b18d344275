"""Case files: found beside their rule, read from TOML and NDJSON, refused with a place."""

import json

import pytest

from tocsin.cases import cases_of, orphans
from tocsin.cases.moments import offset
from tocsin.rules.load import load

RULE = """[rule]
rule_id = "11111111-1111-4111-8111-111111111111"
name = "A"
description = "b"
type = "eql"
severity = "low"
risk_score = 21
query = "process where true"
"""


@pytest.fixture
def cases(tmp_path):
    """The cases of a rule for which files were written, and the messages about them."""

    def read(**files):
        (tmp_path / "rules" / "tests").mkdir(parents=True, exist_ok=True)
        (tmp_path / "rules" / "a.toml").write_text(RULE)
        for name, text in files.items():
            path = name.replace("__", "/").replace("_", ".")
            (tmp_path / "rules" / path).write_text(text)
        [rule] = load([tmp_path / "rules"])
        told = []
        return cases_of(rule, told), told

    return read


def times(case):
    return [event["@timestamp"][11:23] for event in case.events]


def test_all_four_places_are_looked_at(cases):
    toml = '[[case]]\nname = "{}"\nfires = false\nevents = []\n'
    line = '{{"name": "{}", "fires": 2, "events": []}}\n'
    found, told = cases(
        a_test_toml=toml.format("1"),
        a_test_ndjson=line.format("2"),
        tests__a_toml=toml.format("3"),
        tests__a_ndjson=line.format("4"),
        tests__b_toml=toml.format("another rule's"),
    )
    assert told == []
    assert [case.name for case in found] == ["1", "2", "3", "4"]
    assert [case.fires for case in found] == [False, 2, False, 2]
    assert found[3].line == 1


def test_a_case_file_is_no_rule_file(cases, tmp_path):
    cases(a_test_toml='[[case]]\nname = "x"\nfires = true\nevents = []')
    assert load([tmp_path / "rules"]).diagnostics == ()


def test_events_stand_on_what_all_have(cases):
    text = """
[event]
host.id = "h1"
process.name = "curl"
process.args = ["a", "b"]
user = { name = "root", id = "0" }

[[case]]
name = "x"
fires = 1
without = ["user.id", "host"]
[[case.events]]
process.args = ["c"]
event.code = 4
[[case.events]]
user.name = "app"
"""
    [case] = cases(a_test_toml=text)[0]
    first, second = ({k: v for k, v in e.items() if k != "@timestamp"} for e in case.events)
    assert first == {
        "process": {"name": "curl", "args": ["c"]},
        "user": {"name": "root"},
        "event": {"code": 4},
    }
    assert second == {"process": {"name": "curl", "args": ["a", "b"]}, "user": {"name": "app"}}


def test_times_are_relative_to_the_beginning(cases):
    given = [{}, {"@timestamp": "+1m30s"}, {}, {"@timestamp": "-250ms"}, {"@timestamp": "+0s"}]
    line = json.dumps({"name": "x", "fires": True, "events": given})
    [case] = cases(tests__a_ndjson=line)[0]
    assert times(case) == [
        "00:00:00.000",
        "00:01:30.000",
        "00:01:31.000",
        "23:59:59.750",
        "00:00:00.000",
    ]


def test_real_times_and_dates_of_toml_stay(cases):
    text = (
        '[[case]]\nname = "x"\nfires = true\nevents = [{ "@timestamp" = 2026-08-01T00:00:00+02:00, '
        'event.ingested = "+5m" }, { "@timestamp" = "2026-08-01T00:00:00Z" }]'
    )
    [case] = cases(a_test_toml=text)[0]
    assert [event["@timestamp"] for event in case.events] == [
        "2026-07-31T22:00:00.000Z",
        "2026-08-01T00:00:00Z",
    ]
    assert case.events[0]["event"]["ingested"] == "2026-01-01T00:05:00.000Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+5s", 5_000),
        ("-2d", -172_800_000),
        ("+1h30m15s20ms", 5_415_020),
        ("5s", None),
        ("+5", None),
        ("+5x", None),
        ("now-5m", None),
    ],
)
def test_moments(text, expected):
    assert offset(text) == expected


def test_a_moment_beyond_all_years_is_the_last(cases):
    line = '{"name": "x", "fires": true, "events": [{"@timestamp": "+999999999d"}]}'
    [case] = cases(tests__a_ndjson=line)[0]
    assert case.events[0]["@timestamp"].startswith("9999-12-31")


class TestEventsBeside:
    CASE = '[[case]]\nname = "x"\nfires = true\nevents = "{}"'

    def test_a_file_beside(self, cases):
        found, told = cases(a_test_toml=self.CASE.format("more.ndjson"), more_ndjson='{"a": 1}\n\n')
        assert told == []
        assert found[0].events[0]["a"] == 1

    @pytest.mark.parametrize("name", ["../a.toml", "/etc/passwd", "tests/../../a"])
    def test_no_path_leads_out(self, cases, name):
        found, told = cases(a_test_toml=self.CASE.format(name))
        assert found == []
        assert [one.code for one in told] == ["CASE002"]

    @pytest.mark.parametrize("content", ["{", "[1]", "1\n"])
    def test_a_file_of_something_else(self, cases, content):
        found, told = cases(a_test_toml=self.CASE.format("more.ndjson"), more_ndjson=content)
        assert found == []
        assert [one.code for one in told] == ["CASE001"]

    def test_a_name_that_no_file_can_have(self, cases):
        found, told = cases(a_test_toml=self.CASE.format("a\\u0000b"))
        assert found == []
        assert [one.code for one in told] == ["CASE001"]

    def test_no_such_file(self, cases):
        assert [one.code for one in cases(a_test_toml=self.CASE.format("x"))[1]] == ["CASE001"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[[case]]\nname = "x"\nfire = true\nevents = []', 3, "nothing reads the key `fire`"),
        ('[[case]]\nname = ""\nfires = true\nevents = []', 2, "needs a `name`"),
        ('[[case]]\nname = "x"\nfires = -1\nevents = []', 3, "says whether it `fires`"),
        ('[[case]]\nname = "x"\nfires = "yes"\nevents = []', 3, "says whether it `fires`"),
        ('[[case]]\nname = "x"\nfires = true\nevents = [1]', 4, "needs `events`"),
        ('[[cases]]\nname = "x"', 1, "nothing reads `cases`"),
        ("[event]\nx = 1", None, "holds no case"),
        ("case = 1", 1, "write each case as a table"),
        ("[[case]", 1, "cannot be read as TOML"),
    ],
)
def test_what_is_wrong_has_its_place(cases, text, line, message):
    from tocsin.diagnostics.render import as_json

    found, told = cases(a_test_toml=text)
    assert found == []
    assert message in told[0].message
    assert as_json(told[0])["line"] == line


def test_one_broken_line_stops_no_other(cases):
    good = '{"name": "x", "fires": true, "events": []}'
    found, told = cases(tests__a_ndjson=f"{good}\n{{\n7\n{good}\n")
    assert [case.line for case in found] == [1, 4]
    assert [one.code for one in told] == ["CASE001", "CASE002"]


def test_the_example_of_the_code(cases):
    from tocsin.diagnostics.codes import CODES

    row = CODES["CASE002"]
    assert [one.code for one in cases(a_test_toml=row.example)[1]] == ["CASE002"]
    assert cases(a_test_toml=row.fix)[1] == []


def test_case_files_of_no_rule_are_found(tmp_path):
    rules = tmp_path / "rules"
    (rules / "tests").mkdir(parents=True)
    (rules / "a.toml").write_text(RULE)
    for name in ("a.test.toml", "a.test.ndjson", "tests/a.toml", "tests/recorded.ndjson"):
        (rules / name).write_text("")
    assert list(orphans(load([rules]))) == []
    for name in ("b.test.toml", "b.test.ndjson", "tests/b.toml"):
        (rules / name).write_text("")
    found = list(orphans(load([rules / "a.toml"])))
    names = ["b.test.ndjson", "b.test.toml", "tests/b.toml"]
    assert [told.file for told in found] == [str(rules / name) for name in names]
    assert all(str(rules / "b.toml") in told.hint for told in found)


def test_a_rule_s_name_may_hold_the_word_test(tmp_path):
    (tmp_path / "a.test.b.toml").write_text(RULE)
    (tmp_path / "a.test.b.test.toml").write_text("")
    assert list(orphans(load([tmp_path]))) == []
