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
)

ESQL_CODES: tuple[Code, ...] = _TEXT
"""All rows."""
