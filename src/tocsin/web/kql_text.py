"""Conditions written as KQL, so that a question fits into an address and a person can change it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tocsin.alerts.paths import Scalar
from tocsin.corpus.question import Condition, Kind

MOST_VALUES = 20
"""Values of one condition; more are left out, which would make an address too long."""

_FIELD = re.compile(r"[A-Za-z_@][\w@./-]{0,200}\Z")
_WORDS = {"and", "or", "not"}
_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\t": "\\t", "\r": "\\r", "\n": "\\n"})
_SPECIAL = re.compile(r'[\\():<>"{}\s]')


def literal(value: Scalar) -> str:
    """A value of KQL that means exactly this: quoted, but for numbers."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value) if value == value and abs(value) < 1e15 else literal(str(value))  # noqa: PLR0124 - not a NaN
    return f'"{"".join(map(_visible, value.translate(_ESCAPES)))}"'


def pattern(text: str) -> str:
    """A value of KQL in which ``*`` stands for any characters."""
    return _SPECIAL.sub(lambda found: _escaped(found[0]), text)


def is_(field: str, *values: Scalar) -> str:
    """That a field has one of these values; empty if there are none, or no such field can be."""
    return _any(field, [literal(value) for value in values[:MOST_VALUES]])


def like(field: str, *patterns: str) -> str:
    """That a field has a value like one of these patterns."""
    return _any(field, [pattern(text) for text in patterns])


def both(*parts: str) -> str:
    """That all parts hold; those that are empty say nothing."""
    return " and ".join(filter(None, parts))


def every(*parts: str) -> str:
    """The same, but empty if a part is: what cannot be asked for is not left out."""
    return both(*parts) if all(parts) else ""


def either(*parts: str) -> str:
    """That one of the parts holds."""
    said = [part for part in parts if part]
    return f"({' or '.join(said)})" if len(said) > 1 else "".join(said)


def groups_text(groups: Iterable[Sequence[Condition]]) -> str:
    """Alternatives, of one of which all conditions hold. Empty if one cannot be written."""
    written = []
    for group in groups:
        parts = [_condition(one) for one in group]
        if not all(parts):
            return ""
        written.append(both(*parts))
    return either(*written)


def _condition(one: Condition) -> str:
    match one.kind:
        case Kind.EXISTS:
            text = _any(one.field, ["*"])
        case Kind.RANGE:
            text = both(
                *(
                    f"{one.field} {_OPERATORS[name]} {literal(value)}"
                    for name, value in one.bounds
                    if _FIELD.match(one.field)
                )
            )
        case Kind.WILDCARD:
            text = like(one.field, *map(str, one.values))
        case Kind.IS | Kind.ONE_OF:
            text = is_(one.field, *one.values)
    if not text or not one.excluded:
        return text
    return f"not ({text})"


def _any(field: str, values: Sequence[str]) -> str:
    if not values or not _FIELD.match(field) or field.lower() in _WORDS:
        return ""
    return f"{field}: {values[0]}" if len(values) == 1 else f"{field}: ({' or '.join(values)})"


def _visible(char: str) -> str:
    """A character of a quoted value; one that cannot be seen as an escape."""
    return char if char.isprintable() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}"


def _escaped(char: str) -> str:
    if char.isspace():
        return {"\t": "\\t", "\r": "\\r", "\n": "\\n"}.get(char, f"\\u{ord(char):04x}")
    return f"\\{char}"
