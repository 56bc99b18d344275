"""Writes many records as JSON, so that one call makes text of all that they say.

    type=PATH msg=audit(1.000:1): item=0 name="/a"
    "PATH", {"item": "0", "name": "/a"}, null,

    type=EXECVE msg=audit(1.000:1): argc=2 a0="ls" a1=2D6C
    "EXECVE", {"args": [0, 0, "ls", 1, 0, "-l"], "argc": "2"}, null,

Three elements a record: its kind, what it says, the names that auditd added. Of each argument, or
part of one, its index and the part's come first.

Values are decoded as their writer coded them: one that a user can influence is in double quotes,
or, if it holds a quote, a blank or any byte beyond printable ASCII, in hexadecimal capitals without
quotes. Which fields are so coded is known by name only.

All functions are compiled. Each byte is looked at a fixed number of times, whatever the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tocsin.columns.native import compiled, lean, load8
from tocsin.inputs.audit.header_kernel import (
    BODY,
    BODY_END,
    KIND,
    KIND_END,
    NAMES,
    OTHER,
    is_execve,
    take_apart,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

MORE: Final = 6
"""Bytes that a byte of a body may take as JSON: a control character has six."""

BESIDE: Final = 32
"""Bytes that a body takes beyond that: brackets, names."""

_HEX_CODED: Final = (
    b"acct cgroup cmd comm cwd data device dir exe file grp invalid_context key name new-chardev "
    b"new-disk new-fs new-rng ocomm old-chardev old-disk old-fs old-rng path peer profile "
    b"proctitle root_dir sw vm watch"
).split()
HEX_CODED = np.frombuffer(b"".join(_HEX_CODED), np.uint8)
HEX_CODED_ENDS = np.cumsum([0, *map(len, _HEX_CODED)])

WORD, BLANK, QUOTE, WIDE = 1, 2, 4, 8
CLASS = np.zeros(256, np.uint8)
"""What a byte may be: part of a key; a blank; a quote; the first of a blank beyond ASCII."""
CLASS[list(b"abcdefghijklmnopqrstuvwxyz0123456789_-")] = WORD
CLASS[[*range(0x09, 0x0E), *range(0x1C, 0x21)]] = BLANK
CLASS[list(b"\"'")] = QUOTE
CLASS[[0xC2, 0xE1, 0xE2, 0xE3]] = WIDE

NONE = 0xFF
HEX = np.full(256, NONE, np.uint8)
"""The value of each hexadecimal digit that the kernel writes."""
HEX[list(b"0123456789ABCDEF")] = range(16)
DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)

WORD_MSG = np.frombuffer(b"msg='", np.uint8)
WORD_ARGC = np.frombuffer(b"argc=", np.uint8)
WORD_NULL = np.frombuffer(b"(null)", np.uint8)
WORD_ARGS = np.frombuffer(b'{"args":[', np.uint8)
WORD_NO_NAMES = np.frombuffer(b"null,", np.uint8)
WORD_COUNT = np.frombuffer(b'"argc":"', np.uint8)

LOOKED_AT: Final = 64
"""Characters in which the number of arguments stands."""

DOUBLE, SINGLE, COMMA, EQUALS, BACKSLASH, QUESTION = 0x22, 0x27, 0x2C, 0x3D, 0x5C, 0x3F
OPEN, CLOSE, LEFT, RIGHT, COLON, ZERO, LETTER_A, LETTER_U = (
    0x7B,
    0x7D,
    0x5B,
    0x5D,
    0x3A,
    0x30,
    0x61,
    0x75,
)


@compiled
def write(data: Bytes, starts: Ints, ends: Ints, line: Ints, out: Bytes) -> int:
    """Write records as one JSON array, three elements each; gives how many bytes it takes.

    Parameters
    ----------
    data, starts, ends
        The spans of the records; anything else is passed over.
    line
        int64[`header_kernel.PARTS`], for use in here.
    out
        `MORE` bytes for each of the lines', `BESIDE` for each line, and two more.
    """
    out[0] = LEFT
    size = 1
    for row in range(starts.size):
        if take_apart(data, starts[row], ends[row], line) > OTHER:
            continue
        size = _text(data, line[KIND], line[KIND_END], out, size)
        if is_execve(data, line):
            size = _arguments(data, line[BODY], line[BODY_END], out, size)
        else:
            size = _pairs(data, line[BODY], line[BODY_END], out, size)
        out[size] = COMMA
        if line[NAMES] == ends[row]:
            size = _copied(WORD_NO_NAMES, 0, WORD_NO_NAMES.size, out, size + 1)
        else:
            size = _text(data, line[NAMES], ends[row], out, size + 1)
    size = _over_comma(out, size)
    out[size] = RIGHT
    return size + 1


@lean
def _text(data: Bytes, begin: int, end: int, out: Bytes, size: int) -> int:
    """Write a string and a comma; gives the place behind them."""
    out[size] = DOUBLE
    size = _escaped(data, begin, end, out, size + 1)
    out[size], out[size + 1] = DOUBLE, COMMA
    return size + 2


@lean
def _over_comma(out: Bytes, size: int) -> int:
    """Where a bracket goes that ends a list: over the comma behind its last part."""
    return size - 1 if out[size - 1] == COMMA else size


@lean
def _pairs(text: Bytes, begin: int, end: int, out: Bytes, size: int) -> int:
    """The pairs of a body, those of a program's own message (``msg='…'``) among them."""
    out[size] = OPEN
    size += 1
    message = _find_message(text, begin, end)
    size = _collect(text, begin, min(message, end), out, size)
    if message < end:
        first = message + WORD_MSG.size
        last = end - 1
        while load8(text, last) != SINGLE:
            last -= 1
        size = _collect(text, first, last if last >= first else end, out, size)
    size = _over_comma(out, size)
    out[size] = CLOSE
    return size + 1


