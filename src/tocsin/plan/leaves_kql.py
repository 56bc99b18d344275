"""What Kibana's queries ask of one field as leaves, by the field's kind.

All of KQL, Lucene's query strings and rules' filters come down to these questions. A value is a
`Phrase` (quoted), `Words` (not quoted) or a `Glob` (with wildcards).

With ``compat`` a field of kind text is asked word by word, and a value that Elasticsearch would not
index (``ignore_above``) is not there; without it, values are compared as they stand, and a text
holds what stands anywhere in it, in any letter case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from tocsin.languages.eql import nodes as eql
from tocsin.languages.node import Literal
from tocsin.plan.date_leaves import compared_time, time_literal, within_span
from tocsin.plan.date_span import DateSpan, date_span, is_relative
from tocsin.plan.expression import flag_of
from tocsin.plan.leaves_eql import UnreadableError
from tocsin.plan.passes import conjunction, disjunction, negation
from tocsin.plan.passes import text as text_leaf
from tocsin.plan.predicate import (
    Compare,
    Exists,
    FieldRef,
    Flag,
    Length,
    Predicate,
    Recent,
    Regex,
    Short,
    Test,
    Text,
    Tokens,
    Within,
)
from tocsin.plan.wildcard import escaped, normal, plain_text
from tocsin.plan.words import lower, words
from tocsin.rules.timing import TimingError, date_math
from tocsin.schema.kinds import NUMERIC, TEMPORAL, Kind
from tocsin.schema.values import number_of, parse_block, parse_ip

IGNORE_ABOVE: Final = 1024
"""The longest value of a keyword field that ECS and the integrations index, in UTF-16 units."""

ANALYSED: Final = frozenset({Kind.TEXT, Kind.MATCH_ONLY_TEXT})
PLACES: Final = frozenset({Kind.GEO_POINT, Kind.BINARY})
PARTED: Final = ANALYSED | {Kind.WILDCARD, Kind.CONSTANT_KEYWORD, Kind.FLATTENED, Kind.VERSION}
"""Kinds of which Kibana asks a pattern as a query string."""
_CUT: Final = frozenset({Kind.KEYWORD, Kind.UNKNOWN, Kind.OBJECT})
"""Kinds whose long values are not indexed."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A quoted value."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A value without quotes: a number, a word, several words."""

    text: str


@dataclass(frozen=True, slots=True)
class Glob:
    """A value with wildcards, in the form of `Text`'s patterns."""

    pattern: str


