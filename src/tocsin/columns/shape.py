"""Whether an event's text is as its parsed tree shows it: nothing to unfold, nothing lost.

Compiled, since it is asked of each event that is to be named, and nearly always the answer is yes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import ctz, lean, load8, load64
from tocsin.columns.string import BACKSLASH, QUOTE
from tocsin.columns.vector import WIDTH, special64

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

MOST_KEYS = 256
"""Keys of the objects that are open at one place; more are not looked at."""

DEEPEST = 100
"""Objects and arrays may be nested so deep."""

DOT, COLON, BRACE, BRACE_END, BRACKET, BRACKET_END = 0x2E, 0x3A, 0x7B, 0x7D, 0x5B, 0x5D
MIX = np.uint64(0x9E3779B97F4A7C15)
FOLD = np.uint64(29)

PLAIN, DOTTED, REPEATED, DEEP = 0, 1, 2, 4


@lean
def shape(  # noqa: C901
    data: Bytes, end: int, hashes: npt.NDArray[np.uint64], opened: npt.NDArray[np.int64]
) -> int:
    """What is special about the keys of an object: bits, or DEEP alone if it nests too deep.

    DOTTED: a key holds a dot. REPEATED: a key comes twice in an object, or that was not looked at,
    because a key holds an escape, two have one hash, or there are many. ``data[:end]`` is a JSON
    object, and 64 zero bytes follow. Other bytes give any answer, safely: the place is never moved
    but from one that is before the end, and by at most 64 bytes that are not zero.
    ``hashes``: uint64[MOST_KEYS], ``opened``: int64[DEEPEST], to work with.
    """
    at, depth, known, found = 0, 0, 0, PLAIN
    while at < end:
        byte = load8(data, at)
        if byte == QUOTE:
            start = at + 1
            at = string_end(data, start, end)
            behind = at + 1
            while behind < end and load8(data, behind) <= 0x20:
                behind += 1
            if behind < end and load8(data, behind) == COLON:
                name = key_hash(data, start, at)
                first = opened[depth - 1] if depth else 0
                if has(data, start, at, DOT):
                    found |= DOTTED
                if known == MOST_KEYS or has(data, start, at, BACKSLASH):
                    found |= REPEATED
                else:
                    for index in range(first, known):
                        if hashes[index] == name:
                            found |= REPEATED
                    hashes[known] = name
                    known += 1
            at = behind
            continue
        if byte in (BRACE, BRACKET):
            if depth == DEEPEST:
                return DEEP
            opened[depth] = known
            depth += 1
        elif byte in (BRACE_END, BRACKET_END) and depth > 0:
            depth -= 1
            known = opened[depth]
        at += 1
    return found


@lean
def string_end(data: Bytes, at: int, end: int) -> int:
    """The place of the quote that closes a string, or one at or behind the end."""
    while at < end:
        size = ctz(special64(data, at))
        at += size
        if size < WIDTH and at < end:
            byte = load8(data, at)
            if byte == QUOTE:
                return at
            at += 2 if byte == BACKSLASH else 1
    return at


@lean
def has(data: Bytes, at: int, end: int, wanted: int) -> bool:
    """Whether a byte stands somewhere."""
    for place in range(at, end):  # noqa: SIM110
        if load8(data, place) == wanted:
            return True
    return False


@lean
def key_hash(data: Bytes, at: int, end: int) -> np.uint64:
    """A hash of a key; the eight bytes at its end are read for a shorter rest as well."""
    value = np.uint64(end - at) * MIX
    while at < end:
        unused = np.uint64(64 - 8 * min(end - at, 8))
        value = (value ^ (load64(data, at) << unused)) * MIX
        value ^= value >> FOLD
        at += 8
    return value
