"""The codes of EQL's text: 001 to 099, for what cannot be read as a query; see `eql_codes`."""

from __future__ import annotations

from tocsin.diagnostics.code import Code

EQL_TEXT_CODES = (
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
    Code(
        "EQL029",
        "An event with a name",
        "Rules of Elastic Endpoint name an event of a sequence (`[…] as event0`) and compare later "
        "ones with it (`event0.file.path`). Elasticsearch's EQL joins events by equal values of "
        "fields only.",
        "sequence [file where true] as event0 [process where process.executable == "
        "event0.file.path]",
        "sequence [file where true] by file.path [process where true] by process.executable",
    ),
)