@lean
def _find_message(text: Bytes, begin: int, end: int) -> int:
    """Where ``msg='`` begins, ``end`` if nowhere."""
    for at in range(begin + WORD_MSG.size - 1, end):
        if load8(text, at) == SINGLE and _is_word(text, at - WORD_MSG.size + 1, end, WORD_MSG):
            return at - WORD_MSG.size + 1
    return end


@lean
def _collect(text: Bytes, at: int, end: int, out: Bytes, size: int) -> int:
    """All ``key=value`` between two places, each with a comma behind it."""
    while at < end:
        if CLASS[load8(text, at)] != WORD:
            at += 1
            continue
        key = at
        while at < end and CLASS[load8(text, at)] == WORD:
            at += 1
        if at >= end or load8(text, at) != EQUALS:
            continue
        out[size] = DOUBLE
        name = _copied(text, key, at, out, size + 1)
        out[name], out[name + 1], out[name + 2] = DOUBLE, COLON, DOUBLE
        first = name + 3
        coded = _is_hex_coded(text, key, at)
        begin, close, at = _value(text, at + 1, end, QUOTE)
        if coded and load8(text, begin - 1) == EQUALS and _is_hex(text, begin, close):
            last = _unhexed(text, begin, _before_zeros(text, begin, close), out, first, 0x20)
        else:
            last = _escaped(text, begin, close, out, first)
        if not _says_nothing(out, first, last):
            out[last], out[last + 1] = DOUBLE, COMMA
            size = last + 2
    return size


@lean
def _value(text: Bytes, at: int, end: int, quotes: int) -> tuple[int, int, int]:
    """Begin and end of the value that begins here, without its quotes, and where to go on.

    ``quotes``: the class of bytes that end a value without quotes, beside blanks; without `QUOTE`,
    only a double quote does, and begins one with quotes.
    """
    quote = load8(text, at) if at < end else 0
    if quote == DOUBLE or (quote == SINGLE and quotes == QUOTE):
        begin = at = at + 1
        while at < end and load8(text, at) != quote:
            at += 1
        return begin, at, min(at + 1, end)
    begin = at
    while at < end:
        byte = load8(text, at)
        if CLASS[byte] > WORD and (
            byte == DOUBLE or CLASS[byte] & quotes != 0 or blank(text, at, end) > 0
        ):
            break
        at += 1
    return begin, at, at


