"""The codes of EQL: 001 to 099 for the text of a query, 100 to 149 for its meaning, then warnings.

Each example is a query that gives the code, and each fix a query that does not: tests try both.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code
from tocsin.diagnostics.eql_text_codes import EQL_TEXT_CODES

_MEANING = (
    Code(
        "EQL101",
        "An unknown field",
        "With `mapped_only`, a field that neither the given kinds nor any event names is unknown. "
        "`?field` may be absent.",
        'process where proces.name == "cmd.exe"',
        'process where process.name == "cmd.exe"',
    ),
    Code(
        "EQL102",
        "An unknown function",
        "There is no function of this name; letter case does not matter.",
        'process where contains(process.name, "cmd")',
        'process where stringContains(process.name, "cmd")',
    ),
    Code(
        "EQL103",
        "A wrong number of arguments",
        "The function takes fewer or more arguments.",
        "process where startsWith(process.name)",
        'process where startsWith(process.name, "cmd")',
    ),
    Code(
        "EQL104",
        "An argument of the wrong kind",
        "The function works on other kinds of values. `string(…)` gives the text of any value.",
        "process where length(process.pid) > 4",
        "process where length(string(process.pid)) > 4",
    ),
    Code(
        "EQL105",
        "No form that ignores letter case",
        "Only `between`, `endsWith`, `indexOf`, `startsWith` and `stringContains` have a form with "
        "`~`.",
        "process where length~(process.name) > 4",
        "process where length(process.name) > 4",
    ),
    Code(
        "EQL106",
        "A pattern for what is no text",
        "`:`, `like`, `regex` and `in~` work on text only.",
        'process where process.pid : "4*"',
        'process where string(process.pid) : "4*"',
    ),
    Code(
        "EQL107",
        "A pattern that is no text",
        "Behind `:`, `like` and `regex` stands text. Other values are compared with `==`.",
        "process where process.name : 4",
        'process where process.name : "4"',
    ),
    Code(
        "EQL108",
        "A field compared with a field",
        "Elasticsearch's index answers comparisons with constants only. Functions may join fields: "
        "`startsWith(a, b)`.",
        "process where process.name == process.parent.name",
        'process where process.name == "cmd.exe"',
    ),
    Code(
        "EQL109",
        "Kinds that do not compare",
        "The two sides can never be equal, or have no order.",
        "process where process.pid == true",
        "process where process.pid == 4",
    ),
    Code(
        "EQL110",
        "Not a condition",
        "Behind `where` and around `and`, `or` and `not` stand conditions: true or false.",
        "process where process.pid",
        "process where process.pid != null",
    ),
    Code(
        "EQL111",
        "A nested field",
        "Elasticsearch's EQL cannot search fields of kind nested.",
        "file where file.Ext.code_signature.trusted == true",
        "file where file.code_signature.trusted == true",
    ),
    Code(
        "EQL112",
        "A field of a kind that cannot be searched",
        "Objects, locations and binary data have no values to compare.",
        'network where dns.answers : "*"',
        'network where dns.answers.name : "*"',
    ),
    Code(
        "EQL113",
        "Another number of join keys",
        "All events of a sequence or sample are joined by the same number of fields.",
        "sequence [process where true] by process.pid [network where true]",
        "sequence [process where true] by process.pid [network where true] by process.pid",
    ),
    Code(
        "EQL114",
        "Join keys of different kinds",
        "Keys are compared by their position, so kinds at the same position must agree.",
        "sequence [process where true] by process.pid [network where true] by process.name",
        "sequence [process where true] by process.pid [network where true] by process.parent.pid",
    ),
    Code(
        "EQL115",
        "Too few events",
        "A sequence has at least two events, each counted as often as it runs.",
        "sequence [process where true]",
        "sequence [process where true] with runs=2",
    ),
    Code(
        "EQL116",
        "A missing event without a maxspan",
        "An event can only be missing within a time.",
        "sequence [process where true] ![network where true]",
        "sequence with maxspan=1m [process where true] ![network where true]",
    ),
    Code(
        "EQL117",
        "Only missing events",
        "A sequence needs at least one event that does happen.",
        "sequence with maxspan=1m ![process where true] ![network where true]",
        "sequence with maxspan=1m [process where true] ![network where true]",
    ),
    Code(
        "EQL118",
        "Not a regular expression",
        "`regex` takes Lucene's regular expressions, which always match the whole value.",
        'process where process.name regex "(cmd"',
        'process where process.name regex "(cmd)"',
    ),
    Code(
        "EQL119",
        "Not a block of IP addresses",
        "A block is an address, `/` and a number of bits.",
        'network where cidrMatch(source.ip, "10.0.0.0/64")',
        'network where cidrMatch(source.ip, "10.0.0.0/8")',
    ),
    Code(
        "EQL120",
        "A text that the field cannot hold",
        "The field holds numbers, times or IP addresses, and the text is none.",
        'network where source.ip == "localhost"',
        'network where source.ip == "127.0.0.1"',
    ),
    Code(
        "EQL121",
        "A text that is no number",
        "`number` reads integers and decimals, or integers of another base.",
        'process where process.pid > number("many")',
        'process where process.pid > number("100")',
    ),
    Code(
        "EQL122",
        "A sample without a join key",
        "A sample finds events that have a field's value in common.",
        "sample [process where true] [network where true]",
        "sample by host.id [process where true] [network where true]",
    ),
    Code(
        "EQL123",
        "Arithmetic with what is no number",
        "`+ - * / %` work on numbers only; `concat` joins texts.",
        "process where process.name + 1 == 5",
        "process where process.pid + 1 == 5",
    ),
)

_WARNINGS = (
    Code(
        "EQL150",
        "A `*` that is no wildcard",
        "`==`, `!=` and `in` compare the exact text, so the condition waits for a star.",
        'process where process.name == "cmd*"',
        'process where process.name : "cmd*"',
    ),
    Code(
        "EQL151",
        "A number compared with text",
        "The field holds text, which is ordered by its characters: `10` comes before `9`.",
        "process where process.name > 9",
        "process where number(process.name) > 9",
    ),
    Code(
        "EQL152",
        "An anchor in a regular expression",
        "Lucene's patterns describe the whole value, in which `^` and `$` are plain characters.",
        'process where process.name regex "^cmd.*$"',
        'process where process.name regex "cmd.*"',
    ),
)

EQL_CODES = (*EQL_TEXT_CODES, *_MEANING, *_WARNINGS)
