"""The fields that a Lucene query string names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from tocsin.languages.lucene.nodes import Clauses, Everything, Exists, Expression, Is


def names_of(expression: Expression) -> Iterator[str]:
    """Each field's name, with repeats; a pattern of names as it is written."""
    match expression:
        case Clauses(must, should, must_not):
            for term in (*must, *should, *must_not):
                yield from names_of(term)
        case Exists(name):
            yield name
        case Is(field):
            if field is not None:
                yield field
        case Everything():
            return
        case _:
            assert_never(expression)