@lean
def blank(text: Bytes, at: int, end: int) -> int:
    """How many bytes the blank here has, 0 if here is none: what Python takes for white space."""
    byte = load8(text, at)
    if CLASS[byte] & (BLANK | WIDE) == 0:
        return 0
    if CLASS[byte] == BLANK:
        return 1
    second = load8(text, at + 1) if at + 1 < end else 0
    if byte == 0xC2:
        return 2 if second in (0x85, 0xA0) else 0
    third = load8(text, at + 2) if at + 2 < end else 0
    if byte == 0xE1:
        found = second == 0x9A and third == 0x80
    elif byte == 0xE3:
        found = second == 0x80 and third == 0x80
    elif second == 0x80:
        found = 0x80 <= third <= 0x8A or third in (0xA8, 0xA9, 0xAF)
    else:
        found = second == 0x81 and third == 0x9F
    return 3 if found else 0


@lean
def _is_hex_coded(text: Bytes, begin: int, end: int) -> bool:
    for row in range(HEX_CODED_ENDS.size - 1):
        first = HEX_CODED_ENDS[row]
        if HEX_CODED_ENDS[row + 1] - first == end - begin:
            at = begin
            while at < end and load8(text, at) == HEX_CODED[first + at - begin]:
                at += 1
            if at == end:
                return True
    return False


@lean
def _is_hex(text: Bytes, begin: int, end: int) -> bool:
    if begin == end or (end - begin) % 2 != 0:
        return False
    for at in range(begin, end):  # noqa: SIM110 - kernel
        if HEX[load8(text, at)] == NONE:
            return False
    return True


@lean
def _byte(text: Bytes, at: int) -> int:
    return load8(HEX, load8(text, at)) << 4 | load8(HEX, load8(text, at + 1))


@lean
def _before_zeros(text: Bytes, begin: int, end: int) -> int:
    """The end of hexadecimal text without the zero bytes that it ends with."""
    while end > begin and _byte(text, end - 2) == 0:
        end -= 2
    return end


@lean
def _unhexed(text: Bytes, at: int, end: int, out: Bytes, size: int, zero: int) -> int:
    """Write what hexadecimal text stands for, with ``zero`` for zero bytes; 0: up to the first."""
    while at < end:
        byte = _byte(text, at)
        if byte == 0:
            if zero == 0:
                break
            byte = zero
        size = _put(byte, out, size)
        at += 2
    return size


@lean
def _escaped(text: Bytes, begin: int, end: int, out: Bytes, size: int) -> int:
    for at in range(begin, end):
        size = _put(load8(text, at), out, size)
    return size


@lean
def _put(byte: int, out: Bytes, size: int) -> int:
    """Write one byte of a string; gives the place behind it."""
    if byte >= 0x20 and byte not in (DOUBLE, BACKSLASH):
        out[size] = byte
        return size + 1
    out[size] = BACKSLASH
    if byte >= 0x20:
        out[size + 1] = byte
        return size + 2
    out[size + 1] = LETTER_U
    out[size + 2] = out[size + 3] = ZERO
    out[size + 4], out[size + 5] = DIGITS[byte >> 4], DIGITS[byte & 15]
    return size + 6


@lean
def _copied(text: Bytes, begin: int, end: int, out: Bytes, size: int) -> int:
    for at in range(begin, end):
        out[size] = load8(text, at)
        size += 1
    return size


