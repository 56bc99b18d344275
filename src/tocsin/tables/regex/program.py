"""Patterns compiled to steps that `tocsin.tables.regex.kernel` runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tocsin.tables.regex.classes import WORD, unicode_word
from tocsin.tables.regex.tree import (
    LAST_LINE_END,
    LAZY,
    LINE_END,
    LINE_START,
    NEWLINE_END,
    NEWLINE_START,
    NO_WORD_EDGE,
    TEXT_END,
    TEXT_START,
    WORD_EDGE,
    Atomic,
    Chain,
    Chars,
    Choice,
    Edge,
    Expression,
    Group,
    Look,
    PatternError,
    Ranges,
    Repeat,
    Tree,
    normal,
)

CHAR, SPLIT, JUMP, SAVE, EDGE, DONE, ATOMIC, LOOK = range(8)
"""Steps: one character of the class ``x``; go on at ``x``, then at ``y``; go to ``x``; note the
place as ``x``; be at an edge ``x``; end; run the steps up to ``x`` and keep their end; run them and
go back (``y``: 0 ahead, 2 behind, one more if negative; ``low`` to ``high`` characters behind)."""
OP, X, Y, LOW, HIGH, ORDINAL = range(6)
"""Columns of a step. ``ORDINAL`` numbers those steps whose failures are remembered."""

EDGES = (
    *(TEXT_START, TEXT_END, LAST_LINE_END, LINE_START, LINE_END, WORD_EDGE, NO_WORD_EDGE),
    *(NEWLINE_START, NEWLINE_END),
)
MOST_STEPS: Final = 20_000
MOST_BEHIND: Final = 255


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled steps.

    ``steps``: int32[n, 6]. ``ascii``: uint8[k, 128], which ASCII characters are in a class.
    ``ranges``: int32[m, 2] of all classes, those of class ``i`` being
    ``bounds[i]:bounds[i + 1]``. ``first``: the class of the first character of any match, -1 if a
    match may be empty. ``groups``: how many groups there are.
    """

    steps: npt.NDArray[np.int32]
    ascii: npt.NDArray[np.uint8]
    ranges: npt.NDArray[np.int32]
    bounds: npt.NDArray[np.int32]
    first: int
    groups: int
    ordinals: int


def compile_pattern(expression: Expression, *, unicode_words: bool = False) -> Program:
    """Compile a pattern; raises `PatternError` if it is too complex."""
    return _Compiler(unicode_words=unicode_words).program(expression)


