"""The language that a query seems to be of, where it is none of the one that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tocsin.languages import QueryError
from tocsin.languages.eql.parser import parse as parse_eql
from tocsin.languages.esql.parser import parse as parse_esql
from tocsin.languages.kql import nodes as kql
from tocsin.languages.kql.parser import parse as parse_kql


def other_language(text: str, language: str) -> str:
    """``eql``, ``esql`` or ``kuery`` if the text is a query of that; empty if of none.

    Lucene reads nearly any text, and KQL any word: that is no sign of either. KQL is meant where
    each of its terms names a field.
    """
    for name, reads in (("eql", parse_eql), ("esql", parse_esql), ("kuery", _names_fields)):
        if name != language and _is_read(reads, text):
            return name
    return ""


def _is_read(reads: Callable[[str], object], text: str) -> bool:
    """Whether something reads a query and finds more in it than nothing."""
    try:
        return bool(reads(text))
    except QueryError:
        return False


def _names_fields(text: str) -> bool:
    """Whether all terms of a query name a field."""
    return all(name and not any(map(str.isspace, name)) for name in _fields(parse_kql(text)))


def _fields(tree: kql.Expression) -> Iterator[str]:
    """The names of all terms' fields; empty for a term without one."""
    waiting = [tree]
    while waiting:
        match waiting.pop():
            case kql.Not(term):
                waiting.append(term)
            case kql.And(terms) | kql.Or(terms):
                waiting += terms
            case kql.Is(field) | kql.Range(field) | kql.Nested(field):
                yield _name(field)
            case kql.Everything():
                yield ""


def _name(field: kql.FieldLike | None) -> str:
    match field:
        case kql.Field(name):
            return name
        case kql.FieldPattern(parts):
            return "*".join(parts)
        case None:
            return ""
