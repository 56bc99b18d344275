"""A pattern as RE2 writes it, where RE2 can say it: what DuckDB then matches by itself."""

from __future__ import annotations

from typing import Final

from tocsin.plan import language
from tocsin.tables.regex.tree import (
    LAZY,
    NO_WORD_EDGE,
    TEXT_END,
    TEXT_START,
    WORD_EDGE,
    Atomic,
    Chain,
    Chars,
    Choice,
    Edge,
    Group,
    Look,
    Ranges,
    Repeat,
    Tree,
)

_EDGES = {TEXT_START: r"\A", TEXT_END: r"\z", WORD_EDGE: r"\b", NO_WORD_EDGE: r"\B"}
_MOST_REPEATED: Final = 1000
_LONGEST: Final = 20_000
_WIDEST: Final = 400
"""Ranges of one set: sets of all scripts make RE2's automata large."""


class UnsaidError(ValueError):
    """RE2 has no words for this."""


def re2_text(tree: Tree) -> str | None:
    """The pattern for RE2, None if it cannot say it or would need much memory for it."""
    try:
        text = _text(tree)
    except UnsaidError:
        return None
    return text if len(text) <= _LONGEST and _weight(tree) <= _MOST_REPEATED else None


def _text(tree: Tree) -> str:
    match tree:
        case Chars(ranges):
            return _set(ranges)
        case Chain(parts):
            return "".join(map(_text, parts)) if parts else "(?:)"
        case Choice(parts):
            return "(?:" + "|".join(map(_text, parts)) + ")"
        case Repeat(term, least, most, mode):
            lazy = "?" if mode == LAZY else ""
            return f"(?:{_text(term)}){_count(least, most)}{lazy}"
        case Group(_, term):
            return f"({_text(term)})"
        case Edge(kind) if kind in _EDGES:
            return _EDGES[kind]
        case Atomic() | Look() | Edge():
            raise UnsaidError


def lucene_text(tree: language.Tree) -> str | None:
    """One of Lucene's patterns for RE2, None if it cannot say it."""
    try:
        text = _lucene(tree)
    except UnsaidError:
        return None
    return text if len(text) <= _LONGEST else None


def _lucene(tree: language.Tree) -> str:
    match tree:
        case language.Chars(ranges):
            return _set(ranges)
        case language.Chain(parts):
            return "".join(map(_lucene, parts)) if parts else "(?:)"
        case language.Choice(parts):
            if not parts:
                raise UnsaidError
            return "(?:" + "|".join(map(_lucene, parts)) + ")"
        case language.Repeat(term, least, most):
            if max(least, most or 0) > 100:
                raise UnsaidError
            return f"(?:{_lucene(term)}){_count(least, most)}"
        case language.Both() | language.Complement():
            raise UnsaidError


def _count(least: int, most: int | None) -> str:
    match (least, most):
        case (0, None):
            return "*"
        case (1, None):
            return "+"
        case (0, 1):
            return "?"
        case (_, None):
            return f"{{{least},}}"
        case _:
            return f"{{{least},{most}}}"


def _set(ranges: Ranges) -> str:
    if not ranges or len(ranges) > _WIDEST:
        raise UnsaidError
    if ranges == ((0, language.LAST_CODE_POINT),):
        return "(?s:.)"
    told = (_char(low) if low == high else f"{_char(low)}-{_char(high)}" for low, high in ranges)
    return "[" + "".join(told) + "]"


def _char(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{{{code:x}}}"


def _weight(tree: Tree) -> int:
    """About how many copies of characters RE2 makes of a tree: counted repeats multiply."""
    match tree:
        case Chain(parts) | Choice(parts):
            return sum(map(_weight, parts))
        case Repeat(term, least, most):
            return _weight(term) * max(least, most or 0, 1)
        case Group(_, term):
            return _weight(term)
        case _:
            return 1