class UnfitError(UnreadableError):
    """A field cannot be asked so at all: ``problem`` goes on where its name ends."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem, None)
        self.problem = problem
        self.hint = hint


Asked: TypeAlias = Phrase | Words | Glob


@dataclass(frozen=True, slots=True)
class Manner:
    """How questions are meant.

    Attributes
    ----------
    compat
        As Elasticsearch indexes it; else raw values are compared.
    now
        What ``now`` in a time means, in milliseconds; None: the event's own time.
    """

    compat: bool = False
    now: int | None = None


RAW = Manner()


def is_value(  # noqa: C901 - one kind after the other
    field: FieldRef, asked: Asked, *, fold: bool = False, clause: str = "", manner: Manner = RAW
) -> Predicate:
    """``field: value``.

    Raises
    ------
    UnreadableError
        If the field's values are never like this one.
    """
    if isinstance(asked, Glob):
        return _fits(field, normal(asked.pattern), fold, clause, manner)
    kind, text = field.kind, asked.text
    if kind in ANALYSED:
        return _in_text(field, asked, clause, manner)
    if kind in NUMERIC:
        number = number_of(text)
        if number is None:
            raise UnreadableError("numbers", text)
        return Compare(field, "==", number, clause=clause)
    if kind is Kind.BOOLEAN:
        flag = flag_of(text)
        if flag is None:
            raise UnreadableError("true or false", text)
        return Flag(field, flag, clause=clause)
    if kind in TEMPORAL:
        return _at(field, _span(field, text, manner), clause)
    if kind is Kind.IP:
        if parse_block(text) is None:
            raise UnreadableError("IP addresses", text)
        return Within(field, (text,), clause=clause)
    if kind is Kind.VERSION:
        return Compare(field, "==", text, clause=clause)
    if kind in PLACES:
        raise UnfitError("is a place or bytes, which no value is compared with", "ask `: *`")
    exact = _cut(text_leaf(field, [escaped(text)], fold=fold, clause=clause), clause, manner)
    number = number_of(text) if kind is Kind.UNKNOWN and isinstance(asked, Words) else None
    if number is None:
        return exact
    return disjunction([exact, Compare(field, "==", number, clause=clause)])


def in_a_row(asked: Asked, kind: Kind, manner: Manner) -> list[Asked]:
    """What Elasticsearch is asked for a value of KQL, any of which is enough.

    Only for keywords a value with stars is one pattern. For all other kinds Kibana makes a query
    string of it, which blanks part: each word with a star is a pattern of its own, and the words
    between two of these are one value.
    """
    if not (manner.compat and isinstance(asked, Glob) and kind in PARTED):
        return [asked]
    parts: list[Asked] = []
    row: list[str] = []
    for part in re.split(r"[ \t\n\r\u3000]+", asked.pattern):
        plain = plain_text(part)
        if plain is not None:
            row += [plain] if plain else []
            continue
        parts += [Words(" ".join(row))] if row else []
        parts.append(Glob(part))
        row = []
    return [*parts, Words(" ".join(row))] if row else parts


def is_in_range(
    field: FieldRef, operator: str, value: str, *, clause: str = "", manner: Manner = RAW
) -> Predicate:
    """``field operator value`` with ``< <= > >=``; raises as `is_value` does."""
    kind = field.kind
    if kind not in TEMPORAL and kind in _SELF_TOLD:
        if number_of(value) is not None:
            kind = Kind.DOUBLE
        elif _is_math(value):
            field, kind = FieldRef(field.name, Kind.DATE), Kind.DATE
    if kind in NUMERIC:
        number = number_of(value)
        if number is None:
            raise UnreadableError("numbers", value)
        return Compare(field, operator, number, clause=clause)
    if kind in TEMPORAL:
        return _before(field, operator, _span(field, value, manner), clause)
    if kind is Kind.IP:
        if parse_ip(value) is None:
            raise UnreadableError("IP addresses", value)
        return Compare(field, operator, value, clause=clause)
    if kind is Kind.BOOLEAN or kind in PLACES:
        raise UnfitError("has no order")
    return _cut(Compare(field, operator, value, clause=clause), clause, manner)


def is_between(
    field: FieldRef,
    bounds: Sequence[tuple[str, str]],
    *,
    clause: str = "",
    manner: Manner = RAW,
) -> Predicate:
    """One value within all bounds (operator, value); raises as `is_value` does."""
    leaves = [
        is_in_range(field, sign, value, clause=clause, manner=manner) for sign, value in bounds
    ]
    compared = [leaf for leaf in leaves if isinstance(leaf, Compare)]
    if len(leaves) < 2 or len(compared) < len(leaves):
        return conjunction(leaves) if leaves else exists(field, clause=clause, manner=manner)
    ticks = 1 if field.kind is Kind.DATE_NANOS else 1_000_000
    parts = tuple(
        eql.Comparison(
            leaf.operator,
            eql.Field(field.name),
            time_literal(int(leaf.value) * ticks)
            if leaf.field.kind in TEMPORAL
            else Literal(leaf.value),
        )
        for leaf in compared
    )
    # of several values one must lie within: two leaves might each find its own
    return conjunction([*compared, Test(eql.And(parts), (compared[0].field,), clause=clause)])


def is_term(
    field: FieldRef, value: str, *, fold: bool = False, clause: str = "", manner: Manner = RAW
) -> Predicate:
    """The value itself, never cut into words; raises as `is_value` does."""
    if field.kind not in ANALYSED or not manner.compat:
        return is_value(field, Phrase(value), fold=fold, clause=clause, manner=manner)
    gate = text_leaf(field, [f"*{_loose(escaped(value))}*"], fold=True, clause=clause)
    word = lower(value) if fold else value
    return conjunction([gate, Tokens(field, ((word,),), clause=clause)])


_SELF_TOLD = frozenset({Kind.UNKNOWN, Kind.OBJECT})


def exists(field: FieldRef, *, clause: str = "", manner: Manner = RAW) -> Predicate:
    """``field: *``."""
    return _cut(Exists(field, clause=clause), clause, manner)


def fits_regex(
    field: FieldRef, pattern: str, *, fold: bool = False, clause: str = "", manner: Manner = RAW
) -> Predicate:
    """``field: /pattern/``; raises as `is_value` does."""
    if field.kind in NUMERIC or field.kind in _UNPATTERNED:
        raise _no_pattern(field.kind)
    return _cut(Regex(field, (pattern,), fold, clause=clause), clause, manner)


def _no_pattern(kind: Kind) -> UnfitError:
    hint = "compare with `>=` and `<`" if kind in TEMPORAL | NUMERIC else ""
    if kind is Kind.IP:
        hint = "write a block of addresses, such as 10.0.0.0/8"
    return UnfitError("holds no text, so that no pattern fits it", hint)


_UNPATTERNED = TEMPORAL | PLACES | {Kind.IP, Kind.BOOLEAN}


def _fits(field: FieldRef, pattern: str, fold: bool, clause: str, manner: Manner) -> Predicate:
    """``field: pattern``; stars alone ask whether there is a value."""
    if pattern == "*":
        return exists(field, clause=clause, manner=manner)
    if field.kind in NUMERIC or field.kind in _UNPATTERNED:
        raise _no_pattern(field.kind)
    if field.kind in ANALYSED:
        return _in_text(field, Glob(pattern), clause, manner)
    return _cut(text_leaf(field, [pattern], fold=fold, clause=clause), clause, manner)


def _cut(leaf: Predicate, clause: str, manner: Manner) -> Predicate:
    """The leaf, of values that are indexed."""
    if not manner.compat or not isinstance(leaf, Exists | Text | Regex | Compare):
        return leaf
    if leaf.field.kind not in _CUT:
        return leaf
    long = Length(leaf.field, ">", IGNORE_ABOVE, clause=clause)
    return conjunction(
        [leaf, disjunction([negation(long, clause), Short(leaf, IGNORE_ABOVE, clause=clause)])]
    )


def _in_text(field: FieldRef, asked: Asked, clause: str, manner: Manner) -> Predicate:
    """A value in a text: anywhere, or in words of it."""
    if not manner.compat:
        inner = asked.pattern if isinstance(asked, Glob) else escaped(asked.text)
        return text_leaf(field, [f"*{inner}*"], fold=True, clause=clause)
    phrases: list[tuple[str, ...]] = []
    patterns: list[str] = []
    if isinstance(asked, Phrase):
        phrases.append(tuple(words(asked.text)))
    elif isinstance(asked, Words):
        phrases += ((word,) for word in words(asked.text))
    else:
        patterns.append(lower(asked.pattern))
    leaf = Tokens(field, tuple(filter(None, phrases)), tuple(patterns), clause=clause)
    parts = [escaped(max(phrase, key=len)) for phrase in leaf.phrases]
    gates = [f"*{_loose(part)}*" for part in (*parts, *patterns)]
    # only what holds all letters of a word can hold the word: quick to see, for all rules at once
    return conjunction([text_leaf(field, gates, fold=True, clause=clause), leaf])


def _loose(pattern: str) -> str:
    """The pattern with any character where one stands whose letter case only Unicode knows."""
    return "".join(char if char.isascii() else "?" for char in pattern)


def _span(field: FieldRef, text: str, manner: Manner) -> DateSpan | str:
    """The span that a date stands for, or date math that depends on the event."""
    found = date_span(text, field.kind, manner.now)
    if found is not None:
        return found
    if manner.now is not None or not is_relative(text):
        raise UnreadableError("times", text)
    try:
        date_math(text)
    except TimingError:
        raise UnreadableError("times", text) from None
    return text


def _is_math(text: str) -> bool:
    """Whether a text is date math, whatever field it stands behind."""
    try:
        date_math(text)
    except TimingError:
        return False
    return is_relative(text) or "||" in text


def _before(field: FieldRef, operator: str, span: DateSpan | str, clause: str) -> Predicate:
    """Times before or after a span; ``<=`` and ``>`` look at its end."""
    if isinstance(span, str):
        return Recent(field, operator, span, operator in ("<=", ">"), clause=clause)
    return compared_time(field, operator, span, clause)


def _at(field: FieldRef, span: DateSpan | str, clause: str) -> Predicate:
    """Times within a span."""
    if isinstance(span, str):
        return conjunction([_before(field, sign, span, clause) for sign in (">=", "<=")])
    return within_span(field, span, clause)
