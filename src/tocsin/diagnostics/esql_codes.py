"""The codes of ES|QL: 001 to 099 for a query's text, 100 to 149 for its meaning, then warnings.

Each example is a query that gives the code, and each fix a query that does not: tests try both.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

_TEXT = (
    Code(
        "ESQ001",
        "Something else was expected",
        "The query cannot go on with what stands at this place. The message says what could.",
        'from logs-* | where process.name "cmd.exe"',
        'from logs-* | where process.name == "cmd.exe"',
    ),
    Code(
        "ESQ002",
        "Not a sign of ES|QL",
        "This character begins nothing in ES|QL. `and`, `or` and `not` are words; columns with "
        "unusual names stand in backticks.",
        "from logs-* | where process.pid > 4 && process.pid < 10",
        "from logs-* | where process.pid > 4 and process.pid < 10",
    ),
    Code(
        "ESQ003",
        "A text that does not end",
        'A text begins and ends with `"` on the same line, and knows the escapes `\\t \\n \\r \\" '
        "\\\\`. Between three quotes on both sides everything stands for itself, line ends too.",
        'from logs-* | where file.path == "C:\\Data"',
        'from logs-* | where file.path == """C:\\Data"""',
    ),
    Code(
        "ESQ004",
        "A comment that is not closed",
        "A comment begins with `/*` and ends with `*/`, or goes from `//` to the end of its line.",
        "from logs-* | where true /* for now",
        "from logs-* | where true /* for now */",
    ),
    Code(
        "ESQ005",
        "No such command",
        "A query begins with `from` or `row`; behind each pipe stands `where`, `eval`, `stats`, "
        "`inline stats`, `keep`, `drop`, `rename`, `sort`, `limit`, `grok`, `dissect`, `mv_expand` "
        "or `completion`. Elasticsearch has more commands, which detection rules do not use.",
        "from logs-* | filter process.pid > 4",
        "from logs-* | where process.pid > 4",
    ),
    Code(
        "ESQ006",
        "One equals sign is no comparison",
        "`==` compares; `=` names a column.",
        "from logs-* | where process.pid = 4",
        "from logs-* | where process.pid == 4",
    ),
    Code(
        "ESQ007",
        "Too much in one query",
        "Expressions may stand in each other up to 40 deep, 150 operators in a row, and "
        "a query may have 500 pipes: more is a slip or an attack, and would take too much memory.",
    ),
    Code(
        "ESQ008",
        "A number that is too large",
        "Whole numbers go to 18,446,744,073,709,551,615, decimal ones to about 1.8e308.",
        "from logs-* | where process.pid < 1e999",
        "from logs-* | where process.pid < 1e99",
    ),
    Code(
        "ESQ009",
        "A parameter",
        "Elasticsearch replaces `?name` by a value that comes with the query. Rules and questions "
        "here have no such values.",
        "from logs-* | where user.name == ?user",
        'from logs-* | where user.name == "root"',
    ),
)

_MEANING = (
    Code(
        "ESQ101",
        "No such column",
        "Behind `stats`, `keep` and `drop` only those columns exist that they leave. Before them "
        "every name is a field of the events, and null where no event has it.",
        'from logs-* | stats n = count(*) by host.id | where user.name == "root"',
        'from logs-* | stats n = count(*) by host.id, user.name | where user.name == "root"',
    ),
    Code(
        "ESQ102",
        "Types that do not go together",
        "Each function and operator takes values of certain types. A constant text is read as a "
        "date, an address, a version or a boolean where one is wanted; everything else needs a "
        "conversion such as `to_string(…)` or `::long`.",
        "from logs-* | where length(process.pid) > 4",
        "from logs-* | where length(to_string(process.pid)) > 4",
    ),
    Code(
        "ESQ103",
        "A star outside `count`",
        "`count(*)` counts rows; no other function takes `*`.",
        "from logs-* | stats max(*)",
        "from logs-* | stats count(*)",
    ),
    Code(
        "ESQ104",
        "No such function",
        "`tocsin show FUNCTION` explains those that there are.",
        'from logs-* | where lower(user.name) == "root"',
        'from logs-* | where to_lower(user.name) == "root"',
    ),
    Code(
        "ESQ105",
        "An aggregate or a bucket outside `stats`",
        "Aggregates go over many rows, and stand in `stats` and `inline stats`; not in each other. "
        "`bucket` and `tbucket` stand behind `by`, and before it only if they stand there, too.",
        "from logs-* | where max(process.pid) > 4",
        "from logs-* | stats pid = max(process.pid) | where pid > 4",
    ),
    Code(
        "ESQ106",
        "Too few or too many arguments",
        "The hint names what the function takes.",
        "from logs-* | where starts_with(user.name)",
        'from logs-* | where starts_with(user.name, "svc")',
    ),
    Code(
        "ESQ107",
        "Not a constant",
        "Units, regular expressions and formats are read once, before the query runs.",
        'from logs-* | where replace(user.name, host.name, "") == "x"',
        'from logs-* | where replace(user.name, "^svc-", "") == "x"',
    ),
    Code(
        "ESQ108",
        "No such type",
        "The types are `string`, `integer`, `long`, `unsigned_long`, `double`, `boolean`, "
        "`datetime`, `ip`, `version` and `geo_point`.",
        "from logs-* | where process.pid::number > 4",
        "from logs-* | where process.pid::long > 4",
    ),
    Code(
        "ESQ109",
        "No such metadata",
        "Behind `metadata` stand names such as `_id`, `_index`, `_version` and `_source`.",
        "from logs-* metadata _identifier | where true",
        "from logs-* metadata _id | where true",
    ),
    Code(
        "ESQ110",
        "Not an aggregate",
        "Each column that `stats` makes is computed from all rows of a group.",
        "from logs-* | stats user.name by host.id",
        "from logs-* | stats values(user.name) by host.id",
    ),
    Code(
        "ESQ111",
        "A pattern of `dissect` that cannot be",
        "Between two parts stands some text that ends the first one, and a pattern has at least "
        "one part. `%{?name}` and `%{}` are passed over, `%{+name}` is appended.",
        'from logs-* | dissect message "%{a}%{b}" | where true',
        'from logs-* | dissect message "%{a} %{b}" | where true',
    ),
    Code(
        "ESQ112",
        "A pattern that cannot be",
        "Expressions of `rlike` are Lucene's, those of `replace` Java's, those of `grok` "
        "Oniguruma's. All are matched in linear time, so there are no back references. Patterns of "
        "dates that Tocsin does not know are told by this code as well.",
        'from logs-* | where user.name rlike "(a"',
        'from logs-* | where user.name rlike "(a)"',
    ),
    Code(
        "ESQ113",
        "A KQL or Lucene query that cannot be",
        "The text of `kql(…)` is a query in KQL, that of `qstr(…)` a query string of Lucene, about "
        "the events that `from` gives.",
        'from logs-* | where kql("user.name : (a or")',
        'from logs-* | where kql("user.name : (a or b)")',
    ),
    Code(
        "ESQ114",
        "A constant that a function does not take",
        "Units of `date_diff`, parts of a date for `date_extract` (as Java calls them), orders and "
        "names of hashes are some few, and `top` and `sample` give 1 value at least. How "
        "many values, which percentile, and weights are not null.",
        'from logs-* | where date_extract("hour", @timestamp) > 20',
        'from logs-* | where date_extract("hour_of_day", @timestamp) > 20',
    ),
    Code(
        "ESQ120",
        "A language model is called",
        "`completion` asks a language model. Tocsin calls none: what it finds is the same today "
        "and tomorrow, and leaves no machine.",
        'from logs-* | completion answer = message with {"inference_id": "x"}',
        "from logs-* | eval answer = message",
    ),
    Code(
        "ESQ121",
        "Scores are asked for",
        "Elasticsearch's searches give each event a score. Tocsin finds or does not find: `_score` "
        "may be named behind `metadata`, kept and shown, and is null; nothing can depend on it.",
        'from logs-* metadata _score | where match(message, "denied") | sort _score desc',
        'from logs-* | where match(message, "denied")',
    ),
    Code(
        "ESQ122",
        "A search at a place where none can be",
        "`match`, `kql` and their like find events by their fields. They are conditions of "
        "`where`, alone or with `and`, `or` and `not`, or of an aggregate, and search no computed "
        "columns. `kql` and `qstr` stand before all commands but `where` and `sort`, the others "
        "before `limit`, `stats` and `mv_expand`.",
        'from logs-* | eval hour = hour(@timestamp) | where kql("user.name: bob")',
        'from logs-* | where kql("user.name: bob") | eval hour = hour(@timestamp)',
    ),
    Code(
        "ESQ123",
        "`inline stats` behind `sort` or `limit`",
        "`inline stats` is about all rows that are there, and keeps no order: what sorts and cuts "
        "them off stands behind it.",
        "from logs-* | sort @timestamp | limit 10 | inline stats n = count(*) by user.name",
        "from logs-* | inline stats n = count(*) by user.name | sort @timestamp | limit 10",
    ),
)

_WARNINGS = (
    Code(
        "ESQ150",
        "A constant of another type",
        "Elasticsearch would refuse the query: the types of a field and of the constant that it is "
        "compared to are different. Here the constant is read as the field's type. So it is where "
        "`case`, `coalesce`, `greatest` or `least` has a decimal number behind a whole one.",
        "from logs-* | where event.code == 4104",
        'from logs-* | where event.code == "4104"',
    ),
    Code(
        "ESQ151",
        "No event has this field",
        "Elasticsearch would refuse the query; here the column is null. Only told where all events "
        "are at hand: by `tocsin query`.",
    ),
    Code(
        "ESQ152",
        "A pattern that is none",
        "`like` knows `*` and `?`, `rlike` describes the whole value, `==` and `in` compare the "
        "exact text. Signs of other languages are plain characters, so that the condition never "
        "holds, or always. `cidr_match` knows blocks such as `10.0.0.0/8`, and single addresses; "
        "`:` and `match` of a number, an address or a date find what can be read as one.",
        'from logs-* | where process.command_line like "%curl%"',
        'from logs-* | where process.command_line like "*curl*"',
    ),
    Code(
        "ESQ153",
        "A whole number beyond 32 bits",
        "Whole constants of up to 32 bits have as many in Elasticsearch, and so has what is "
        "computed of them alone: beyond 2147483647 it is null, and a condition on it never holds.",
        "from logs-* | where source.bytes > 10 * 1024 * 1024 * 1024",
        "from logs-* | where source.bytes > 10::long * 1024 * 1024 * 1024",
    ),
)

ESQL_CODES: tuple[Code, ...] = (*_TEXT, *_MEANING, *_WARNINGS)
"""All rows."""
