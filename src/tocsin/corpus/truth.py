"""Which events of a part meet a predicate, as far as columns tell: surely, perhaps, not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.corpus.column import Column, Mask
from tocsin.corpus.part import Part, columned
from tocsin.corpus.texts import addressed, holding, matching
from tocsin.match.evaluate import Evaluator
from tocsin.plan.leaves import fields_of, leaves_of
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
from tocsin.plan.presence import READ
from tocsin.plan.wildcard import symbols
from tocsin.schema.fields import former_names
from tocsin.schema.kinds import INTEGRAL, Kind

_LARGEST = 1 << 53
_PLAIN = re.compile(r"[\w@-]+", re.ASCII)
_PIECE = re.compile(r"[\w@.:-]+", re.ASCII)
_LETTER = re.compile("[A-DF-Za-df-z]")
_INFINITE = "-infinity"

SHORTEST = 3
"""Characters of a word that is worth looking for."""

MOST_PIECES = 8
"""Pieces of values that are looked for, at most."""


class Truth(NamedTuple):
    """``sure``: the predicate holds; ``may``: it may hold, sure ones among them."""

    sure: Mask
    may: Mask


def reads_texts(predicate: Predicate) -> bool:
    """Whether to judge a predicate the texts of events may have to be looked through."""
    return any(_field(leaf) is None for leaf in leaves_of(predicate))


class Judge:
    """Judges parts; what it prepares for a predicate is kept. One thread at a time."""

    def __init__(self) -> None:
        self._evaluator = Evaluator()

    def truth(self, predicate: Predicate, part: Part) -> Truth:
        """What the columns of a part tell."""
        match predicate:
            case And(terms):
                return _all(self._each(terms, part, stop=False), part)
            case Or(terms):
                return _any(self._each(terms, part, stop=True), part)
            case Not(term):
                found = self.truth(term, part)
                return Truth(~found.may, ~found.sure)
            case Constant(value):
                same = np.full(part.rows, value)
                return Truth(same, same)
            case _:
                return self._leaf(predicate, part)

    def _each(self, terms: Iterable[Predicate], part: Part, *, stop: bool) -> Iterable[Truth]:
        """The terms' truths, until the rest cannot matter: all hold surely, or none may."""
        some: Mask = np.full(part.rows, fill_value=not stop)
        for term in terms:
            found = self.truth(term, part)
            yield found
            some = some | found.sure if stop else some & found.may
            if bool(some.all()) if stop else not some.any():
                return

    def _leaf(self, leaf: Leaf, part: Part) -> Truth:
        name = _field(leaf)
        if name is None:
            return Truth(np.zeros(part.rows, np.bool_), _mentioning(leaf, part))
        column = part.column(name)
        found: Mask = (
            np.zeros(part.rows, np.bool_)
            if column is None
            else column.rows(self._words(leaf, column))
        )
        untold = part.untold((name,))
        return Truth(found, found) if untold is None else Truth(found & ~untold, found | untold)

    def _words(self, leaf: Leaf, column: Column) -> Mask:
        """For which words of a column a leaf holds."""
        words = column.words
        match leaf:
            case Exists(field) if field.kind not in READ or not pa.types.is_string(words.type):
                return np.ones(len(words), np.bool_)
            case Text(_, patterns, fold) if pa.types.is_string(words.type):
                found = matching(words, patterns, fold=fold)
                if found is not None:
                    return found
            case Within(_, blocks) if pa.types.is_string(words.type):
                return self._addresses(leaf, column, blocks)
            case Compare(field, operator, int() as value) if (
                field.kind in INTEGRAL and abs(value) < _LARGEST and operator in _SIGNS
            ):
                return _mask(_SIGNS[operator](words, pa.scalar(value, pa.int64())))
            case _:
                pass
        test = self._evaluator.word_test(leaf)
        return np.fromiter((test(word) for word in column.values()), np.bool_, len(words))

    def _addresses(self, leaf: Leaf, column: Column, blocks: Sequence[str]) -> Mask:
        """Which words are addresses in some blocks: those with a colon are read one by one."""
        found = addressed(column.words, blocks)
        odd = np.flatnonzero(holding(column.words, ":"))
        if odd.size:
            test = self._evaluator.word_test(leaf)
            found[odd] = [test(word) for word in column.words.take(pa.array(odd)).to_pylist()]
        return found