@lean
def _says_nothing(out: Bytes, begin: int, end: int) -> bool:
    """Whether a written value stands for none: nothing, ``?``, ``?,``, ``(null)``."""
    if end == begin or end == begin + WORD_NULL.size:
        return end == begin or _is_word(out, begin, end, WORD_NULL)
    if end - begin > 2 or out[begin] != QUESTION:
        return False
    return end - begin == 1 or out[begin + 1] == COMMA


@lean
def _is_word(text: Bytes, at: int, end: int, word: Bytes) -> bool:
    if at + word.size > end:
        return False
    for index in range(word.size):  # noqa: SIM110 - kernel
        if load8(text, at + index) != word[index]:
            return False
    return True


@lean
def _arguments(text: Bytes, begin: int, end: int, out: Bytes, size: int) -> int:
    """The arguments of a program, and how many the kernel says that there are."""
    size = _copied(WORD_ARGS, 0, WORD_ARGS.size, out, size)
    at = begin
    while at < end:
        width = blank(text, at, end)
        if width > 0:
            at += width
            continue
        at, size = _argument(text, at, end, out, size)
        while at < end and blank(text, at, end) == 0:
            at += 1
    size = _over_comma(out, size)
    out[size], out[size + 1] = RIGHT, COMMA
    size = _over_comma(out, _count(text, begin, end, out, size + 2))
    out[size] = CLOSE
    return size + 1


@lean
def _argument(text: Bytes, begin: int, end: int, out: Bytes, size: int) -> tuple[int, int]:
    """Write the argument that begins here, ``a1="…"`` or ``a1[0]="…"``, if one does."""
    index, at = _number(text, begin + 1, end)
    if load8(text, begin) != LETTER_A or at == begin + 1:
        return begin, size
    part = 0
    if at < end and load8(text, at) == LEFT:
        first = at + 1
        part, at = _number(text, first, end)
        if at == first or at >= end or load8(text, at) != RIGHT:
            return begin, size
        at += 1
    if at >= end or load8(text, at) != EQUALS:
        return begin, size
    size = _written(index, out, size)
    size = _written(part, out, size)
    out[size] = DOUBLE
    first, last, behind = _value(text, at + 1, end, 0)
    if first == at + 1 and _is_hex(text, first, last):
        size = _unhexed(text, first, last, out, size + 1, 0)
    else:
        size = _escaped(text, first, last, out, size + 1)
    out[size], out[size + 1] = DOUBLE, COMMA
    return behind, size + 2


@lean
def _number(text: Bytes, begin: int, end: int) -> tuple[int, int]:
    """A number of at most nine digits, and the place behind it."""
    value, at = 0, begin
    while at < min(end, begin + 9) and 0x30 <= load8(text, at) <= 0x39:
        value = value * 10 + load8(text, at) - ZERO
        at += 1
    return value, at


@lean
def _written(number: int, out: Bytes, size: int) -> int:
    """Write a number and a comma; gives the place behind it."""
    digits, beyond = 1, 10
    while number >= beyond:
        digits += 1
        beyond *= 10
    for place in range(size + digits - 1, size - 1, -1):
        out[place] = ZERO + number % 10
        number //= 10
    out[size + digits] = COMMA
    return size + digits + 1


@lean
def _count(text: Bytes, begin: int, end: int, out: Bytes, size: int) -> int:
    """Write the number of arguments, as text, where a body begins with it."""
    at, characters, fresh = begin, 0, True
    while at < end and characters < LOOKED_AT:
        width = blank(text, at, end)
        first = at + WORD_ARGC.size
        if fresh and width == 0 and _is_word(text, at, end, WORD_ARGC):
            room = LOOKED_AT - characters - WORD_ARGC.size
            _, last = _number(text, first, min(end, first + room))
            if last > first:
                size = _copied(WORD_COUNT, 0, WORD_COUNT.size, out, size)
                size = _copied(text, first, last, out, size)
                out[size], out[size + 1] = DOUBLE, COMMA
                return size + 2
        fresh = width > 0
        at += max(width, 1)
        while at < end and load8(text, at) & 0xC0 == 0x80:
            at += 1
        characters += 1
    return size
