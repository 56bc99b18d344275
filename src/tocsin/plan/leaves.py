"""The distinct leaves of all rules, numbered, and how each is decided.

Numbers run in three groups: leaves on fields that say what kind of event it is (*gates*), other
leaves that a distinct value decides for good (*words*), and leaves that are looked at only where a
rule asks for them (*late* ones: regular expressions, addresses, numbers, lengths and such).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from tocsin.languages.eql.nodes import Call, Expression, Field
from tocsin.languages.node import Literal
from tocsin.plan.literals import pattern_code
from tocsin.plan.predicate import (
    EVENT_TIME,
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
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
from tocsin.schema.kinds import NUMERIC, TEMPORAL, TEXTUAL, Kind

GATES = frozenset(
    {
        "agent.type",
        "data_stream.dataset",
        "data_stream.namespace",
        "data_stream.type",
        "event.action",
        "event.category",
        "event.code",
        "event.dataset",
        "event.kind",
        "event.module",
        "event.outcome",
        "event.provider",
        "event.type",
        "host.os.family",
        "host.os.platform",
        "host.os.type",
        "network.direction",
        "network.transport",
    }
)
"""Fields of few values, by which events fall into classes: each class meets few rules."""


class Check(IntEnum):
    """How a leaf is decided."""

    WORD = 0
    REGEX = 1
    NUMBER = 2
    ORDER = 3
    WITHIN = 4
    LENGTH = 5
    PAIR = 6
    PYTHON = 7


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern's code (see `literals`), as a field's leaves share it."""

    code: bytes
    fold: bool


@dataclass(frozen=True)
class Leaves:
    """``leaves[number]``, with its field's name (empty for several fields) and check.

    ``patterns[number]`` are those that a word is compared with at once. Leaves below ``gates`` are
    gates; leaves below ``words`` are decided by words alone.
    """

    leaves: tuple[Leaf, ...]
    names: tuple[str, ...]
    checks: tuple[Check, ...]
    patterns: tuple[tuple[Pattern, ...], ...]
    gates: int
    words: int

    def numbers(self) -> dict[Leaf, int]:
        """Each leaf's number."""
        return {leaf: number for number, leaf in enumerate(self.leaves)}


def leaves_of(predicate: Predicate) -> Iterator[Leaf]:
    """Every leaf, from left to right, with repeats."""
    pending = [predicate]
    while pending:
        node = pending.pop()
        match node:
            case Constant():
                continue
            case Not(term):
                pending.append(term)
            case And(terms) | Or(terms):
                pending.extend(reversed(terms))
            case _:
                yield node


def fields_of(leaf: Leaf) -> tuple[FieldRef, ...]:
    """The fields that a leaf reads; none if only the whole event tells."""
    match leaf:
        case Test(fields=fields):
            return fields
        case SomeField() | Inside():
            return ()
        case Short(leaf=inner):
            return (inner.field,)
        case Recent(field=field):
            return (field, *EVENT_TIME)
        case _:
            return (leaf.field,)


def check_of(leaf: Leaf) -> Check:
    """How a leaf is decided; what compiled code cannot settle exactly is left to the evaluator."""
    match leaf:
        case Exists() | Flag() | Text():
            return Check.WORD
        case Regex():
            return Check.REGEX
        case Length(count=count):
            return Check.LENGTH if abs(count) <= LARGEST else Check.PYTHON
        case Within():
            return Check.WITHIN
        case Compare():
            return _comparison(leaf)
        case Listed() | SomeField() | Inside() | Tokens() | Short() | Recent():
            return Check.PYTHON
        case Test():
            return Check.PYTHON if pair_of(leaf) is None else Check.PAIR
        case _:
            assert_never(leaf)


PAIRS = ("startsWith", "endsWith", "stringContains")
_PAIRED = TEXTUAL | {Kind.IP, Kind.UNKNOWN}
WHOLE = 2**62
"""Beyond the end of any text."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One of ``PAIRS`` asked of two fields, of each the characters from a first up to a last one.

    Places count from the end if they are negative, as in a slice.
    """

    function: int
    fold: bool
    left: tuple[int, int]
    right: tuple[int, int]


