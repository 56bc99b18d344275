"""Patterns that are none: signs of other languages, which ES|QL takes for plain characters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.diagnostics import Span
from tocsin.languages.esql import nodes
from tocsin.languages.node import Literal


class Slip(NamedTuple):
    """What is wrong with a pattern, where it stands, and what to write."""

    message: str
    span: Span
    hint: str


def slips_in(node: nodes.Comparison | nodes.Membership | nodes.Pattern) -> Iterator[Slip]:
    """What is wrong with the patterns, or the texts in the place of some, of one comparison."""
    match node:
        case nodes.Pattern(operator, _, values):
            told = _of_like if operator == "like" else _of_rlike
            yield from (told(value) for value, text in _texts(values) if _is_none(operator, text))
        case nodes.Comparison("==" | "!=" as sign, left, right):
            yield from _stars(sign, (left, right), "write `like` for a pattern")
        case nodes.Membership(_, values):
            yield from _stars("in", values, "write `like (…)` for patterns")
        case nodes.Comparison():
            return


def _is_none(operator: str, text: str) -> bool:
    if operator == "like":
        return "%" in text and not {"*", "?"} & set(text)
    return text.startswith("^") or (text.endswith("$") and not text.endswith(r"\$"))


def _of_like(pattern: Literal) -> Slip:
    return Slip("`%` is a plain character in `like`", pattern.span, "write `*`")


def _of_rlike(pattern: Literal) -> Slip:
    message = "`^` and `$` are plain characters: a pattern describes the whole value"
    return Slip(message, pattern.span, "leave them out")


def _stars(sign: str, values: tuple[nodes.Expression, ...], hint: str) -> Iterator[Slip]:
    message = f"`*` is a plain character behind `{sign}`"
    yield from (Slip(message, value.span, hint) for value, text in _texts(values) if "*" in text)


def _texts(values: tuple[nodes.Expression, ...]) -> Iterator[tuple[Literal, str]]:
    for value in values:
        if isinstance(value, Literal) and isinstance(value.value, str):
            yield value, value.value
