"""The codes of ``tocsin check`` about rules that load: advice, and what makes a rule useless.

001 is about allowances, 10x fields and values, 11x the schedule, 12x ATT&CK, 13x keys, 14x scores,
15x guides, 16x the rule set, 17x indices. Examples are lines of a rule file's ``[rule]``, as those
of `rule_codes`.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

_EXECUTION = 'threat = [{ tactic = { id = "TA0002" }, technique = [{ %s }] }]'


def _mapped(technique: str) -> str:
    return _EXECUTION % technique


LINT_CODES = (
    Code(
        "LINT001",
        "A comment that allows nothing",
        "A comment `# tocsin: allow CODE reason` keeps a warning quiet: at the end of a line for "
        "that line, on a line of its own for the statement (or the line of a query) below it, "
        "before the first table for the whole file. In an EQL query it begins with `//`. This one "
        "names a code that does not exist, or that does not occur where it holds.",
        '# tocsin: allow EQL150 the star stands in the log\nname = "Curl in a Container"',
        'name = "Curl in a Container"',
    ),
    Code(
        "LINT101",
        "A field that nobody knows",
        "The name stands among ECS's own fields, but ECS has no such field; or it is one letter "
        "away from a field that is known. A condition on a field that no event has never holds. "
        "Other unknown fields are not told of: integrations have thousands.",
        "query = 'process where proces.name == \"curl\"'",
        "query = 'process where process.name == \"curl\"'",
    ),
    Code(
        "LINT102",
        "A value that the field never holds",
        "ECS fixes the values of `event.kind`, `event.category`, `event.type` and "
        "`event.outcome`. Events that keep to ECS never hold this one, so the comparison is always "
        "false.",
        "query = 'process where event.type == \"started\"'",
        "query = 'process where event.type == \"start\"'",
    ),
    Code(
        "LINT103",
        "A quoted star in KQL",
        "In KQL, `*` is a wildcard only outside double quotes. A quoted value is compared as it "
        "is, so that the clause waits for a star. Sometimes one is meant: Kubernetes writes `*` "
        "for all verbs.",
        "type = 'query'\nquery = 'url.path: \"*/admin/*\"'",
        "type = 'query'\nquery = 'url.path: */admin/*'",
    ),
    Code(
        "LINT104",
        "A question mark in KQL",
        "In KQL, `?` is no wildcard but a plain character: only `*` stands for others. In an "
        "address such as `/secrets?limit=*` it is meant so.",
        "type = 'query'\nquery = 'destination.domain: store?.example.com'",
        "type = 'query'\nquery = 'destination.domain: store*.example.com'",
    ),
    Code(
        "LINT105",
        "A condition without a field",
        "KQL looks for a value without a field in all fields: `process.name = curl` is three "
        "words, not a comparison. A name in double quotes is a text in EQL, and never changes.",
        "type = 'query'\nquery = 'process.name = curl'",
        "type = 'query'\nquery = 'process.name : curl'",
    ),
    Code(
        "LINT110",
        "A maxspan beyond the schedule's reach",
        "Kibana runs a rule each `interval` over the time from `from` to `to`. It sees a sequence "
        "as a whole, whenever it begins, only if `maxspan` is at most that window less the "
        "interval; longer ones are lost if they cross an edge. Tocsin keeps sequences open and "
        "finds them all the same.",
        "query = 'sequence by host.id with maxspan=5m [process where true] [network where true]'",
        "query = 'sequence by host.id with maxspan=1m [process where true] [network where true]'",
    ),
    Code(
        "LINT111",
        "A schedule with holes",
        "The rule runs less often than it looks back. In Kibana, the events in between are seen by "
        "no run.",
        'interval = "15m"',
        'interval = "5m"',
    ),
    Code(
        "LINT112",
        "A history that is none",
        "A value is new if it did not occur between `history_window_start` and `from`. Here the "
        "history does not begin before `from`, so that every value is new.",
    ),
    Code(
        "LINT120",
        "An id that ATT&CK does not have",
        "No tactic, technique or sub-technique of MITRE ATT&CK Enterprise has this id, or it is "
        "one of those that were withdrawn.",
        _mapped('id = "T1951", name = "Command and Scripting Interpreter"'),
        _mapped('id = "T1059", name = "Command and Scripting Interpreter"'),
    ),
    Code(
        "LINT121",
        "A technique under another tactic",
        "ATT&CK lists the technique under other tactics than the one it stands under here.",
        _mapped('id = "T1003", name = "OS Credential Dumping"'),
        _mapped('id = "T1059", name = "Command and Scripting Interpreter"'),
    ),
    Code(
        "LINT122",
        "A name that is not the id's",
        "ATT&CK calls the tactic or technique of this id by another name. Either may be the slip.",
        _mapped('id = "T1059", name = "Scripting"'),
        _mapped('id = "T1059", name = "Command and Scripting Interpreter"'),
    ),
    Code(
        "LINT123",
        "Not the page of the id",
        "The address leads to another page of ATT&CK, or to none.",
        _mapped('id = "T1059", reference = "https://attack.mitre.org/techniques/T1095/"'),
        _mapped('id = "T1059", reference = "https://attack.mitre.org/techniques/T1059/"'),
    ),
    Code(
        "LINT124",
        "A sub-technique under another technique",
        "The first part of a sub-technique's id is its technique's id.",
        _mapped('id = "T1059", subtechnique = [{ id = "T1204.002" }]'),
        _mapped('id = "T1059", subtechnique = [{ id = "T1059.004" }]'),
    ),
    Code(
        "LINT125",
        "A tactic that is mapped twice",
        "All techniques of a tactic belong into one entry of `threat`.",
        'threat = [{ tactic = { id = "TA0002" } }, { tactic = { id = "TA0002" } }]',
        'threat = [{ tactic = { id = "TA0002" } }]',
    ),
    Code(
        "LINT130",
        "A key inside a table that nobody reads",
        "The table knows no such key; it may be misspelt. The rule runs without it.",
        'alert_suppression = { group_by = ["host.id"], missing_field_strategy = "suppress" }',
        'alert_suppression = { group_by = ["host.id"], missing_fields_strategy = "suppress" }',
    ),
    Code(
        "LINT131",
        "A table of the wrong shape",
        "A key inside one of the rule's tables is missing, or its value must be something else. "
        "Where the table decides what the rule finds (`threshold`, `new_terms`, "
        "`alert_suppression`, `threat_mapping`) this is an error.",
        'alert_suppression = { duration = { value = 5, unit = "minutes" } }',
        'alert_suppression = { duration = { value = 5, unit = "m" } }',
    ),
    Code(
        "LINT132",
        "A date of the rule that cannot be",
        "The dates in `[metadata]` are written as `2026/08/21`, and a rule is not changed before "
        "it was written.",
    ),
    Code(
        "LINT140",
        "Risk and severity that disagree",
        "A risk score of 0 to 21 goes with low severity, to 47 with medium, to 73 with high, and "
        "higher ones with critical. Who sorts alerts by the one finds them otherwise than who "
        "sorts by the other.",
        "risk_score = 73",
        "risk_score = 21",
    ),
    Code(
        "LINT141",
        "More alerts than Kibana gives",
        "A Kibana server lets at most 1,000 alerts of one run through, unless its settings say "
        "otherwise. Tocsin has no such bound.",
        "max_signals = 5000",
        "max_signals = 1000",
    ),
    Code(
        "LINT150",
        "A placeholder without an entry",
        "`$osquery_0` and `$investigate_0` in a guide stand for the first entry of "
        "`[[transform.osquery]]` and `[[transform.investigate]]`. There is none of this number, so "
        "the placeholder stays in the text.",
        'note = "Look at the parent: $investigate_0"',
        'note = "Look at the parent."',
    ),
    Code(
        "LINT151",
        "An entry without a placeholder",
        "`[transform]` holds an entry that the guide never names, so nobody sees it.",
    ),
    Code(
        "LINT152",
        "A serious rule without a guide",
        "Who gets an alert of high or critical severity needs to know what to do. `note` holds the "
        "guide, in Markdown.",
        'severity = "high"\nrisk_score = 73',
        'severity = "high"\nrisk_score = 73\nnote = "Ask who ran it."',
    ),
    Code(
        "LINT160",
        "A name that is taken",
        "Two rules have one name. People choose, silence and talk of rules by their names.",
    ),
    Code(
        "LINT170",
        "No index pattern",
        "The rule names no index patterns, or leaves them to a data view, which Kibana alone "
        "knows, so that it is offered the events of every source.",
        'type = "eql"',
        'index = ["logs-endpoint.events.process-*"]',
    ),
    Code(
        "LINT171",
        "An index pattern that fits nothing",
        "Names of indices are in lower case, without blanks, quotes, slashes, commas and some "
        "other signs. A pattern that begins with `-` only takes away from the others.",
        'index = ["Logs-Endpoint*"]',
        'index = ["logs-endpoint*"]',
    ),
)
