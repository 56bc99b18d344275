"""The fields that a KQL query names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from tocsin.languages.kql.nodes import (
    And,
    Everything,
    Expression,
    Field,
    FieldPattern,
    Is,
    Nested,
    Not,
    Or,
    Range,
)


def names_of(expression: Expression, inside: str = "") -> Iterator[str]:
    """Each field's whole name, with repeats; a pattern of names as it is written.

    ``inside`` is the path of the objects that the expression is about.
    """
    prefix = f"{inside}." if inside else ""
    match expression:
        case And(terms) | Or(terms):
            for term in terms:
                yield from names_of(term, inside)
        case Not(term):
            yield from names_of(term, inside)
        case Nested(field, condition):
            yield from names_of(condition, prefix + field.name)
        case Is(Field(name)) | Range(Field(name)):
            yield prefix + name
        case Is(FieldPattern(parts)) | Range(FieldPattern(parts)):
            yield prefix + "*".join(parts)
        case Is() | Range() | Everything():
            return
        case _:
            assert_never(expression)
