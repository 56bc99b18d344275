"""What each check tells of, where, and what it leaves in peace."""

import pytest
from linted import HEAD, codes, linted, rule_text, told

from tocsin.diagnostics import Severity
from tocsin.diagnostics.render import as_json
from tocsin.diagnostics.span import line_and_column
from tocsin.lint.slips import one_slip_away


def only(folder, *texts):
    found = told(folder, *texts)
    assert len(found) == 1, [one.message for one in found]
    return found[0]


def placed(diagnostic):
    return diagnostic.text[diagnostic.span.start : diagnostic.span.end]


def query(text):
    return f"query = '''{text}'''"


class TestConditionsWithoutAField:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("process.name = a", "process.name = a"),
            ("host.os.type: linux and not curl", "curl"),
            ('host.os.type: linux and ("a b" or c*)', '"a b"'),
        ],
    )
    def test_values_that_kql_looks_for_everywhere(self, tmp_path, text, place):
        rule = rule_text(query(text), type='"query"')
        found = [one for one in told(tmp_path, rule) if one.code == "LINT105"]
        assert placed(found[0]) == place

    @pytest.mark.parametrize(
        "condition",
        ['"process.name" == "a"', '"process.name" : ("a*", "b")', '"process.name" in ("a", "b")'],
    )
    def test_texts_that_are_names_in_eql(self, tmp_path, condition):
        found = only(tmp_path, rule_text(query(f"any where {condition}")))
        assert (found.code, placed(found)) == ("LINT105", condition)

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("*", "query"),
            ("* : curl or process.* : a", "query"),
            ('any where "a" == process.name and null == process.pid and true == true', "eql"),
        ],
    )
    def test_others_are_left_in_peace(self, tmp_path, text, kind):
        assert "LINT105" not in codes(tmp_path, rule_text(query(text), type=f'"{kind}"'))


class TestFields:
    @pytest.mark.parametrize(
        ("condition", "name", "hint"),
        [
            ('process.nam == "a"', "process.nam", "process.name"),
            ('host.os.typ == "a"', "host.os.typ", "host.os.type"),
            ('evnet.action == "a"', "evnet.action", "event.action"),
            ('event.acton : "a*"', "event.acton", "event.action"),
            ('not user.nmae in ("a", "b")', "user.nmae", "user.name"),
            ('stringContains(process.comand_line, "a")', "process.comand_line", "command_line"),
            ('o365.audit.Membres == "a"', "o365.audit.Membres", "o365.audit.Members"),
        ],
    )
    def test_a_slip_is_told_of_with_the_right_name(self, tmp_path, condition, name, hint):
        found = only(tmp_path, rule_text(query(f"any where {condition}")))
        assert (found.code, placed(found)) == ("LINT101", name)
        assert hint in found.hint

    @pytest.mark.parametrize(
        "condition",
        [
            "process.Ext.anything == 1",
            'acme.product.verdict == "bad"',
            'my_field == "a"',
            'winlog.event_data.NeverSeen == "a"',
            'process.name.caseless == "a"',
            '?labels.mine == "a"',
        ],
    )
    def test_fields_of_others_are_left_in_peace(self, tmp_path, condition):
        assert codes(tmp_path, rule_text(query(f"any where {condition}"))) == []

    def test_an_object_is_no_field(self, tmp_path):
        found = only(tmp_path, rule_text(query('any where file.hash == "a"')))
        assert "holds other fields" in found.message

    def test_a_field_is_told_of_once(self, tmp_path):
        text = query('any where process.nam == "a" or process.nam == "b"')
        assert codes(tmp_path, rule_text(text)) == ["LINT101"]

    def test_join_keys_are_fields_too(self, tmp_path):
        text = query("sequence by host.idd with maxspan=1m [any where true] [any where true]")
        assert placed(only(tmp_path, rule_text(text))) == "host.idd"

    @pytest.mark.parametrize(
        "line",
        [
            'timestamp_override = "event.ingestd"',
            'rule_name_override = "rule.nam"',
            'alert_suppression = { group_by = ["host.nmae"] }',
            'severity_mapping = [{ field = "event.severty", value = "1", severity = "high" }]',
        ],
    )
    def test_keys_that_name_fields_are_looked_at(self, tmp_path, line):
        found = only(tmp_path, rule_text(line))
        assert found.code == "LINT101"
        assert "did you mean" in found.hint

    def test_one_slip(self):
        names = ["process.name", "process.names", "process.nome", "process.pid"]
        assert one_slip_away("process.nmae", ["process.name"]) == ["process.name"]
        assert one_slip_away("hsot.id", ["host.id", "host.ip"]) == ["host.id"]
        assert one_slip_away("host.it", ["host.id"]) == []
        assert one_slip_away("process.nam", names) == ["process.name"]
        assert one_slip_away("process.named", names) == ["process.name", "process.names"]
        assert one_slip_away("proces.nmae", names) == []
        assert one_slip_away("user.nme", ["user.name"]) == ["user.name"]
        assert one_slip_away("nam", ["name"]) == []


