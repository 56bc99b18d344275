"""Write an ES|QL tree as text that parses to the same tree: a command on each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from tocsin.languages.esql.expressions import RESERVED
from tocsin.languages.esql.nodes import (
    And,
    Arithmetic,
    Call,
    Cast,
    Command,
    Comparison,
    Completion,
    Dissect,
    Drop,
    Eval,
    Expression,
    Field,
    From,
    Grok,
    IsNull,
    Keep,
    Limit,
    ListLiteral,
    MapLiteral,
    Match,
    Membership,
    MvExpand,
    Named,
    NamePattern,
    Negate,
    Not,
    Or,
    Order,
    Pattern,
    Query,
    Rename,
    Row,
    Sort,
    Star,
    Stats,
    TimeSpan,
    Where,
)
from tocsin.languages.node import Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

# How tightly the text of a node holds together; an operand that holds less tightly than its place
# asks for gets parentheses.
_OR, _AND, _NOT, _CONDITION, _SUM, _PRODUCT, _SIGN, _CAST, _PRIMARY = range(1, 10)
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}

_SEGMENT = re.compile(r"[A-Za-z_@][A-Za-z0-9_]*\Z")
_WORDS = RESERVED | {"not", "null", "true", "false", "where", "as", "asc", "desc", "nulls", "with"}
_ESCAPE = re.compile(r'["\\\t\n\r]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def show(query: Query) -> str:
    """The text of a query."""
    return "\n| ".join(map(show_command, query.commands))


def show_expression(expression: Expression) -> str:
    """The text of an expression."""
    return _shown(expression, _OR)


def show_string(text: str) -> str:
    """A text in double quotes, with escapes."""
    return '"' + _ESCAPE.sub(lambda found: _ESCAPES[found[0]], text) + '"'


def show_name(name: str) -> str:
    """A column's name, with backticks where a part needs them."""
    return ".".join(
        part
        if _SEGMENT.match(part) and part.lower() not in _WORDS
        else "`" + part.replace("`", "``") + "`"
        for part in name.split(".")
    )


def show_command(command: Command) -> str:  # noqa: C901, PLR0912 - a case for each command
    """The text of one command."""
    match command:
        case From(indices, metadata):
            behind = f" metadata {', '.join(map(show_name, metadata))}" if metadata else ""
            return f"from {', '.join(map(_index, indices))}{behind}"
        case Row(columns):
            return f"row {_columns(columns)}"
        case Where(condition):
            return f"where {show_expression(condition)}"
        case Eval(columns):
            return f"eval {_columns(columns)}"
        case Stats(aggregates, groups, inline):
            by = f"by {_columns(groups)}" if groups else ""
            parts = ["inline stats" if inline else "stats", _columns(aggregates), by]
            return " ".join(part for part in parts if part)
        case Keep(names):
            return f"keep {', '.join(map(_pattern, names))}"
        case Drop(names):
            return f"drop {', '.join(map(_pattern, names))}"
        case Rename(pairs):
            told = (f"{show_name(old)} as {show_name(new)}" for old, new in pairs)
            return f"rename {', '.join(told)}"
        case Sort(keys):
            return f"sort {', '.join(map(_order, keys))}"
        case Limit(count):
            return f"limit {count}"
        case Grok(operand, patterns):
            told = (show_string(str(pattern.value)) for pattern in patterns)
            return f"grok {_shown(operand, _SUM)} {', '.join(told)}"
        case Dissect(operand, pattern, separator):
            behind = f" append_separator = {show_string(separator)}" if separator else ""
            return f"dissect {_shown(operand, _SUM)} {show_string(str(pattern.value))}{behind}"
        case MvExpand(field):
            return f"mv_expand {show_name(field.name)}"
        case Completion(target, prompt, options):
            behind = f" with {show_expression(options)}" if options is not None else ""
            return f"completion {show_name(target)} = {_shown(prompt, _SUM)}{behind}"
        case _:
            assert_never(command)


