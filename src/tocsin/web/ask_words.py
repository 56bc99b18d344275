"""The words of each query language: functions, words, fields; for completion and for reading."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from tocsin.languages.esql.functions import FUNCTIONS as ESQL_FUNCTIONS
from tocsin.languages.functions import FUNCTIONS
from tocsin.schema.fields import Schema
from tocsin.web.query_pieces import field_title

WORDS = {
    "eql": "and any by head in in~ like like~ maxspan not or regex regex~ sample sequence tail "
    "true false null until where with runs",
    "kuery": "and not or",
    "lucene": "AND NOT OR TO",
    "esql": "from where stats by eval keep drop rename sort asc desc limit row metadata and or not "
    "in like rlike is null dissect grok mv_expand as true false nulls first last",
}
"""The words of each language's grammar."""


@cache
def functions_of(language: str) -> tuple[tuple[str, str, str], ...]:
    """Name, signature and what it does, of each function of a language."""
    if language == "eql":
        rows = [(row.name, row.signature, row.summary) for row in FUNCTIONS.values()]
    elif language == "esql":
        rows = [(row.name, row.signature, row.summary) for row in ESQL_FUNCTIONS.values()]
    else:
        rows = []
    named = [row for row in rows if row[0][:1].isalpha()]
    return tuple(sorted((name, sign, told.replace("``", "`")) for name, sign, told in named))


def fields_told(seen: Collection[str]) -> list[tuple[str, str]]:
    """Fields with what they hold."""
    schema = Schema()
    return [(name, field_title(name, schema)) for name in sorted(seen)]


@cache
def _known() -> tuple[tuple[str, str], ...]:
    schema = Schema()
    names = sorted(name for name in schema.names if not name.endswith(".*"))
    return tuple((name, str(schema.kind(name))) for name in names)


def words_json(seen: Collection[str]) -> dict[str, Any]:
    """All words, those fields first that stored events have."""
    return {
        "functions": {name: [list(row) for row in functions_of(name)] for name in ("eql", "esql")},
        "words": {name: sorted(set(text.split())) for name, text in WORDS.items()},
        "seen": [list(row) for row in fields_told(seen)],
        "fields": [list(row) for row in _known() if row[0] not in seen],
    }