_SIGNS = {
    "==": pc.equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def _field(leaf: Leaf) -> str | None:
    """The field of a leaf that a column decides; None: only the event does."""
    match leaf:
        case Test() | SomeField() | Inside() | Recent():
            return None
        case (
            Exists()
            | Text()
            | Regex()
            | Compare()
            | Flag()
            | Within()
            | Listed()
            | Length()
            | Tokens()
            | Short()
        ):
            (field,) = fields_of(leaf)
            told = columned(field.name) and field.kind is not Kind.DATE_NANOS
            return field.name if told else None
        case _:
            assert_never(leaf)


def _mentioning(leaf: Leaf, part: Part) -> Mask:
    """In which events' texts all stands without which a leaf does not hold."""
    may: Mask = np.ones(part.rows, np.bool_)
    for word in _mentioned(leaf):
        may = may & part.mentions(word)
        if not may.any():
            return may
    written = _written(leaf)
    if written:
        may = may & np.logical_or.reduce([part.mentions(some) for some in written])
    return may


def _named(leaf: Leaf) -> str:
    """The path, or a pattern of paths, that the keys of an event must make; empty: none need to."""
    match leaf:
        case Test():
            return ""
        case SomeField(pattern=pattern):
            name = "" if "\\" in pattern else pattern.replace("?", "*")
        case Inside(path=path):
            name = path
        case _:
            name = fields_of(leaf)[0].name
    # a field's other names, and what the engine itself makes, stand there in other words
    return "" if former_names(name) or name.startswith(("kibana.", "signal.")) else name


def _mentioned(leaf: Leaf) -> list[str]:
    """Words of keys, the last first, without which an event's text meets no leaf."""
    words = [word for word in re.split(r"[.*]", _named(leaf)) if len(word) >= SHORTEST]
    # a word that JSON may write in another way is none to look for
    return [word for word in dict.fromkeys(reversed(words)) if _PLAIN.fullmatch(word)]


def _written(leaf: Leaf) -> list[str]:
    """Pieces of values, one of which is in such an event's text; none if nothing is known."""
    match leaf:
        case Text(_, patterns, False) if len(patterns) <= MOST_PIECES and _named(leaf):
            found = [_piece(pattern) for pattern in patterns]
            return list(dict.fromkeys(found)) if all(found) else []
        case _:
            return []


def _piece(pattern: str) -> str:
    """The longest piece of a pattern that JSON writes as it is; empty if there is none.

    Numbers are written in many ways: a piece has a letter that none of them has.
    """
    literal = "".join("\n" if wild else char for char, wild in symbols(pattern))
    pieces = [piece for piece in _PIECE.findall(literal) if len(piece) >= SHORTEST]
    told = [one for one in pieces if _LETTER.search(one) and one.lower() not in _INFINITE]
    return max(told, key=len, default="")


def _all(truths: Iterable[Truth], part: Part) -> Truth:
    sure, may = np.ones(part.rows, np.bool_), np.ones(part.rows, np.bool_)
    for found in truths:
        sure, may = sure & found.sure, may & found.may
    # Where no term may hold the rest was not asked.
    return Truth(sure & may, may)


def _any(truths: Iterable[Truth], part: Part) -> Truth:
    sure, may = np.zeros(part.rows, np.bool_), np.zeros(part.rows, np.bool_)
    for found in truths:
        sure, may = sure | found.sure, may | found.may
    return Truth(sure, may)


def _mask(found: pa.Array | pa.ChunkedArray) -> Mask:
    mask: Mask = (found if not found.null_count else pc.fill_null(found, False)).to_numpy(
        zero_copy_only=False
    )
    return mask
