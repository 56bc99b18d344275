"""Predicates in their simplest form: built so from the start, whatever language they come from.

Each constructor takes terms that are already simple and gives a simple predicate:

    conjunction   and (a, and (b, c), true, a)     →  and (a, b, c)
    disjunction   or (f : "x*", g, f : "y")        →  or (f : ("x*", "y"), g)
    negation      not not a                        →  a
    text          f like ("b", "a", "b")           →  f like ("a", "b")
                  f : "*"                          →  f has a value

Comparisons are left as they are under ``not``: ``not (x > 5)`` is not ``x <= 5``, which asks for a
value. All this keeps the meaning, so equal conditions of different rules become equal predicates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, assert_never

from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Flag,
    Inside,
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
from tocsin.plan.wildcard import fold_ascii, normal

TRUE = Constant(True)
FALSE = Constant(False)

_Several: TypeAlias = Text | Regex | Within


def conjunction(terms: Iterable[Predicate]) -> Predicate:
    """All terms hold: flat, without constants and doubles."""
    kept: dict[Predicate, None] = {}
    for term in _flat(terms, And):
        if term == FALSE:
            return FALSE
        if term != TRUE:
            kept.setdefault(term)
    return _only(kept, TRUE) or And(tuple(kept))


def disjunction(terms: Iterable[Predicate]) -> Predicate:
    """Some term holds: flat, without constants and doubles, lists for one field joined."""
    kept: dict[Predicate, None] = {}
    for term in _flat(terms, Or):
        if term == TRUE:
            return TRUE
        if term != FALSE:
            kept.setdefault(term)
    if len(kept) > 1:
        kept = dict.fromkeys(_joined(kept))
    return _only(kept, FALSE) or Or(tuple(kept))


def negation(term: Predicate, clause: str = "") -> Predicate:
    """The term does not hold; ``clause`` is how its author wrote that."""
    match term:
        case Constant(value):
            return Constant(not value)
        case Not(inner):
            return inner
        case _:
            return Not(term, clause=clause)


def text(
    field: FieldRef, patterns: Iterable[str], *, fold: bool = False, clause: str = ""
) -> Predicate:
    """Some value of the field matches a pattern; patterns normal, sorted, each once."""
    normals = {normal(fold_ascii(pattern) if fold else pattern) for pattern in patterns}
    if "*" in normals:
        return Exists(field, clause=clause)
    if not normals:
        return FALSE
    if fold:
        # a pattern without letters means the same either way
        fold = any("a" <= char <= "z" for each in normals for char in each)
    return Text(field, tuple(sorted(normals)), fold, clause=clause)


def simplified(predicate: Predicate) -> Predicate:
    """The same predicate built anew from simple parts."""
    match predicate:
        case And(terms):
            return conjunction([simplified(term) for term in terms])
        case Or(terms):
            return disjunction([simplified(term) for term in terms])
        case Not(term):
            return negation(simplified(term), predicate.clause)
        case Text(field, patterns, fold):
            return text(field, patterns, fold=fold, clause=predicate.clause)
        case Constant() | Exists() | Regex() | Compare() | Flag() | Within() | Listed():
            return predicate
        case Length() | Test():
            return predicate
        case SomeField() | Inside() | Tokens() | Short() | Recent():
            return predicate
        case _:
            assert_never(predicate)


def _flat(terms: Iterable[Predicate], kind: type[And | Or]) -> Iterator[Predicate]:
    for term in terms:
        if isinstance(term, kind):
            yield from term.terms
        else:
            yield term


def _only(kept: dict[Predicate, None], nothing: Predicate) -> Predicate | None:
    if len(kept) > 1:
        return None
    return next(iter(kept), nothing)


def _joined(terms: Iterable[Predicate]) -> list[Predicate]:
    """The terms with lists of patterns or blocks for one field as one, where the first stood."""
    groups: dict[object, list[Predicate]] = {}
    for term in terms:
        match term:
            case Text(field, _, fold) | Regex(field, _, fold):
                groups.setdefault((type(term), field, fold), []).append(term)
            case Within(field):
                groups.setdefault((Within, field), []).append(term)
            case _:
                groups[term] = [term]
    return [_one_of(group) if len(group) > 1 else group[0] for group in groups.values()]


def _one_of(group: list[Predicate]) -> Predicate:
    found = [term for term in group if isinstance(term, _Several)]
    clause = " or ".join(dict.fromkeys(term.clause for term in found if term.clause))
    first = found[0]
    match first:
        case Text(field, _, fold):
            patterns = [each for term in found if isinstance(term, Text) for each in term.patterns]
            return text(field, patterns, fold=fold, clause=clause)
        case Regex(field, _, fold):
            patterns = [each for term in found if isinstance(term, Regex) for each in term.patterns]
            return Regex(field, tuple(dict.fromkeys(patterns)), fold, clause=clause)
        case Within(field):
            blocks = [each for term in found if isinstance(term, Within) for each in term.blocks]
            return Within(field, tuple(dict.fromkeys(blocks)), clause=clause)
        case _:
            assert_never(first)