class TestValues:
    @pytest.mark.parametrize(
        ("condition", "value", "hint"),
        [
            ('event.type == "started"', '"started"', "`start`"),
            ('event.outcome == "Success"', '"Success"', "`success`"),
            ('event.type in ("start", "strat")', '"strat"', "`start`"),
            ('event.category : "proces"', '"proces"', "`process`"),
        ],
    )
    def test_a_value_that_cannot_be(self, tmp_path, condition, value, hint):
        found = only(tmp_path, rule_text(query(f"any where {condition}")))
        assert (found.code, placed(found)) == ("LINT102", value)
        assert hint in found.hint

    def test_the_category_before_where(self, tmp_path):
        found = only(tmp_path, rule_text(query("processes where true")))
        assert (found.code, placed(found)) == ("LINT102", "processes")
        override = query("start where true") + '\nevent_category_override = "event.type"'
        assert codes(tmp_path, rule_text(override)) == []

    @pytest.mark.parametrize(
        "condition",
        [
            'event.type in ("start", "process_started")',
            'event.type : "Start"',
            'event.type : "sta*"',
            'event.outcome in~ ("FAILURE")',
            'event.action == "anything"',
        ],
    )
    def test_values_that_may_be(self, tmp_path, condition):
        assert codes(tmp_path, rule_text(query(f"any where {condition}"))) == []


class TestKql:
    def found(self, tmp_path, query):
        return told(tmp_path, rule_text(f"type = 'query'\nquery = '{query}'"))

    @pytest.mark.parametrize(
        ("query", "code", "place"),
        [
            ('process.nam: "a"', "LINT101", "process.nam"),
            ("not host.os.typ: a and process.name: b", "LINT101", "host.os.typ"),
            ("event.type: (start or strat)", "LINT102", "strat"),
            ("event.type: Start", "LINT102", "Start"),
            ("not event.outcome: failed", "LINT102", "failed"),
            ('file.path: ("/a" or "/tmp/*")', "LINT103", '"/tmp/*"'),
            ('url.path: "*"', "LINT103", '"*"'),
            ("file.path: *GitHub?Copilot*", "LINT104", "*GitHub?Copilot*"),
            ("dns.question.name: (not a?.b)", "LINT104", "a?.b"),
        ],
    )
    def test_what_is_told(self, tmp_path, query, code, place):
        [found] = self.found(tmp_path, query)
        assert (found.code, placed(found)) == (code, place)

    @pytest.mark.parametrize(
        "query",
        [
            "event.type: (start or process_started)",
            "event.outcome: (Success or success)",
            "process.name: a* and process.*: b and acme.field: c",
            'file.path: "a b" or file.path: *',
            "process.pid > 4 and event.type: sta*",
        ],
    )
    def test_what_is_left_in_peace(self, tmp_path, query):
        assert self.found(tmp_path, query) == []

    def test_a_clause_is_told_of_once(self, tmp_path):
        [found] = self.found(tmp_path, 'file.path: ("a*" or "b*" or c* or "d*")')
        assert found.message.endswith("here and in 2 more values of the field")


class TestSchedule:
    @pytest.mark.parametrize(
        ("start", "interval", "maxspan", "expected"),
        [
            ("now-9m", "5m", "4m", []),
            ("now-9m", "5m", "241s", ["LINT110"]),
            ("now-6m", "5m", "1m", []),
            ("now-12h", "6h", "12h", ["LINT110"]),
            ("now-5m", "5m", "1s", ["LINT110"]),
            ("now-1m", "2m", "10s", ["LINT110", "LINT111"]),
        ],
    )
    def test_maxspan(self, tmp_path, start, interval, maxspan, expected):
        text = query(f"sequence with maxspan={maxspan} [any where true] [any where true]")
        text += f'\nfrom = "{start}"\ninterval = "{interval}"'
        assert sorted(codes(tmp_path, rule_text(text))) == expected

    def test_the_hint_puts_it_right(self, tmp_path):
        text = query("sequence with maxspan=90s [any where true] [any where true]")
        found = only(tmp_path, rule_text(text + '\nfrom = "now-6m"'))
        assert found.hint.startswith('from = "now-390s"')
        assert codes(tmp_path, rule_text(text + '\nfrom = "now-390s"')) == []

    def test_a_sequence_without_maxspan_is_left_in_peace(self, tmp_path):
        assert codes(tmp_path, rule_text(query("sequence [any where true] [any where true]"))) == []

    @pytest.mark.parametrize(("start", "expected"), [("now-9m", ["LINT112"]), ("now-7d", [])])
    def test_history(self, tmp_path, start, expected):
        text = rule_text(
            "type = 'new_terms'\nlanguage = 'kuery'\nquery = 'process.name:*'",
            "[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['host.id']\n"
            "[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\n"
            f"value = '{start}'",
        )
        assert codes(tmp_path, text) == expected


