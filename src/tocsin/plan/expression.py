"""The value of an EQL expression for one choice of one value per field.

Null stands for what is missing and makes everything null that is computed from it, but for the
question ``x == null`` itself. ``and``, ``or`` and ``not`` inside an expression know three answers.

Two values are compared as what the field's kind says. Where no field says it, a constant decides:
``f(x) == "7"`` compares texts, ``f(x) == 7`` numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias, assert_never

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
from tocsin.languages.functions import ARITHMETIC, function
from tocsin.languages.node import Literal
from tocsin.languages.values import text_of as result_text
from tocsin.languages.values import time_value_text
from tocsin.plan.regex import compile_regex
from tocsin.plan.wildcard import Patterns, fold_ascii, fold_unicode, from_like
from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEXTUAL, Kind
from tocsin.schema.values import (
    ip_text,
    number_of,
    parse_block,
    parse_ip,
    parse_time,
    parse_time_nanos,
    text_of,
    time_text,
    version_key,
)

Value: TypeAlias = str | int | float | bool | None
"""A value of a field, a constant or a result; None is null."""

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)
FLIPPED: Mapping[str, str] = MappingProxyType(
    {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
)


def flag_of(value: object) -> bool | None:
    """A boolean, or the one that the texts ``true`` and ``false`` stand for."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def typed(value: str | float | bool, kind: Kind) -> Value:
    """An event's value as a field of this kind gives it to an expression; None for what it is not.

    Addresses are their canonical text, times as Java writes them; of a field of doubles ``9`` is
    9.0, so that it divides as one and reads ``"9.0"``. With an unknown kind a value is what it is.
    """
    if kind in TEXTUAL or kind is Kind.VERSION:
        return text_of(value)
    if kind in NUMERIC:
        number = number_of(value)
        return number if number is None or kind in INTEGRAL else float(number)
    match kind:
        case Kind.BOOLEAN:
            return flag_of(value)
        case Kind.IP:
            address = parse_ip(value)
            return None if address is None else ip_text(address)
        case Kind.DATE:
            millis = parse_time(value)
            return None if millis is None else time_value_text(time_text(millis * 1_000_000))
        case Kind.DATE_NANOS:
            nanos = parse_time_nanos(value)
            return None if nanos is None else time_value_text(time_text(nanos))
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Expressions over fields of these kinds; a field that is not named is of unknown kind."""

    kinds: Mapping[str, Kind]

    def value(  # noqa: C901 - one case for each kind of node
        self, expression: Expression, values: Mapping[str, Value]
    ) -> Value:
        """The value of an expression.

        Parameters
        ----------
        values
            For each field its one value, made by `typed`; a field that is not there is null.
        """
        match expression:
            case Literal(value):
                return value
            case Field(name):
                return values.get(name)
            case Comparison():
                return self._comparison(expression, values)
            case Match(_, operand):
                return _matches(expression, self.value(operand, values))
            case Membership(operand):
                return self._membership(expression, self.value(operand, values), values)
            case Call(name, arguments, fold):
                found = [self.value(argument, values) for argument in arguments]
                row = function(name)
                known = row is not None and row.takes_count(len(found))
                return row.run(fold, *found) if row is not None and known else None
            case Arithmetic(sign, left, right):
                return ARITHMETIC[sign](self.value(left, values), self.value(right, values))
            case Negate(operand):
                return ARITHMETIC["-"](0, self.value(operand, values))
            case Not(term):
                return negated(flag_of(self.value(term, values)))
            case And(terms):
                return all_of([flag_of(self.value(term, values)) for term in terms])
            case Or(terms):
                return any_of([flag_of(self.value(term, values)) for term in terms])
            case _:
                assert_never(expression)

    def _comparison(self, node: Comparison, values: Mapping[str, Value]) -> bool | None:
        left, right = self.value(node.left, values), self.value(node.right, values)
        kind = self._kind(node.left, node.right)
        if node.operator in ("==", "!="):
            if _is_null(node.left) or _is_null(node.right):
                equal: bool | None = left is None and right is None
            elif left is None or right is None:
                equal = None
            else:
                equal = _same(kind, left, right, _deciding(node, left, right))
            return equal if node.operator == "==" else negated(equal)
        if left is None or right is None:
            return None
        read = reader(kind, _deciding(node, left, right))
        low, high = read(left), read(right)
        return low is not None and high is not None and OPERATORS[node.operator](low, high)

    def _kind(self, *sides: Expression) -> Kind:
        for side in sides:
            if isinstance(side, Field):
                return self.kinds.get(side.name, Kind.UNKNOWN)
        return Kind.UNKNOWN

    def _membership(
        self, node: Membership, value: Value, values: Mapping[str, Value]
    ) -> bool | None:
        if value is None:
            return None
        constants = [self.value(each, values) for each in node.values]
        present = [constant for constant in constants if constant is not None]
        if node.fold:
            fold = fold_ascii if isinstance(node.operand, Field) else fold_unicode
            held = fold(_text(node.operand, value)) in {fold(text_of(each)) for each in present}
        else:
            kind = self._kind(node.operand)
            held = any(_same(kind, value, constant, constant) for constant in present)
        return held != node.negated


def negated(answer: bool | None) -> bool | None:
    """``not`` of a yes, a no, or a null."""
    return None if answer is None else not answer


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """``and`` of three-valued answers: a no decides, then a null."""
    found = set(answers)
    return False if False in found else None if None in found else True


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """``or`` of three-valued answers: a yes decides, then a null."""
    return negated(all_of(map(negated, answers)))


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is None


def _deciding(node: Comparison, left: Value, right: Value) -> Value:
    """Of the two values the one that says what is compared, where no field does."""
    if isinstance(node.left, Literal):
        return left
    if isinstance(node.right, Literal):
        return right
    return right if isinstance(left, str) else left


def _same(kind: Kind, left: Value, right: Value, deciding: Value) -> bool:
    if kind is Kind.IP:
        return _within(left, right) or _within(right, left)
    read = reader(kind, deciding)
    one = read(left)
    return one is not None and one == read(right)


def reader(kind: Kind, deciding: Value) -> Callable[[Value], Any]:
    """What makes values of this kind comparable; what it cannot read becomes None.

    ``deciding`` decides by its own type where the kind is unknown.
    """
    if kind in NUMERIC:
        return _number
    if kind in TEXTUAL:
        return _plain
    match kind:
        case Kind.DATE:
            return parse_time
        case Kind.DATE_NANOS:
            return parse_time_nanos
        case Kind.IP:
            return parse_ip
        case Kind.VERSION:
            return _version
        case Kind.BOOLEAN:
            return flag_of
        case _ if isinstance(deciding, bool):
            return flag_of
        case _:
            return _plain if isinstance(deciding, str) else _number


def _number(value: Value) -> int | float | None:
    return value if isinstance(value, float) else number_of(value)


def _plain(value: Value) -> str | None:
    return None if value is None else text_of(value)


def _version(value: Value) -> tuple[bool, bytes] | None:
    return None if value is None else version_key(text_of(value))


def _within(address: Value, block: Value) -> bool:
    number, ends = parse_ip(address), parse_block(block)
    return number is not None and ends is not None and ends[0] <= number <= ends[1]


def _text(operand: Expression, value: str | float | bool) -> str:
    """The text of an operand's value; results are written as Java writes them."""
    return text_of(value) if isinstance(operand, Field) else result_text(value) or ""


def _matches(node: Match, value: Value) -> bool | None:
    if value is None:
        return None
    text = _text(node.operand, value)
    patterns = tuple(str(each.value) for each in node.patterns)
    if node.operator.startswith("regex"):
        fold = node.operator.endswith("~")
        return any(compile_regex(pattern, fold).matches(text) for pattern in patterns)
    return _patterns(patterns, node.operator, isinstance(node.operand, Field)).matches(text)


@lru_cache(maxsize=256)
def _patterns(patterns: tuple[str, ...], sign: str, bare: bool) -> Patterns:
    """What ``:`` or ``like`` looks for; of a bare field only ASCII letters are folded."""
    fold = None if sign == "like" else fold_ascii if bare else fold_unicode
    return Patterns(map(from_like, patterns), fold)
