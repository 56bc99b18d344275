"""The words of a query by what they are, whatever its language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tocsin.languages.esql.functions import ALIASES
from tocsin.languages.esql.functions import FUNCTIONS as ESQL_FUNCTIONS
from tocsin.languages.functions import FUNCTIONS
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_WORDS = (
    "and or not in like regex where sequence sample by with maxspan until runs any true false null "
    "from stats eval keep limit sort metadata enrich drop rename dissect grok mv_expand as"
)
# Every alternative is possessive: a query of a stranger cannot make the search go back and forth.
TOKEN = re.compile(
    r"(?P<comment>//[^\n]*+|/\*(?:[^*]++|\*(?!/))*(?:\*/)?)"
    r'|(?P<string>"""(?:[^"]++|"(?!""))*(?:""")?|"(?:[^"\\\n]++|\\.)*"?)'
    rf"|(?P<keyword>\b(?:{'|'.join(_WORDS.split())})\b~?)(?!\.)"
    r"|(?P<number>\b\d++(?:ms|[smhdn])?\b)"
    r"|(?P<function>\b[A-Za-z_]++~?(?=\())"
    r"|(?P<word>[\w.@-]++)",
    re.DOTALL | re.IGNORECASE,
)

_BY_NAME = {row.name.lower(): row for row in FUNCTIONS.values()}


class Piece(NamedTuple):
    """A run of a query's text; ``kind`` is empty for what is nothing in particular.

    ``title`` explains a field or a function.
    """

    text: str
    kind: str = ""
    title: str = ""


def query_pieces(
    query: str, fields: Collection[str], schema: Schema, language: str = ""
) -> Iterator[Piece]:
    """The query from its first character to its last.

    ``fields``: those that it names (`tocsin.rules.fields`).
    """
    at = 0
    for found in TOKEN.finditer(query):
        if found.start() > at:
            yield Piece(query[at : found.start()])
        at = found.end()
        text, kind = found[0], found.lastgroup or ""
        name = text.removesuffix(".")
        if kind == "function":
            yield Piece(text, kind, function_title(text, language))
        elif kind == "word" and name in fields:
            yield Piece(text, "field", field_title(name, schema))
        else:
            yield Piece(text, "" if kind == "word" else kind)
    if at < len(query):
        yield Piece(query[at:])


def field_title(name: str, schema: Schema) -> str:
    """What a field holds, in a line."""
    kind = schema.kind(name)
    told = "no schema names it" if kind is Kind.UNKNOWN else str(kind)
    if schema.path(name) != name:
        told += f", another way to compare {schema.path(name)}"
    return f"{told}, an array by convention" if schema.holds_many(name) else told


def function_title(name: str, language: str = "") -> str:
    """What a function does, in a line; empty if there is none of that name."""
    lower = name.lower().removesuffix("~")
    if language == "esql":
        row = ESQL_FUNCTIONS.get(ALIASES.get(lower, lower))
        return "" if row is None else f"{row.signature}: {row.summary.replace('``', '`')}"
    function = _BY_NAME.get(lower)
    return "" if function is None else f"{function.signature}: {function.summary}"