THREAT = """
[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
id = "{technique}"
name = "{name}"
reference = "https://attack.mitre.org/techniques/{technique}/"
[[rule.threat.technique.subtechnique]]
id = "{part}"
name = "{part_name}"
reference = "{page}"
[rule.threat.tactic]
id = "{tactic}"
name = "{tactic_name}"
reference = "https://attack.mitre.org/tactics/{tactic}/"
"""
RIGHT = {
    "technique": "T1059",
    "name": "Command and Scripting Interpreter",
    "part": "T1059.004",
    "part_name": "Unix Shell",
    "page": "https://attack.mitre.org/techniques/T1059/004/",
    "tactic": "TA0002",
    "tactic_name": "Execution",
}


class TestThreat:
    def told(self, tmp_path, **changes):
        text = rule_text("", THREAT.format(**{**RIGHT, **changes}))
        return told(tmp_path, text)

    def test_a_right_mapping(self, tmp_path):
        assert self.told(tmp_path) == []

    @pytest.mark.parametrize(
        ("changes", "code", "hint"),
        [
            ({"tactic_name": "Executing"}, "LINT122", 'name = "Execution"'),
            ({"part_name": "Bash"}, "LINT122", 'name = "Unix Shell"'),
            ({"part": "T1059.999", "page": ""}, "LINT120", "T1059.004 (Unix Shell)"),
            ({"page": "https://attack.mitre.org/techniques/T1059/003/"}, "LINT123", "T1059/004/"),
            ({"page": "http://example.com"}, "LINT123", "T1059/004/"),
            (
                {
                    "part": "T1204.002",
                    "part_name": "Malicious File",
                    "page": "https://attack.mitre.org/techniques/T1204/002",
                },
                "LINT124",
                "T1204",
            ),
        ],
    )
    def test_one_thing_that_is_wrong(self, tmp_path, changes, code, hint):
        (found,) = self.told(tmp_path, **changes)
        assert (found.code, found.severity) == (code, Severity.WARNING)
        assert hint in found.hint

    def test_a_wrong_tactic_is_told_of_for_each_technique(self, tmp_path):
        found = self.told(tmp_path, tactic="TA0006", tactic_name="Credential Access")
        assert [one.code for one in found] == ["LINT121", "LINT121"]
        assert "Execution (TA0002)" in found[0].hint

    def test_the_place_is_the_line(self, tmp_path):
        (found,) = self.told(tmp_path, part_name="Bash")
        line, _ = line_and_column(found.text, found.span.start)
        assert found.text.split("\n")[line - 1] == 'name = "Bash"'

    def test_other_frameworks_are_left_in_peace(self, tmp_path):
        text = 'threat = [{ framework = "MITRE ATLAS", tactic = { id = "AML.TA0004" } }]'
        assert codes(tmp_path, rule_text(text)) == []


class TestTables:
    @pytest.mark.parametrize(
        ("lines", "severity", "message"),
        [
            ("[rule.threshold]\nfield = ['host.id']", "error", "needs the key `value`"),
            ("[rule.threshold]\nfield = ['host.id']\nvalue = 0", "error", "whole number from 1"),
            ("[rule.threshold]\nfield = ['a', 'a']\nvalue = 1", "error", "different texts"),
            ("[rule.threshold]\nvalue = '1'", "error", "whole number"),
            (
                "[rule.threshold]\nvalue = 1\n[[rule.threshold.cardinality]]\nfield = 'host.id'",
                "error",
                "needs the key `value`",
            ),
        ],
    )
    def test_threshold(self, tmp_path, lines, severity, message):
        kql = "type = 'threshold'\nlanguage = 'kuery'\nquery = 'process.name:*'"
        found = only(tmp_path, rule_text(kql, lines))
        assert (found.code, found.severity) == ("LINT131", severity)
        assert message in found.message

    @pytest.mark.parametrize("field", ["", "user.name"])
    def test_a_cardinality_of_zero_as_kibana_exports_it(self, tmp_path, field):
        kql = "type = 'threshold'\nlanguage = 'kuery'\nquery = 'process.name:*'"
        counted = f"cardinality = [{{ field = '{field}', value = 0 }}]"
        threshold = f"[rule.threshold]\nfield = 'host.id'\nvalue = 2\n{counted}"
        assert codes(tmp_path, rule_text(kql, threshold)) == []

    @pytest.mark.parametrize("kind", ["threshold", "new_terms", "threat_match"])
    def test_a_type_without_its_table(self, tmp_path, kind):
        kql = f"type = '{kind}'\nlanguage = 'kuery'\nquery = 'process.name:*'"
        found = only(tmp_path, rule_text(kql))
        assert (found.code, found.severity) == ("LINT131", "error")

    @pytest.mark.parametrize(
        ("lines", "hint"),
        [
            ("[[transform.osquery]]\nlabel = 'a'\nquery = 'b'\nlable = 'c'", "there are"),
            ("[rule.investigation_fields]\nfield_name = ['host.id']", "`field_names`"),
        ],
    )
    def test_unknown_keys(self, tmp_path, lines, hint):
        note = 'note = "$osquery_0"' if "osquery" in lines else ""
        found = only(tmp_path, rule_text(note, lines))
        assert (found.code, found.severity) == ("LINT130", "warning")
        assert hint in found.hint

    def test_an_unknown_table(self, tmp_path):
        found = only(tmp_path, rule_text("", "[tranform]\nx = 1"))
        assert (found.code, found.hint) == ("RULE008", "did you mean `transform`?")


