"""The value of an expression without fields: ``2 * 5``, ``length("abc")``."""

from __future__ import annotations

from tocsin.languages.eql.nodes import Arithmetic, Call, Expression, Negate
from tocsin.languages.functions import ARITHMETIC, function
from tocsin.languages.node import Literal


def fold_constant(expression: Expression) -> Literal | None:
    """The literal that a constant expression stands for; None if it has a field or a condition.

    Calls of unknown functions or with a wrong number of arguments have no value either.
    """
    match expression:
        case Literal():
            return expression
        case Negate(operand):
            return _apply("-", (Literal(0), operand))
        case Arithmetic(operator, left, right):
            return _apply(operator, (left, right))
        case Call(name, arguments, fold):
            row = function(name)
            if row is None or not row.takes_count(len(arguments)) or (fold and not row.folds):
                return None
            values = _values(arguments)
            return None if values is None else Literal(row.run(fold, *values))
        case _:
            return None


def _apply(operator: str, operands: tuple[Expression, ...]) -> Literal | None:
    values = _values(operands)
    return None if values is None else Literal(ARITHMETIC[operator](*values))


def _values(
    expressions: tuple[Expression, ...],
) -> list[str | int | float | bool | None] | None:
    values = []
    for expression in expressions:
        literal = fold_constant(expression)
        if literal is None:
            return None
        values.append(literal.value)
    return values