def _index(name: str) -> str:
    return name if re.fullmatch(r"[\w.*@:-]+", name) else show_string(name)


def _columns(columns: Iterable[Named]) -> str:
    return ", ".join(map(_column, columns))


def _column(column: Named) -> str:
    text = show_expression(column.expression)
    if not column.written and not isinstance(column.expression, Field):
        return column.name
    if column.written:
        text = f"{show_name(column.name)} = {text}"
    if column.condition is not None:
        text += f" where {show_expression(column.condition)}"
    return text


def _pattern(pattern: NamePattern) -> str:
    if not pattern.wild:
        return show_name(pattern.text)
    return ".".join(
        part if re.fullmatch(r"[\w@*]*", part) else "`" + part.replace("`", "``") + "`"
        for part in pattern.text.split(".")
    )


def _order(key: Order) -> str:
    text = show_expression(key.expression) + (" desc" if key.descending else "")
    if key.nulls_first is None:
        return text
    return f"{text} nulls {'first' if key.nulls_first else 'last'}"


def _shown(node: Expression, least: int) -> str:
    text, tightness = _text(node)
    return text if tightness >= least else f"({text})"


def _list(nodes: Iterable[Expression], least: int = _OR) -> str:
    return ", ".join(_shown(node, least) for node in nodes)


def _text(node: Expression) -> tuple[str, int]:  # noqa: C901, PLR0912 - a case for each node
    """A node's text and how tightly it holds together."""
    match node:
        case Literal(value):
            return _literal(value)
        case TimeSpan(amount, unit):
            return f"{amount} {unit}", _PRIMARY if amount >= 0 else _SIGN
        case ListLiteral(values):
            return f"[{_list(values)}]", _PRIMARY
        case MapLiteral(entries):
            told = (f"{show_string(key)}: {show_expression(value)}" for key, value in entries)
            return "{" + ", ".join(told) + "}", _PRIMARY
        case Field(name):
            return show_name(name), _PRIMARY
        case Star():
            return "*", _PRIMARY
        case Call(name, arguments):
            return f"{name}({_list(arguments)})", _PRIMARY
        case Cast(operand, kind):
            return f"{_shown(operand, _CAST)}::{kind}", _CAST
        case Negate(operand):
            return f"-{_shown(operand, _CAST)}", _SIGN
        case Arithmetic(operator, left, right):
            own = _ARITHMETIC[operator]
            return f"{_shown(left, own)} {operator} {_shown(right, own + 1)}", own
        case Comparison(operator, left, right):
            return f"{_shown(left, _SUM)} {operator} {_shown(right, _SUM)}", _CONDITION
        case Membership(operand, members, negated):
            word = "not in" if negated else "in"
            return f"{_shown(operand, _SUM)} {word} ({_list(members, _SUM)})", _CONDITION
        case Pattern(operator, operand, patterns, negated, listed):
            told_patterns = _list(patterns, _SUM)
            word = f"not {operator}" if negated else operator
            behind = f"({told_patterns})" if listed else told_patterns
            return f"{_shown(operand, _SUM)} {word} {behind}", _CONDITION
        case IsNull(operand, negated):
            word = "is not null" if negated else "is null"
            return f"{_shown(operand, _SUM)} {word}", _CONDITION
        case Match(field, constant):
            return f"{_shown(field, _CAST)} : {show_expression(constant)}", _CONDITION
        case Not(term):
            return f"not {_shown(term, _NOT)}", _NOT
        case And(terms):
            return " and ".join(_shown(term, _NOT) for term in terms), _AND
        case Or(terms):
            return " or ".join(_shown(term, _AND) for term in terms), _OR
        case _:
            assert_never(node)


def _literal(value: str | float | bool | None) -> tuple[str, int]:
    match value:
        case None:
            return "null", _PRIMARY
        case bool():
            return "true" if value else "false", _PRIMARY
        case str():
            return show_string(value), _PRIMARY
        case _:
            return repr(value), _PRIMARY if value >= 0 else _SIGN
