"""The codes of rules: 001 to 019 for reading them, 020 for choosing, 030 for ``tocsin.toml``.

Examples are lines of a rule file's ``[rule]`` (of the overlay: whole files), that give the code
when they are put into a rule that is right otherwise; fixes are such lines that do not.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

_FILES = (
    Code(
        "RULE001",
        "A path that cannot be read",
        "There is no such file or folder, it may not be read, or it is longer than any rule "
        "file. Rules are read from all other paths.",
    ),
    Code(
        "RULE002",
        "An archive that cannot be read as a whole",
        "The archive is damaged, ends early, or passes a bound: the number of its members, "
        "their length, or what it unfolds to. Rules that could be read from it are used. "
        "Encrypted members are passed over.",
    ),
    Code(
        "RULE003",
        "Not TOML",
        "The file is not valid TOML, is not in UTF-8, or is too long. Most often a quote or a "
        "bracket is missing just before the place that is shown. The other files are read.",
        'name = "Curl in a Container',
        'name = "Curl in a Container"',
    ),
    Code(
        "RULE004",
        "A line that is no JSON",
        "An export of rules has one JSON object in each line. This line has none; the others "
        "are read.",
    ),
    Code(
        "RULE011",
        "A file without a rule",
        "A file that was named holds no rule: a TOML file without a `[rule]` table, an "
        "archive without rule files, or an export without a line that has the keys of a rule. "
        "Queries of Elastic's hunts (`[hunt]`) are no rules: ask them with `tocsin query`.",
    ),
    Code(
        "RULE012",
        "What was passed over",
        "An export holds more than rules: exception lists and their items, connectors. They "
        "were counted and not used. Archives inside an archive are not opened, and links in one "
        "are not followed.",
    ),
    Code(
        "RULE014",
        "A page that is not all",
        "What Kibana's API answers (`GET /api/detection_engine/rules/_find`) is one page of "
        "several: its `total` is greater than the number of rules in it. These are read; the "
        "others cannot be known. Ask with `?per_page=10000`, or export the rules.",
    ),
)

_KEYS = (
    Code(
        "RULE005",
        "A missing key",
        "A rule needs `rule_id`, `name`, `type` and, but for machine learning, `query`; "
        "without one of them it is left out. Without `severity`, `risk_score` or "
        "`description` it runs with what is assumed, and that is a warning. Rules of Elastic "
        "Endpoint (`os_list`, `min_endpoint_version`) are told as such: they are no rules of the "
        "detection engine, and may use what Elasticsearch's EQL does not have.",
        'name = ""',
        'name = "Curl in a Container"',
    ),
    Code(
        "RULE006",
        "A value of the wrong shape",
        "The value of this key must be something else: a list, a number, text. If the key has "
        "to do with what the rule finds, the rule is left out; prose of the wrong shape is a "
        "warning.",
        'index = "logs-*"',
        'index = ["logs-*"]',
    ),
    Code(
        "RULE007",
        "A value that is not allowed",
        "The key knows only certain values, or numbers within bounds; the message names them.",
        'severity = "severe"',
        'severity = "high"',
    ),
    Code(
        "RULE008",
        "A key that nobody reads",
        "The key is none that rules have, and may be misspelt. The rule runs without it.",
        'severty = "high"',
        'severity = "high"',
    ),
    Code(
        "RULE009",
        "A rule id that is taken",
        "Two files hold rules with the same `rule_id` that differ. The first counts, in the "
        "order of the paths and of the names within a folder; the second is left out.",
    ),
    Code(
        "RULE010",
        "A time that cannot be read",
        "`from` and `to` are date math, such as `now-9m` or `now-30d/d`; `interval` is a "
        "number and one of `s`, `m`, `h`, `d`. `from` must be before `to`.",
        'from = "9m"',
        'from = "now-9m"',
    ),
    Code(
        "RULE013",
        "A threat mapping without a tactic",
        "Each entry of `threat` names a tactic with its id, and the techniques that belong to "
        "it. This entry names none and is left out.",
        'threat = [{ framework = "MITRE ATT&CK" }]',
        'threat = [{ framework = "MITRE ATT&CK", tactic = { id = "TA0002", name = "Execution" } }]',
    ),
)

_CHOICE = (
    Code(
        "RULE020",
        "A selector that fits no rule",
        "`--rule`, `--include` or `--exclude` names something that no loaded rule has. Values "
        "are compared as a whole and without case; `*` stands for any characters.",
    ),
    Code(
        "RULE021",
        "Rules that were left out",
        "Deprecated, practice and disabled rules, and those not in production, run only if "
        "`--rule` names them.",
    ),
)

_OVERLAY = (
    Code(
        "RULE031",
        "A setting that nothing reads",
        "`tocsin.toml` has tables for commands (`[scan]`, `[query]`, `[check]`) with some of "
        'their options, and `[rules."…"]` with changes to rules. This key or table is none of '
        "them.",
        '[rules."Curl*"]\nenable = false',
        '[rules."Curl*"]\nenabled = false',
    ),
    Code(
        "RULE032",
        "A setting with a wrong value",
        "The value must be something else; the message says what.",
        '[scan]\nrules = "rules/"',
        '[scan]\nrules = ["rules/"]',
    ),
    Code(
        "RULE033",
        "A change that fits no rule",
        'The name in `[rules."…"]` is compared with id, name and file name (without `.toml`) '
        "of each loaded rule, as a whole and without case; `*` stands for any characters.",
        '[rules."Curl in a Contianer"]\nenabled = false',
        '[rules."Curl in a Container"]\nenabled = false',
    ),
)

RULE_CODES: tuple[Code, ...] = tuple(
    sorted((*_FILES, *_KEYS, *_CHOICE, *_OVERLAY), key=lambda row: row.code)
)
