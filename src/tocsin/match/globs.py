"""Comparing a text with a whole wildcard pattern, in kernels.

Time is bounded by the product of text and pattern, and near their sum in practice: after a star
only the place of the latest star is ever taken up again.
"""

from __future__ import annotations

from tocsin.columns.cells import Bytes
from tocsin.columns.native import lean, load8
from tocsin.match.hashing import folded

ANY, STAR = 0xFF, 0xFE
"""As in `plan.literals`."""


@lean
def character_end(text: Bytes, place: int, end: int) -> int:
    """Where the character that begins at ``place`` ends."""
    place += 1
    while place < end and load8(text, place) & 0xC0 == 0x80:
        place += 1
    return place


@lean
def glob(  # noqa: C901 - one loop, for speed
    text: Bytes, start: int, end: int, code: Bytes, at: int, last: int, fold: bool
) -> bool:
    """Whether ``text[start:end]`` as a whole is what the pattern ``code[at:last]`` says."""
    star, mark = -1, start
    while start < end:
        if at < last:
            wanted = load8(code, at)
            if wanted == STAR:
                at += 1
                if at == last:
                    return True
                star, mark = at, start
                continue
            if wanted == ANY:
                start = character_end(text, start, end)
                at += 1
                continue
            byte = load8(text, start)
            if fold:
                byte = folded(byte)
            if byte == wanted:
                start += 1
                at += 1
                continue
        if star < 0:
            return False
        mark = character_end(text, mark, end)
        wanted = load8(code, star)
        if wanted != ANY:
            while mark < end:
                byte = load8(text, mark)
                if (folded(byte) if fold else byte) == wanted:
                    break
                mark += 1
            if mark == end:
                return False
        start, at = mark, star
    return at == last or (at == last - 1 and load8(code, at) == STAR)
