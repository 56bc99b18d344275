"""Patterns of KQL that are none: a quoted star, and the question mark, stand for themselves.

The same slip in EQL is told of where the query is checked (``EQL150``).
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.languages.kql import nodes as kql
from tocsin.lint.subject import Subject


def check(subject: Subject) -> None:
    """Tell of quoted stars (``LINT103``) and of question marks (``LINT104``), once a clause."""
    for node in subject.nodes:
        if not isinstance(node, kql.Is):
            continue
        values = [(value, _text(value)) for value in leaves(node.values)]
        stars = [value for value, text in values if _is_quoted(value) and "*" in text]
        marks = [value for value, text in values if "?" in text]
        if stars:
            subject.tell_of_query(
                "LINT103",
                stars[0].span,
                f"`*` in double quotes is a plain character{_more(stars)}",
                hint=_unquoted(_text(stars[0])),
            )
        if marks:
            subject.tell_of_query(
                "LINT104",
                marks[0].span,
                f"`?` is a plain character in KQL{_more(marks)}",
                hint="write `*` if any character is meant",
            )


def _text(value: kql.Value) -> str:
    return value.text if isinstance(value, kql.Literal) else "*".join(value.parts)


def _is_quoted(value: kql.Value) -> bool:
    return isinstance(value, kql.Literal) and value.quoted


def _more(values: list[kql.Value]) -> str:
    rest = len(values) - 1
    return f", here and in {rest} more value{'s' if rest > 1 else ''} of the field" if rest else ""


def leaves(values: kql.Values) -> Iterator[kql.Value]:
    """The single values among those of a field."""
    waiting = [values]
    while waiting:
        value = waiting.pop()
        match value:
            case kql.AnyOf(parts) | kql.AllOf(parts):
                waiting.extend(reversed(parts))
            case kql.NoneOf(part):
                waiting.append(part)
            case _:
                yield value


def _unquoted(text: str) -> str:
    if text == "*":
        return "write it without quotes if any value is meant"
    return "take the quotes away if a pattern is meant, with `\\` before blanks and signs"
