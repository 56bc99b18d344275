"""EQL expressions taken apart and put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Field,
    Match,
    Membership,
    Negate,
    Not,
    Or,
)
from tocsin.languages.node import Literal


def parts_of(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly below one, in order; patterns are not expressions."""
    match node:
        case Literal() | Field():
            return ()
        case Comparison(_, left, right) | Arithmetic(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Membership(operand, values):
            return (operand, *values)
        case Match(_, operand) | Negate(operand):
            return (operand,)
        case Not(term):
            return (term,)
        case And(terms) | Or(terms):
            return terms
        case _:
            assert_never(node)


def with_parts(node: Expression, parts: Sequence[Expression]) -> Expression:
    """The same expression over other parts, as many as it had; without its place."""
    match node:
        case Literal() | Field():
            return node
        case Comparison(sign):
            return Comparison(sign, *parts)
        case Arithmetic(sign):
            return Arithmetic(sign, *parts)
        case Call(name, _, fold):
            return Call(name, tuple(parts), fold)
        case Membership(_, _, fold, negated):
            return Membership(parts[0], tuple(parts[1:]), fold, negated)
        case Match(sign, _, patterns):
            return Match(sign, parts[0], patterns)
        case Negate():
            return Negate(*parts)
        case Not():
            return Not(*parts)
        case And() | Or():
            return type(node)(tuple(parts))
        case _:
            assert_never(node)


def fields_in(node: Expression) -> Iterator[Field]:
    """Every field that an expression names, from left to right, with repeats."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, Field):
            yield each
        pending.extend(reversed(parts_of(each)))
