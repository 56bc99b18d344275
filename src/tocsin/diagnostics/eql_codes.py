"""The codes of EQL: 001 to 099 for the text of a query, 100 to 149 for its meaning, then warnings.

Each example is a query that gives the code, and each fix a query that does not: tests try both.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

_TEXT = (
    Code(
        "EQL001",
        "Something else was expected",
        "The query cannot go on with what stands at this place. The message says what could.",
        'process where process.name "cmd.exe"',
        'process where process.name == "cmd.exe"',
    ),
    Code(
        "EQL002",
        "Not a sign of EQL",
        "This character begins nothing in EQL. `and`, `or` and `not` are words; fields with "
        "unusual names stand in backticks.",
        "process where process.pid > 4 && process.pid < 10",
        "process where process.pid > 4 and process.pid < 10",
    ),
    Code(
        "EQL003",
        "Single quotes",
        "Strings stand in double quotes. Elasticsearch gave up single quotes for EQL.",
        "process where process.name == 'cmd.exe'",
        'process where process.name == "cmd.exe"',
    ),
    Code(
        "EQL004",
        "A string that is not closed",
        "A string begins and ends on the same line. A line break inside is written `\\n`.",
        'process where process.name == "cmd.exe',
        'process where process.name == "cmd.exe"',
    ),
    Code(
        "EQL005",
        "Not an escape",
        "Behind a backslash in a string stands one of `b t n f r \" ' \\` or `u{…}` with 2 to 8 "
        "hexadecimal digits of a character. A raw string, in three double quotes, has no escapes.",
        r'file where file.path : "C:\Data\*"',
        r'file where file.path : "C:\\Data\\*"',
    ),
    Code(
        "EQL006",
        "An old raw string",
        'Raw strings were once written `?"…"`. They stand in three double quotes now.',
        'process where process.command_line regex ?".*-enc.*"',
        'process where process.command_line regex """.*-enc.*"""',
    ),
    Code(
        "EQL007",
        "A comment that is not closed",
        "A comment begins with `/*` and ends with `*/`, or goes from `//` to the end of its line.",
        "process where true /* for now",
        "process where true /* for now */",
    ),
    Code(
        "EQL008",
        "`=` in a condition",
        "A comparison is written `==` (exact) or `:` (any letter case, with wildcards).",
        "process where process.pid = 4",
        "process where process.pid == 4",
    ),
    Code(
        "EQL009",
        "A keyword in capitals",
        "Keywords are written in lower case only.",
        "process where process.pid == 4 AND process.ppid == 0",
        "process where process.pid == 4 and process.ppid == 0",
    ),
    Code(
        "EQL010",
        "Two comparisons in a row",
        "A comparison gives true or false, and another one cannot follow without parentheses.",
        "process where 4 < process.pid < 10",
        "process where 4 < process.pid and process.pid < 10",
    ),
    Code(
        "EQL011",
        "`not` at the wrong place",
        "`not` stands before a whole condition. Only `in` can be negated in the middle.",
        'process where process.name not like "cmd*"',
        'process where not process.name like "cmd*"',
    ),
    Code(
        "EQL012",
        "A value is missing in a list",
        "A list holds at least one value, and no comma stands behind the last one.",
        'process where process.name in ("cmd.exe", "sh",)',
        'process where process.name in ("cmd.exe", "sh")',
    ),
    Code(
        "EQL013",
        "Not a constant",
        "Behind `:`, `like` and `regex` stand constants only, not fields or calls.",
        "process where process.name : process.parent.name",
        'process where process.name : "cmd.exe"',
    ),
    Code(
        "EQL014",
        "Nested too deeply",
        "Parentheses may be nested 1,000 deep, and conditions that really depend on each other 200 "
        "deep, so that no query can exhaust the memory. Chains of `and` and `or` have no limit.",
    ),
    Code(
        "EQL015",
        "A number in brackets behind a field",
        "EQL cannot pick one of several values. A condition holds if it holds for any value.",
        'process where process.args[0] == "-x"',
        'process where process.args == "-x"',
    ),
    Code(
        "EQL016",
        "Not a field's name",
        "A name in backticks must be closed and must not be empty.",
        "process where `my-field == 1",
        "process where `my-field` == 1",
    ),
    Code(
        "EQL017",
        "A keyword as a field's name",
        "A name with a keyword in it stands in backticks.",
        "process where event.sequence > 10",
        "process where `event.sequence` > 10",
    ),
    Code(
        "EQL018",
        "Process relationships",
        "`child of`, `descendant of` and `event of` are not part of Elasticsearch's EQL.",
        'process where child of [process where process.name == "sshd"]',
        'sequence [process where process.name == "sshd"] by process.entity_id '
        "[process where true] by process.parent.entity_id",
    ),
    Code(
        "EQL019",
        "A number that is too large",
        "Numbers go as far as a double does, to about 1.8e308.",
        "process where process.pid < 1e999",
        "process where process.pid < 1e9",
    ),
    Code(
        "EQL020",
        "`join`",
        "`join` is not supported. `sequence` finds events in order, `sample` in any order.",
        "join by host.id [process where true] [network where true]",
        "sample by host.id [process where true] [network where true]",
    ),
    Code(
        "EQL021",
        "`by` behind `with`",
        "Join keys stand before `with`.",
        "sequence with maxspan=1m by host.id [process where true] [network where true]",
        "sequence by host.id with maxspan=1m [process where true] [network where true]",
    ),
    Code(
        "EQL022",
        "A join key that is no field",
        "Events are joined by the values of fields, not by calls or constants.",
        "sequence by length(user.name) [process where true] [network where true]",
        "sequence by user.name [process where true] [network where true]",
    ),
    Code(
        "EQL023",
        "`with` at the wrong place",
        "`with maxspan=…` belongs to a sequence, `with runs=…` to one of its events, but not to "
        "`until`.",
        "sequence with runs=3 [process where true]",
        "sequence [process where true] with runs=3",
    ),
    Code(
        "EQL024",
        "Not in a sample",
        "A sample has no order, so it has no `maxspan`, `until`, `runs` or missing events.",
        "sample by host.id with maxspan=1m [process where true] [network where true]",
        "sample by host.id [process where true] [network where true]",
    ),
    Code(
        "EQL025",
        "Not a time",
        "A maxspan is a positive integer and a unit: `ms`, `s`, `m`, `h` or `d`.",
        "sequence with maxspan=30 [process where true] [network where true]",
        "sequence with maxspan=30s [process where true] [network where true]",
    ),
    Code(
        "EQL026",
        "Not a number of runs",
        "An event can be asked for 1 to 100 times in a row.",
        "sequence [process where true] with runs=1000",
        "sequence [process where true] with runs=100",
    ),
    Code(
        "EQL027",
        "Not a pipe",
        "Behind `|` stands `head` or `tail`. Other pipes are not part of Elasticsearch's EQL.",
        "process where true | first 10",
        "process where true | head 10",
    ),
    Code(
        "EQL028",
        "Not a pipe's number",
        "`head` and `tail` take one whole number that is not negative.",
        "process where true | head -1",
        "process where true | head 1",
    ),
)

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

EQL_CODES = (*_TEXT, *_MEANING, *_WARNINGS)
