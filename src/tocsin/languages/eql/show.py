"""Write an EQL tree as text that parses to the same tree.

Names that need backticks get them, parentheses stand only where the tree needs them, strings are
written with escapes, a maxspan in its largest whole unit. An event of a sequence or sample stands
on its own line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from tocsin.languages.eql.binding import (
    AND,
    ARITHMETIC,
    COMPARISON,
    NOT,
    OR,
    PRIMARY,
    SIGN,
    SUFFIXED,
    SUM,
)
from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    EventFilter,
    Expression,
    Field,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Pipe,
    Query,
    Sample,
    Sequence,
    Stage,
)
from tocsin.languages.eql.parser import TIME_UNITS
from tocsin.languages.eql.tokens import KEYWORDS
from tocsin.languages.node import Literal

if TYPE_CHECKING:
    from collections.abc import Callable

_SEGMENT = re.compile(r"[A-Za-z_@][A-Za-z0-9_]*\Z")
_UNPRINTED = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029]')
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def show(query: Query) -> str:
    """The text of a query."""
    body = query.body
    match body:
        case EventFilter():
            text = _event(body)
        case Sequence():
            text = _sequence(body)
        case Sample():
            text = "\n".join([f"sample{_by(body.keys)}", *map(_stage, body.stages)])
        case _:
            assert_never(body)
    separator = " " if isinstance(body, EventFilter) else "\n"
    return separator.join([text, *map(_pipe, query.pipes)])


def show_expression(expression: Expression) -> str:
    """The text of a condition or value."""
    return _shown(expression, OR)


def show_string(text: str) -> str:
    """A string in double quotes, with escapes."""
    return f'"{_UNPRINTED.sub(_escape, text)}"'


def show_field(name: str) -> str:
    """A field's name, in backticks if it needs them."""
    if all(_SEGMENT.match(part) and part not in KEYWORDS for part in name.split(".")):
        return name
    return f"`{name.replace('`', '``')}`"


def show_maxspan(milliseconds: int) -> str:
    """A time in its largest whole unit: ``90s``, ``2h``."""
    for unit, size in sorted(TIME_UNITS.items(), key=lambda item: -item[1]):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def _event(event: EventFilter) -> str:
    category = event.category
    if category is None:
        shown = "any"
    elif _SEGMENT.match(category) and category not in KEYWORDS:
        shown = category
    else:
        shown = show_string(category)
    return f"{shown} where {show_expression(event.condition)}"


def _sequence(body: Sequence) -> str:
    head = f"sequence{_by(body.keys)}"
    if body.maxspan is not None:
        head += f" with maxspan={show_maxspan(body.maxspan)}"
    lines = [head, *map(_stage, body.stages)]
    if body.until is not None:
        lines.append(f"until {_stage(body.until).lstrip()}")
    return "\n".join(lines)


def _stage(stage: Stage) -> str:
    opening = " ![" if stage.missing else "  ["
    runs = f" with runs={stage.runs}" if stage.runs != 1 else ""
    return f"{opening}{_event(stage.filter)}]{_by(stage.keys)}{runs}"


def _by(keys: tuple[Field, ...]) -> str:
    return f" by {', '.join(map(_field, keys))}" if keys else ""


def _pipe(pipe: Pipe) -> str:
    return f"| {pipe.name} {pipe.count}"


def _shown(node: Expression, place: int) -> str:
    """The text of a node, in parentheses unless it holds together as tightly as its place asks."""
    text, tightness = _SHOWN[type(node)](node)
    return text if tightness >= place else f"({text})"


def _field(node: Field) -> str:
    return ("?" if node.optional else "") + show_field(node.name)


def _literal(node: Literal) -> tuple[str, int]:
    value = node.value
    if isinstance(value, str):
        return show_string(value), PRIMARY
    if value is None:
        return "null", PRIMARY
    if isinstance(value, bool):
        return "true" if value else "false", PRIMARY
    text = repr(value)
    return text, SIGN if text.startswith("-") else PRIMARY


def _call(node: Call) -> tuple[str, int]:
    arguments = ", ".join(_shown(argument, OR) for argument in node.arguments)
    return f"{node.name}{'~' if node.fold else ''}({arguments})", PRIMARY


def _negate(node: Negate) -> tuple[str, int]:
    return f"-{_shown(node.operand, SIGN)}", SIGN


def _arithmetic(node: Arithmetic) -> tuple[str, int]:
    tightness = ARITHMETIC[node.operator]
    left, right = _shown(node.left, tightness), _shown(node.right, tightness + 1)
    return f"{left} {node.operator} {right}", tightness


def _comparison(node: Comparison) -> tuple[str, int]:
    left, right = _shown(node.left, SUM), _shown(node.right, SUM)
    return f"{left} {node.operator} {right}", COMPARISON


def _membership(node: Membership) -> tuple[str, int]:
    operator = ("not " if node.negated else "") + ("in~" if node.fold else "in")
    values = ", ".join(_shown(value, OR) for value in node.values)
    return f"{_shown(node.operand, PRIMARY)} {operator} ({values})", SUFFIXED


def _match(node: Match) -> tuple[str, int]:
    patterns = ", ".join(_shown(pattern, PRIMARY) for pattern in node.patterns)
    if node.listed or len(node.patterns) > 1:
        patterns = f"({patterns})"
    return f"{_shown(node.operand, PRIMARY)} {node.operator} {patterns}", SUFFIXED


def _not(node: Not) -> tuple[str, int]:
    return f"not {_shown(node.term, NOT)}", NOT


def _and(node: And) -> tuple[str, int]:
    return " and ".join(_shown(term, NOT) for term in node.terms), AND


def _or(node: Or) -> tuple[str, int]:
    return " or ".join(_shown(term, AND) for term in node.terms), OR


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{{{ord(character):04x}}}"


_SHOWN: dict[type, Callable[..., tuple[str, int]]] = {
    Literal: _literal,
    Field: lambda node: (_field(node), PRIMARY),
    Call: _call,
    Negate: _negate,
    Arithmetic: _arithmetic,
    Comparison: _comparison,
    Membership: _membership,
    Match: _match,
    Not: _not,
    And: _and,
    Or: _or,
}