class _Compiler:
    def __init__(self, *, unicode_words: bool) -> None:
        self._steps: list[list[int]] = []
        self._classes: dict[Ranges, int] = {}
        self._ordinals = 0
        self._class(unicode_word() if unicode_words else WORD)  # class 0 says what words are

    def program(self, expression: Expression) -> Program:
        self._emit(expression.tree)
        self._add(DONE)
        starts = _first(expression.tree)
        first = -1 if starts is None else self._class(normal(list(starts)))
        classes = list(self._classes)
        table = np.zeros((len(classes), 128), dtype=np.uint8)
        for number, ranges in enumerate(classes):
            for low, high in ranges:
                table[number, min(low, 128) : min(high, 127) + 1] = 1
        flat = [pair for ranges in classes for pair in ranges] or [(0, 0)]
        bounds = np.cumsum([0, *map(len, classes)]).astype(np.int32)
        return Program(
            np.array(self._steps, dtype=np.int32),
            table,
            np.array(flat, dtype=np.int32),
            bounds,
            first,
            expression.groups,
            self._ordinals,
        )

    def _class(self, ranges: Ranges) -> int:
        return self._classes.setdefault(ranges, len(self._classes))

    def _add(self, op: int, x: int = 0, y: int = 0) -> int:
        if len(self._steps) >= MOST_STEPS:
            raise PatternError("the pattern is too complex")
        ordinal = -1
        if op in (SPLIT, ATOMIC, LOOK):
            ordinal = self._ordinals
            self._ordinals += 1
        self._steps.append([op, x, y, 0, 0, ordinal])
        return len(self._steps) - 1

    def _emit(self, tree: Tree) -> None:  # noqa: C901 - a case for each
        match tree:
            case Chars(ranges):
                self._add(CHAR, self._class(ranges))
            case Chain(parts):
                for part in parts:
                    self._emit(part)
            case Choice(parts):
                self._choice(parts)
            case Repeat():
                self._repeat(tree)
            case Group(number, term):
                self._add(SAVE, 2 * number)
                self._emit(term)
                self._add(SAVE, 2 * number + 1)
            case Edge(kind):
                self._add(EDGE, EDGES.index(kind))
            case Atomic(term):
                self._inner(self._add(ATOMIC), term)
            case Look(term, ahead, negative):
                at = self._add(LOOK, 0, (0 if ahead else 2) + negative)
                if not ahead:
                    low, high = _width(term)
                    if high is None or high > MOST_BEHIND:
                        raise PatternError("what stands behind has no bounded length")
                    self._steps[at][LOW], self._steps[at][HIGH] = low, high
                self._inner(at, term)

    def _inner(self, at: int, term: Tree) -> None:
        self._emit(term)
        self._add(DONE)
        self._steps[at][X] = len(self._steps)

    def _choice(self, parts: tuple[Tree, ...]) -> None:
        jumps: list[int] = []
        for part in parts[:-1]:
            split = self._add(SPLIT)
            self._steps[split][X] = split + 1
            self._emit(part)
            jumps.append(self._add(JUMP))
            self._steps[split][Y] = len(self._steps)
        self._emit(parts[-1])
        for jump in jumps:
            self._steps[jump][X] = len(self._steps)

    def _repeat(self, tree: Repeat) -> None:
        for _ in range(tree.least):
            self._emit(tree.term)
        lazy = tree.mode == LAZY
        if tree.most is None:
            split = self._add(SPLIT)
            self._emit(tree.term)
            self._add(JUMP, split)
            self._branch(split, lazy=lazy)
            return
        splits: list[int] = []
        for _ in range(tree.most - tree.least):
            splits.append(self._add(SPLIT))
            self._emit(tree.term)
        for split in splits:
            self._branch(split, lazy=lazy)

    def _branch(self, split: int, *, lazy: bool) -> None:
        inside, behind = split + 1, len(self._steps)
        self._steps[split][X] = behind if lazy else inside
        self._steps[split][Y] = inside if lazy else behind


def _first(tree: Tree) -> Ranges | None:
    """The characters that a match may begin with; None if it may be empty or that is not known."""
    match tree:
        case Chars(ranges):
            return ranges
        case Chain(parts):
            for part in parts:
                if isinstance(part, Edge | Look):
                    continue
                return _first(part)
            return None
        case Choice(parts):
            starts = [_first(part) for part in parts]
            known = [start for start in starts if start is not None]
            return (
                normal([pair for start in known for pair in start])
                if (len(known) == len(starts))
                else None
            )
        case Repeat(term, least):
            return _first(term) if least else None
        case Group(_, term) | Atomic(term):
            return _first(term)
        case Look() | Edge():
            return None


def _width(tree: Tree) -> tuple[int, int | None]:
    """How many characters a match has: the least, and the most (None: any number)."""
    match tree:
        case Chars():
            return 1, 1
        case Look() | Edge():
            return 0, 0
        case Chain(parts):
            widths = [_width(part) for part in parts]
            highs = [high for _, high in widths]
            known = [high for high in highs if high is not None]
            least = sum(low for low, _ in widths)
            return least, sum(known) if len(known) == len(highs) else None
        case Choice(parts):
            widths = [_width(part) for part in parts]
            known = [high for _, high in widths if high is not None]
            most = max(known) if len(known) == len(widths) else None
            return min(low for low, _ in widths), most
        case Repeat(term, least, most):
            low, high = _width(term)
            bounded = most is not None and high is not None
            return low * least, (high or 0) * (most or 0) if bounded else None
        case Group(_, term) | Atomic(term):
            return _width(term)
