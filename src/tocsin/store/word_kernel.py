"""The words of an alert, found in its document's bytes: a kernel for what `words_of` says.

It gives up where a document is unusual: other than ASCII, deep, with escapes that stand for
letters, or with more texts than are read at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import inlined, lean, load8
from tocsin.columns.shape import string_end
from tocsin.inputs.framing import PADDING

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]

GIVEN_UP = -1
LONGEST = 64
TAILS = 8
DIGITS = 18
"""Whole numbers of more digits may be none once they are parsed."""

_DEEPEST = 60
_QUOTE, _ESCAPE, _U, _T = 0x22, 0x5C, 0x75, 0x54
_DAY = 10
_TABLE = 4096
"""Places for words: more than are ever asked for, as a search ends at an empty one."""

_OUT = 96 << 10
_FIELDS = 1024

CLASSES = np.zeros(256, np.uint8)
"""For each byte what stands in a word for it; 0 where none does."""
for _byte in b"abcdefghijklmnopqrstuvwxyz0123456789.:@-_":
    CLASSES[_byte] = _byte
for _byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    CLASSES[_byte] = _byte + 32
CLASSES.flags.writeable = False


def found_words(head: bytes, document: bytes, most: int, most_text: int) -> str | None:
    """The first words of a text and of a document's texts, spaces between them.

    None where the kernel gives up.

    ``head``: ASCII. ``document``: a valid object of JSON; any bytes are safe to ask about.
    """
    text = np.frombuffer(head.replace(b"\\", b" ") + b"\n" + document + bytes(PADDING), np.uint8)
    out = np.empty(_OUT, np.uint8)
    table, ends = np.zeros(_TABLE, np.int32), np.empty(most, np.int64)
    fields = np.empty(_FIELDS, np.int64)
    end = len(head) + 1 + len(document)
    size = find(text, len(head) + 1, end, CLASSES, most_text, fields, table, ends, out)
    if size == GIVEN_UP:
        return None
    return str(out.data[: max(size - 1, 0)], "ascii")


@inlined
def _edge(byte: int) -> bool:
    """Whether a byte of a word is one of its edges."""
    return byte in (0x2E, 0x3A, 0x40, 0x2D, 0x5F)


@lean
def _add(
    out: Bytes, begin: int, end: int, place: int, table: Shorts, ends: Ints, count: int
) -> int:
    """Put a word, which stands in ``out``, behind the others; 1: new, 2: no room.

    ``place``: where it goes, with a space behind it.
    """
    total = end - begin
    for at in range(begin, end):
        total = (total ^ out[at]) * 0x100000001B3
    total ^= (total >> 31) & 0x1FFFFFFFF
    spot = total & (_TABLE - 1)
    while table[spot]:
        known = table[spot] - 1
        first = ends[known - 1] if known else 0
        if ends[known] - first == end - begin + 1:
            same = True
            for at in range(end - begin):
                if out[first + at] != out[begin + at]:
                    same = False
                    break
            if same:
                return 0
        spot = (spot + 1) & (_TABLE - 1)
    if place + end - begin + 1 + 2 * LONGEST > out.size - 2 * LONGEST:
        return 2
    for at in range(end - begin):
        out[place + at] = out[begin + at]
    out[place + end - begin] = 0x20
    ends[count] = place + end - begin + 1
    table[spot] = count + 1
    return 1


@lean
def _atom(  # noqa: C901 - a kernel
    text: Bytes,
    begin: int,
    end: int,
    classes: Bytes,
    table: Shorts,
    ends: Ints,
    count: int,
    out: Bytes,
) -> int:
    """Add an atom and its later parts; how many words there are then, `GIVEN_UP` without room."""
    while begin < end and _edge(load8(text, begin)):
        begin += 1
    end = min(end, begin + LONGEST)
    while begin < end and _edge(load8(text, end - 1)):
        end -= 1
    if begin == end:
        return count
    held = out.size - LONGEST
    for at in range(end - begin):
        out[held + at] = classes[load8(text, begin + at)]
    size, at, tails = end - begin, 0, 0
    first = 0
    while True:
        place = ends[count - 1] if count else 0
        new = _add(out, held + first, held + size, place, table, ends, count)
        if new == 2:
            return GIVEN_UP
        count += new
        if count == ends.size or tails == TAILS:
            return count
        while at < size and not _edge(out[held + at]):
            at += 1
        while at < size and _edge(out[held + at]):
            at += 1
        if at == size:
            return count
        first = at
        tails += 1


@lean
def _text(
    text: Bytes,
    begin: int,
    end: int,
    classes: Bytes,
    table: Shorts,
    ends: Ints,
    count: int,
    out: Bytes,
) -> int:
    """Add the atoms of a text; escapes stand for no letter, or it is given up."""
    at = begin
    while at < end:
        byte = load8(text, at)
        if classes[byte]:
            first = at
            while at < end and classes[load8(text, at)]:
                at += 1
            count = _atom(text, first, at, classes, table, ends, count, out)
            if count in (GIVEN_UP, ends.size):
                return count
        elif byte == _ESCAPE:
            if load8(text, at + 1) == _U:
                return GIVEN_UP
            at += 2
        elif byte >= 0x80:
            return GIVEN_UP
        else:
            at += 1
    return count


@inlined
def _ours(text: Bytes, at: int, end: int) -> bool:
    """Whether a key is one of ours: ``kibana.``, ``tocsin.``, ``signal.``."""
    if end - at < 7 or load8(text, at + 6) != 0x2E:
        return False
    word = 0
    for byte in range(6):
        word = word << 8 | load8(text, at + byte)
    return word in (0x6B6962616E61, 0x746F6373696E, 0x7369676E616C)


@lean
def _skip(text: Bytes, at: int, end: int) -> int:
    """Behind a value that begins there."""
    depth = 0
    while at < end:
        byte = load8(text, at)
        if byte == _QUOTE:
            at = min(end, string_end(text, at + 1, end))
        elif byte in (0x7B, 0x5B):
            depth += 1
        elif byte in (0x7D, 0x5D):
            depth -= 1
            if depth < 0:
                return at
        elif byte == 0x2C and depth == 0:
            return at
        at += 1
    return end


@lean
def _is_time(text: Bytes, at: int, end: int) -> bool:
    """Whether a text begins as a time does."""
    if end - at <= _DAY or load8(text, at + _DAY) != _T:
        return False
    for place in range(_DAY):
        byte = load8(text, at + place)
        if place in (4, 7):
            if byte != 0x2D:
                return False
        elif byte < 0x30 or byte > 0x39:
            return False
    return True


@lean
def _value(  # noqa: C901, PLR0912 - a kernel
    text: Bytes,
    at: int,
    end: int,
    classes: Bytes,
    table: Shorts,
    ends: Ints,
    count: int,
    out: Bytes,
    room: int,
) -> tuple[int, int]:
    """Add the words of a value and what it holds; how many there are, and what room is left."""
    depth, objects, key = 0, 0, False
    while at < end:
        byte = load8(text, at)
        if byte == _QUOTE:
            behind = min(end, string_end(text, at + 1, end))
            if key:
                for place in range(at + 1, behind):
                    if load8(text, place) == _ESCAPE:
                        return GIVEN_UP, room
                key = False
                if _ours(text, at + 1, behind):
                    at = _skip(text, behind + 1, end)
                    continue
            elif not _is_time(text, at + 1, behind):
                room -= behind - at
                count = _text(text, at + 1, behind, classes, table, ends, count, out)
            at = behind + 1
        elif byte in (0x7B, 0x5B):
            depth += 1
            if depth == _DEEPEST:
                return GIVEN_UP, room
            key = byte == 0x7B
            objects = objects << 1 | key
            at += 1
        elif byte in (0x7D, 0x5D):
            depth -= 1
            if depth < 0:
                return count, room
            objects >>= 1
            key = False
            at += 1
        elif byte == 0x2C:
            if depth == 0:
                return count, room
            key = (objects & 1) == 1
            at += 1
        elif byte == 0x2D or (byte >= 0x30 and byte <= 0x39):
            begin, whole = at, True
            at += 1
            while at < end and (
                load8(text, at) in (0x2E, 0x2B, 0x2D, 0x45, 0x65)
                or (load8(text, at) >= 0x30 and load8(text, at) <= 0x39)
            ):
                whole = whole and load8(text, at) >= 0x30 and load8(text, at) <= 0x39
                at += 1
            if whole and at - begin > DIGITS:
                return GIVEN_UP, room
            if whole:
                room -= at - begin
                count = _text(text, begin, at, classes, table, ends, count, out)
        else:
            at += 1  # true, false and null have no words
        if count == GIVEN_UP or room < 0:
            return GIVEN_UP, room
        if count == ends.size:
            return count, room
    return count, room


@lean
def find(  # noqa: C901, PLR0912 - a kernel
    text: Bytes,
    begin: int,
    end: int,
    classes: Bytes,
    room: int,
    fields: Ints,
    table: Shorts,
    ends: Ints,
    out: Bytes,
) -> int:
    """Find the words of ``text[:begin]`` and of the object behind it; how many bytes they take.

    ``fields``: room for the places of the object's values. ``out``, ``ends``: the words, each with
    a space behind it, and where each ends; no more than there is room for in ``ends``.
    """
    at = begin
    while at < end and load8(text, at) != 0x7B:
        at += 1
    at += 1
    several, sample, held = -1, -1, 0
    while at < end and load8(text, at) != 0x7D:
        if load8(text, at) != _QUOTE:
            at += 1
            continue
        first = at + 1
        at = min(end, string_end(text, first, end))
        for place in range(first, at):
            if load8(text, place) == _ESCAPE:
                return GIVEN_UP
        if not _ours(text, first, at):
            if held == fields.size:
                return GIVEN_UP
            fields[held] = at + 2
            held += 1
        elif at - first == 22 and load8(text, first + 7) == 0x62:  # tocsin.building_blocks
            several = at + 2
        elif at - first == 13 and load8(text, first + 7) == 0x73 and load8(text, first + 8) == 0x61:
            sample = at + 2  # tocsin.sample
        at = _skip(text, at + 1, end)
    room -= begin
    count = _text(text, 0, begin, classes, table, ends, 0, out)
    for number in range(-2, held):
        place = fields[number] if number >= 0 else (several if number == -2 else sample)
        if count in (GIVEN_UP, ends.size):
            break
        if place >= 0:
            count, room = _value(text, place, end, classes, table, ends, count, out, room)
    if count == GIVEN_UP:
        return GIVEN_UP
    return ends[count - 1] if count else 0
