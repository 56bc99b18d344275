"""Conditions that name no field: values that KQL looks for everywhere, and texts that are names."""

from __future__ import annotations

from tocsin.languages.eql import nodes as eql
from tocsin.languages.kql import nodes as kql
from tocsin.languages.node import Literal
from tocsin.lint.patterns import leaves
from tocsin.lint.subject import Subject

_LONGEST = 40


def check(subject: Subject) -> None:
    """Tell of conditions without a field (``LINT105``)."""
    for node in subject.nodes:
        match node:
            case kql.Is(None, values) if not _is_anything(values):
                _everywhere(subject, node)
            case (
                eql.Comparison(_, Literal(str(text)), Literal())
                | eql.Membership(Literal(str(text)))
                | eql.Match(_, Literal(str(text)))
            ):
                subject.tell_of_query(
                    "LINT105",
                    node.span,
                    f'"{_short(text)}" is a text, not a field: this is the same for all events',
                    hint="write a field without quotes, or in backticks",
                )
            case _:
                pass


def _everywhere(subject: Subject, node: kql.Is) -> None:
    first = next(leaves(node.values))
    text = first.text if isinstance(first, kql.Literal) else "*".join(first.parts)
    told = f"`{_short(text)}` stands without a field: any field may hold it"
    subject.tell_of_query("LINT105", node.span, told, hint="write `field : value`")


def _is_anything(values: kql.Values) -> bool:
    """Whether it is the lone star, which means all events."""
    return isinstance(values, kql.Wildcard) and not any(values.parts)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
