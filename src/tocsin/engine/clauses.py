"""Conditions as text: as their author wrote them, or told from what they ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    Flag,
    Inside,
    Leaf,
    Length,
    Listed,
    Not,
    Or,
    Predicate,
    Recent,
    Regex,
    Short,
    SomeField,
    Test,
    Text,
    Tokens,
    Within,
)

LONGEST = 160
_TERMS = 6


def clauses_of(predicate: Predicate) -> Iterator[Predicate]:
    """The terms of a condition that must all hold."""
    if isinstance(predicate, And):
        for term in predicate.terms:
            yield from clauses_of(term)
    else:
        yield predicate


def clause_text(predicate: Predicate) -> str:
    """A condition on one line, not too long."""
    match predicate:
        case Or(terms):
            text = _chain(terms, "or")
        case And(terms):
            text = f"({_chain(terms, 'and')})"
        case Not(term):
            text = predicate.clause or f"not ({clause_text(term)})"
        case Constant(value):
            text = str(value).lower()
        case _:
            text = predicate.clause or _told(predicate)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _chain(terms: Sequence[Predicate], word: str) -> str:
    more = [f"{word} …"] if len(terms) > _TERMS else []
    return " ".join([f" {word} ".join(map(clause_text, terms[:_TERMS])), *more])


def _told(leaf: Leaf) -> str:  # noqa: C901, PLR0912 - one line a leaf
    """What a leaf asks, where nobody wrote it down: of a language that is no clause for clause."""
    match leaf:
        case Exists(field):
            return f"{field.name} has a value"
        case Text(field, patterns) | Regex(field, patterns):
            return f"{field.name} is {_any(patterns)}"
        case Tokens(field, phrases, patterns):
            return f"{field.name} holds {_any([*map(' '.join, phrases), *patterns])}"
        case Compare(field, sign, value):
            return f"{field.name} {sign} {value}"
        case Recent(field, sign, time):
            return f"{field.name} {sign} {time}"
        case Flag(field, value):
            return f"{field.name} is {str(value).lower()}"
        case Within(field, blocks):
            return f"{field.name} is in {_any(blocks)}"
        case Listed(field):
            return f"{field.name} is in a value list"
        case Length(field, sign, count):
            return f"length of {field.name} {sign} {count}"
        case Short(inner):
            return _told(inner)
        case Inside(path, condition):
            return f"one object of {path}: {clause_text(condition)}"
        case SomeField(pattern):
            return f"some field {pattern}"
        case Test(_, fields):
            return f"a condition on {', '.join(field.name for field in fields)}"


def _any(values: Sequence[str]) -> str:
    return " or ".join(values[:_TERMS]) + (" or …" if len(values) > _TERMS else "")
