"""The codes of KQL: 001 to 099 for the text of a query, 100 to 199 for its meaning, then notes.

Each example is a query that gives the code, and each fix a query that does not: tests try both.
"""

from __future__ import annotations

from tocsin.diagnostics.code import Code

KQL_CODES = (
    Code(
        "KQL001",
        "Something else was expected",
        "The query cannot go on with what stands at this place. The message says what could.",
        "process.name: and user.name: root",
        "process.name: curl and user.name: root",
    ),
    Code(
        "KQL002",
        "Not an escape",
        'Behind a backslash stands one of `\\ ( ) : < > " * { }`, `t`, `r`, `n`, `u` with four '
        'hexadecimal digits, or a keyword. In double quotes `\\"`, `\\\\`, `\\t`, `\\r`, `\\n` and '
        "`\\u` are escapes, and any other backslash stands for itself.",
        r"file.path: \etc\hosts",
        r"file.path: \\etc\\hosts",
    ),
    Code(
        "KQL003",
        "A quoted text that is not closed",
        'A quoted text ends with a double quote; one inside is written `\\"`, and a backslash at '
        "the end `\\\\`.",
        'process.name: "curl',
        'process.name: "curl"',
    ),
    Code(
        "KQL004",
        "Nested too deep",
        "Parentheses may be nested 1,000 deep and conditions 200, far beyond what people write.",
    ),
    Code(
        "KQL005",
        "`not` behind the colon",
        "`not` stands before a field, or in the parentheses behind it.",
        "process.name: not curl",
        "not process.name: curl",
    ),
    Code(
        "KQL006",
        "A colon where none can stand",
        "A value that holds `:` stands in double quotes, or has `\\:`. Objects (`field: { … }`) "
        "are asked of one field.",
        "url.full: http://example.com",
        'url.full: "http://example.com"',
    ),
    Code(
        "KQL007",
        "A wildcard in a range",
        "Behind `<`, `<=`, `>` or `>=` stands one value.",
        "process.pid > 1*",
        "process.pid > 1",
    ),
    Code(
        "KQL110",
        "A value that the field cannot hold",
        "The field holds numbers, times, addresses or booleans, and this value is none. "
        "Elasticsearch refuses such a query.",
        "source.ip: localhost",
        'source.ip: "127.0.0.1"',
    ),
    Code(
        "KQL111",
        "A question that the field's kind has no answer to",
        "Patterns are for texts, and `<` and `>` for what has an order: not for `true` and "
        "`false`. Places on the earth and bytes can only be asked for: `field: *`.",
        "source.geo.location: Bonn",
        "source.geo.location: *",
    ),
    Code(
        "KQL130",
        "A filter that is not known here",
        "The rule's `filters` use a clause, or an option of one, that Tocsin does not evaluate. "
        "The rule does not run, since passing over a filter would change what it finds.",
    ),
    Code(
        "KQL131",
        "A filter of the wrong form",
        "A filter is a table with `query`, which holds one clause of Elasticsearch's query DSL, "
        "and perhaps `meta` with `negate` and `disabled`.",
    ),
    Code(
        "KQL210",
        "A text that Elasticsearch compares word by word",
        "The field is of kind `text`. Elasticsearch cuts such a text into lower-case words and "
        "compares those: a wildcard reaches no further than one word, and of several unquoted "
        "words one is enough. Tocsin looks for the value anywhere in the text, in any letter "
        "case, so that it finds more. With `--text-mode compat` it does as Elasticsearch does.",
        "message: *connection*refused*",
        "event.action: *connection*refused*",
    ),
    Code(
        "KQL211",
        "Long values, which Elasticsearch does not index",
        "Most text fields of ECS are keywords that are indexed up to 1,024 characters only "
        "(`ignore_above`); a longer value is as good as missing there. Tocsin compares the whole "
        "value. This is told of patterns on fields whose values do get long.",
        "aws.cloudtrail.request_parameters: *0.0.0.0*",
        "process.command_line: *0.0.0.0*",
    ),
)
"""Rows of the table of codes."""
