"""The codes of Lucene query strings: 001 to 009 for the text, 010 for what is passed over.

Each example is a query that gives the code, and each fix a query that does not: tests try both.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

LUCENE_CODES = (
    Code(
        "LUC001",
        "Something else was expected",
        "The query cannot go on with what stands at this place. The message says what could.",
        "process.name:curl AND",
        "process.name:curl",
    ),
    Code(
        "LUC002",
        "Not closed",
        "A text ends with a double quote, a regular expression with a slash, a range with `]` or "
        "`}`. The characters themselves are written with a backslash.",
        "file.path:/etc",
        r"file.path:\/etc",
    ),
    Code(
        "LUC003",
        "A search for similar terms",
        "`~` looks for terms that are similar, or for words that stand near each other. Tocsin "
        "compares exactly.",
        "process.name:curl~",
        "process.name:curl*",
    ),
    Code(
        "LUC004",
        "Nested too deep",
        "Parentheses may be nested 200 deep, far beyond what people write.",
    ),
    Code(
        "LUC005",
        "A regular expression that cannot be read",
        "Between slashes stands one of Lucene's regular expressions, which describes a whole "
        "value.",
        "process.name:/cu(rl/",
        "process.name:/cu(rl)?/",
    ),
    Code(
        "LUC010",
        "A boost",
        "`^` makes a match count for more among others. A rule asks only whether there is one.",
        "process.name:curl^2",
        "process.name:curl",
    ),
)
"""Rows of the table of codes."""