def pair_of(leaf: Test) -> Pair | None:
    """What a leaf asks if it is a pair; its fields are then those of the pair in this order."""
    call = leaf.expression
    if not isinstance(call, Call) or call.name not in PAIRS or len(leaf.fields) != 2:
        return None
    left, right = map(_operand, call.arguments)
    names = tuple(field.name for field in leaf.fields)
    if left is None or right is None or (left[0], right[0]) != names:
        return None
    if not all(field.kind in _PAIRED for field in leaf.fields):
        return None
    return Pair(PAIRS.index(call.name), call.fold, left[1], right[1])


def _operand(argument: Expression) -> tuple[str, tuple[int, int]] | None:
    """The name of a field and the part of its text that an argument stands for."""
    match argument:
        case Field(name):
            return name, (0, WHOLE)
        case Call("string", (Field(name),)):
            return name, (0, WHOLE)
        case Call("substring", (source, *places)):
            inner = _operand(source)
            whole = [place for place in map(_place, places) if place is not None]
            if inner is None or inner[1] != (0, WHOLE) or len(whole) not in {1, 2}:
                return None
            if len(whole) < len(places):
                return None
            return inner[0], (whole[0], whole[1] if len(whole) == 2 else WHOLE)
        case _:
            return None


def _place(argument: Expression) -> int | None:
    """A constant place in a text."""
    value = argument.value if isinstance(argument, Literal) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < WHOLE else None


def _comparison(leaf: Compare) -> Check:
    kind = leaf.field.kind
    match leaf.value:
        case bool():
            return Check.PYTHON
        case str():
            return Check.PYTHON if kind in NUMERIC or kind in _SPECIAL else Check.ORDER
        case int(value) if abs(value) > LARGEST:
            return Check.PYTHON
        case _:
            return Check.PYTHON if kind in TEXTUAL or kind in _SPECIAL else Check.NUMBER


LARGEST = 2**63 - 1
_SPECIAL = TEMPORAL | {Kind.BOOLEAN, Kind.IP, Kind.VERSION}


def patterns_of(leaf: Leaf) -> tuple[Pattern, ...]:
    """What a word is compared with: the patterns of a text, the texts that count as a flag."""
    match leaf:
        case Text(patterns=patterns, fold=fold):
            return tuple(
                dict.fromkeys(_pattern(pattern_code(text, fold=fold), fold) for text in patterns)
            )
        case Flag(value=value):
            return (Pattern(b"true" if value else b"false", fold=False),)
        case _:
            return ()


def _pattern(code: bytes, fold: bool) -> Pattern:
    """A pattern without letters is the same folded or not."""
    return Pattern(code, fold and code != code.upper())


def number_leaves(conditions: Iterable[Predicate]) -> Leaves:
    """Number the distinct leaves of all conditions, gates first and late ones last."""
    found = dict.fromkeys(leaf for condition in conditions for leaf in leaves_of(condition))
    kept = [(leaf, check_of(leaf)) for leaf in found]

    def rank(entry: tuple[Leaf, Check]) -> tuple[int, str]:
        leaf, check = entry
        name = name_of(leaf)
        if check is not Check.WORD:
            return 2, name
        return (0 if name in GATES else 1), name

    kept.sort(key=rank)
    ranks = [rank(entry)[0] for entry in kept]
    leaves = tuple(leaf for leaf, _ in kept)
    return Leaves(
        leaves=leaves,
        names=tuple(map(name_of, leaves)),
        checks=tuple(check for _, check in kept),
        patterns=tuple(map(patterns_of, leaves)),
        gates=ranks.count(0),
        words=len(ranks) - ranks.count(2),
    )


def name_of(leaf: Leaf) -> str:
    """The name of a leaf's one field, empty if it reads several."""
    fields = fields_of(leaf)
    return fields[0].name if len(fields) == 1 else ""