class TestTheRest:
    @pytest.mark.parametrize(
        ("severity", "risk", "expected"),
        [("low", 0, []), ("low", 22, ["LINT140"]), ("medium", 22, []), ("critical", 74, [])],
    )
    def test_risk(self, tmp_path, severity, risk, expected):
        text = f"severity = '{severity}'\nrisk_score = {risk}\nnote = 'A guide.'"
        assert codes(tmp_path, rule_text(text)) == expected

    def test_placeholders_and_entries(self, tmp_path):
        entries = "[[transform.investigate]]\nlabel = 'a'\nproviders = []\n" * 2
        right = rule_text('note = "$investigate_0 and $investigate_1"', entries)
        assert codes(tmp_path, right) == []
        wrong = rule_text('note = "$investigate_1 and $investigate_2"', entries)
        assert codes(tmp_path, wrong) == ["LINT150", "LINT151"]

    @pytest.mark.parametrize(
        ("metadata", "expected"),
        [
            ('creation_date = "2026/08/20"\nupdated_date = "2026/08/21"', []),
            ('creation_date = "2026/08/21"\nupdated_date = "2026/08/20"', ["LINT132"]),
            ('creation_date = "2026-08-21"', ["LINT132"]),
            ("creation_date = 2026-08-21", []),
        ],
    )
    def test_dates(self, tmp_path, metadata, expected):
        head = f"[metadata]\n{metadata}\n\n[rule]\n"
        assert codes(tmp_path, rule_text(head=head)) == expected

    def test_names(self, tmp_path):
        other = rule_text(rule_id='"22222222-2222-4222-8222-222222222222"')
        found = only(tmp_path, rule_text(), other)
        assert (found.code, found.rule_id[:4]) == ("LINT160", "2222")
        assert found.label.endswith("rule_1.toml")

    @pytest.mark.parametrize(
        ("patterns", "expected"),
        [
            ('["logs-*", "-logs-old*"]', []),
            ('["-logs-*"]', ["LINT171"]),
            ('["logs-a*,logs-b*"]', ["LINT171"]),
            ('["logs a"]', ["LINT171"]),
            ('[""]', ["LINT171"]),
            ('["*:logs-endpoint.events.*"]', []),
            ('["<logs-{now/d}>"]', []),
            ("[]", ["LINT170"]),
        ],
    )
    def test_indices(self, tmp_path, patterns, expected):
        assert codes(tmp_path, rule_text(index=patterns)) == expected

    def test_a_data_view_is_known_to_kibana_alone(self, tmp_path):
        rule = rule_text('data_view_id = "security-solution-default"', index=None)
        found = only(tmp_path, rule)
        assert found.code == "LINT170"
        assert "data view" in found.message

    def test_deprecated_rules_are_not_looked_at(self, tmp_path):
        head = HEAD.replace("production", "deprecated")
        assert codes(tmp_path, rule_text("risk_score = 99", head=head)) == []

    def test_an_exported_rule_is_looked_at_and_told_with_its_places(self, tmp_path):
        line = (
            '{"rule_id": "a", "name": "A", "type": "eql", "language": "eql", "severity": "low",'
            ' "risk_score": 99, "description": "b", "query": "any where true", "index": ["logs-*"]}'
        )
        other = line.replace('"a"', '"b"').replace('"low"', '"high"')
        (tmp_path / "export.ndjson").write_text(f"{line}\n{other}\n", encoding="utf-8")
        told = [as_json(one) for one in linted(tmp_path).diagnostics]
        found = [(one["code"], one["line"], one["column"]) for one in told]
        places = line.index('"risk_score"') + 1, other.index('"severity"') + 1
        assert ("LINT140", 1, places[0]) in found
        assert ("LINT152", 2, places[1]) in found
