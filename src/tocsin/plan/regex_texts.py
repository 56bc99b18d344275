"""What texts a regular expression in Lucene's dialect tells of what it matches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tocsin.plan.language import Chain, Chars, Choice, Repeat, Tree
from tocsin.plan.regex import RegexError, parse_regex

LONGEST: Final = 10_000
"""Longer texts are not spelled out."""


def only_text(pattern: str) -> str | None:
    """The one text that a pattern matches, None if it matches others or none, or is wrong."""
    try:
        return _only(parse_regex(pattern))
    except RegexError:
        return None


def _only(tree: Tree) -> str | None:
    match tree:
        case Chars():
            return _character(tree)
        case Chain(parts):
            told = [_only(part) for part in parts]
            known = [text for text in told if text is not None]
            return "".join(known) if len(known) == len(told) else None
        case Choice(parts) if parts:
            texts = {_only(part) for part in parts}
            return texts.pop() if len(texts) == 1 else None
        case Repeat(term, least, most) if least == most:
            text = _only(term)
            return None if text is None or len(text) * least > LONGEST else text * least
        case _:
            return None


def needed_texts(pattern: str) -> tuple[str, ...] | None:
    """Texts of three characters or more of which each match holds one; None if none are known.

    Also for patterns that are too large for an automaton.
    """
    try:
        found = _needed(parse_regex(pattern))
    except RegexError:
        return None
    return None if found is None else tuple(sorted(found))


def _needed(tree: Tree) -> frozenset[str] | None:
    match tree:
        case Chain(parts):
            known = [_needed(part) for part in parts]
            known += [frozenset({run}) for run in _runs(parts)]
            some = [found for found in known if found is not None]
            return max(some, key=lambda found: min(map(len, found)), default=None)
        case Choice(parts) if parts:
            known = [_needed(part) for part in parts]
            some = [found for found in known if found is not None]
            return frozenset().union(*some) if len(some) == len(known) else None
        case Repeat(term, least) if least:
            return _needed(term)
        case _:
            return None


def _runs(parts: Sequence[Tree]) -> list[str]:
    """Texts of three characters or more that stand in a chain."""
    told = [_character(part) or "\n" for part in parts]
    return [run for run in "".join(told).split("\n") if len(run) > 2]


def _character(tree: Tree) -> str | None:
    """The one character that the tree matches, if it does."""
    match tree:
        case Chars(((low, high),)) if low == high:
            return chr(low)
        case _:
            return None
