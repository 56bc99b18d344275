"""Write a KQL tree as text that parses to the same tree.

Parentheses stand only where the tree needs them; quoted values stay quoted, others are escaped.
"""

from __future__ import annotations

import re
from typing import Final, assert_never

from tocsin.languages.kql.nodes import (
    AllOf,
    And,
    AnyOf,
    Everything,
    Expression,
    FieldLike,
    FieldPattern,
    Is,
    Literal,
    Nested,
    NoneOf,
    Not,
    Or,
    Range,
    Values,
    Wildcard,
)

_OR, _AND, _NOT = 1, 2, 3
"""How tightly a node's text holds together; where that is not enough it gets parentheses."""

_SPECIAL: Final = re.compile(r'[\\():<>"*{}]')
_SPACE: Final = re.compile(r"(?! )\s|\A | \Z")
_KEYWORD: Final = re.compile(r"(?<![^ ])(?:and|or|not)(?![^ ])", re.IGNORECASE)
_QUOTED: Final = re.compile(r'["\\\t\r\n]')
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\r": "\\r", "\n": "\\n"}


def show(expression: Expression) -> str:
    """The text of a query."""
    return _shown(expression, _OR)


def show_field(field: FieldLike) -> str:
    """The name of a field, or the pattern of names."""
    parts = field.parts if isinstance(field, FieldPattern) else (field.name,)
    return show_values(Wildcard(parts))


def show_values(values: Values) -> str:
    """What stands behind ``field:``."""
    match values:
        case Literal(text, True):
            return f'"{_QUOTED.sub(lambda found: _ESCAPES[found[0]], text)}"'
        case Literal(text):
            return _words((text,))
        case Wildcard(parts):
            return _words(parts)
        case AnyOf() | AllOf() | NoneOf():
            return f"({_listed(values, _OR)})"
        case _:
            assert_never(values)


def _shown(node: Expression, least: int) -> str:
    match node:
        case Everything():
            return ""
        case Is(None, values):
            return show_values(values)
        case Is(field, values):
            return f"{show_field(field)}: {show_values(values)}" if field else show_values(values)
        case Range(field, operator, value):
            return f"{show_field(field)} {operator} {show_values(value)}"
        case Nested(field, condition):
            return f"{show_field(field)}: {{ {_shown(condition, _OR)} }}"
        case Not(term):
            return _joined("", [f"not {_shown(term, _NOT + 1)}"], least > _NOT)
        case And(terms):
            return _joined(" and ", [_shown(term, _AND + 1) for term in terms], least > _AND)
        case Or(terms):
            return _joined(" or ", [_shown(term, _OR + 1) for term in terms], least > _OR)
        case _:
            assert_never(node)


def _listed(values: Values, least: int) -> str:
    match values:
        case NoneOf(value):
            return _joined("", [f"not {_listed(value, _NOT + 1)}"], least > _NOT)
        case AllOf(several):
            return _joined(" and ", [_listed(each, _AND + 1) for each in several], least > _AND)
        case AnyOf(several):
            return _joined(" or ", [_listed(each, _OR + 1) for each in several], least > _OR)
        case _:
            return show_values(values)


def _joined(sign: str, shown: list[str], wrapped: bool) -> str:
    text = sign.join(shown)
    return f"({text})" if wrapped else text


def _words(parts: tuple[str, ...]) -> str:
    """The parts with stars between them and escapes where they need them."""
    text = "*".join(_SPECIAL.sub(_escaped, part) for part in parts)
    text = _KEYWORD.sub(lambda found: "\\" + found[0], text)
    return _SPACE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char.isspace():
        return _ESCAPES.get(char) or f"\\u{ord(char):04x}"
    return "\\" + char
