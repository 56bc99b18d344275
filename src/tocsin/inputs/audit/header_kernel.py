r"""Takes the headers of many lines apart: kind, machine, time, serial number, and what follows.

    [node=HOST ]type=KIND msg=audit(SECONDS.MILLI:SERIAL): BODY[\x1dENRICHED]

Records of one event that stand together become one stretch, so that what is done for each costs
little. All functions are compiled; they read whole words, so buffers end with `PADDING`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import compiled, ctz, lean, load8, load64
from tocsin.inputs.audit.names_kernel import names_begin

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

STATE, ROW, COUNT, SIZE, SYSCALL, SETTLED = range(6)
BEGIN, END, KIND, KIND_END, BODY, BODY_END, NAMES = range(6, 13)
NODE, NODE_END, TIME, POINT, COLON, ID_END = range(13, PARTS := 19)
"""Of a stretch of lines: what it is; its first line, and how many there are; bytes of all bodies
and names; whether its first record is of a system call, its last one the command line; where it
begins and ends. Of its first line: kind; body, without the blanks behind it; where the names begin
that auditd added (the line's end, if it added none); the name of the machine (nothing, if there is
none); where the seconds begin, the point behind them, the colon behind their fraction, the end of
the serial number."""

USUAL, OTHER, NONE, NUL, LATE, LARGE = range(6)
"""What a stretch is: records of the usual kinds; one of another; a line that is no record, or not
one because of a NUL byte, its time, its serial number."""

LOW = np.uint64(0x0101010101010101)
HIGH = np.uint64(0x8080808080808080)
SEPARATORS = np.uint64(0x1D1D1D1D1D1D1D1D)
NOTHING = np.uint64(0)

WORD_NODE = np.frombuffer(b"node=", np.uint8)
WORD_TYPE = np.frombuffer(b"type=", np.uint8)
WORD_UNKNOWN = np.frombuffer(b"UNKNOWN[", np.uint8)
WORD_MSG = np.frombuffer(b"msg=", np.uint8)
WORD_AUDIT = np.frombuffer(b"audit(", np.uint8)
WORD_SYSCALL = np.frombuffer(b"SYSCALL", np.uint8)
WORD_EXECVE = np.frombuffer(b"EXECVE", np.uint8)
WORD_CWD = np.frombuffer(b"CWD", np.uint8)
WORD_PATH = np.frombuffer(b"PATH", np.uint8)
WORD_SOCKADDR = np.frombuffer(b"SOCKADDR", np.uint8)
WORD_PROCTITLE = np.frombuffer(b"PROCTITLE", np.uint8)
NUMBER_EXECVE = np.frombuffer(b"1309", np.uint8)
LATEST = np.frombuffer(b"253402300799", np.uint8)  # the last second of the year 9999
LARGEST = np.frombuffer(b"18446744073709551615", np.uint8)

BETWEEN = 2
"""Bytes between two lines: a newline, and the one that some write in front of it."""

SEPARATOR, LEFT, RIGHT, CLOSE, DOT, DOUBLE_DOT = 0x1D, 0x5B, 0x5D, 0x29, 0x2E, 0x3A


@compiled
def find_stretches(data: Bytes, starts: Ints, ends: Ints, found: Ints) -> int:
    """Fill ``found``, int64[n, `PARTS`], for n lines; gives how many stretches there are."""
    count = 0
    for row in range(starts.size):
        one = found[count]
        one[STATE] = take_apart(data, starts[row], ends[row], one)
        one[ROW], one[COUNT], one[BEGIN], one[END] = row, 1, starts[row], ends[row]
        one[SIZE] = one[BODY_END] - one[BODY] + ends[row] - one[NAMES]
        one[SYSCALL] = one[SETTLED] = 0
        if one[STATE] == USUAL:
            one[SYSCALL] = _is_word(data, one[KIND], one[KIND_END], WORD_SYSCALL)
            one[SETTLED] = _is_word(data, one[KIND], one[KIND_END], WORD_PROCTITLE)
            if count > 0 and _goes_on(data, found[count - 1], one):
                before = found[count - 1]
                before[COUNT] += 1
                before[END] = one[END]
                before[SIZE] += one[SIZE]
                before[SETTLED] = one[SETTLED]
                continue
        count += 1
    return count


@lean
def _goes_on(data: Bytes, before: Ints, one: Ints) -> bool:
    """Whether a record belongs to the stretch before it."""
    return (
        before[STATE] == USUAL
        and before[SETTLED] == 0
        and one[SYSCALL] == 0
        and one[BEGIN] - before[END] <= BETWEEN
        and _equal(data, one[TIME], one[ID_END], before[TIME], before[ID_END])
        and _equal(data, one[NODE], one[NODE_END], before[NODE], before[NODE_END])
    )


@compiled
def take_apart(data: Bytes, begin: int, end: int, line: Ints) -> int:
    """Fill the parts of a line; gives what it is, and nothing of use if that is no record."""
    line[BODY] = line[BODY_END] = line[NAMES] = end
    if not _header(data, begin, end, line):
        return NONE
    if _separate(data, begin, end, line):
        return NUL
    if _exceeds(data, line[TIME], line[POINT], LATEST):
        return LATE
    if _exceeds(data, line[COLON] + 1, line[ID_END], LARGEST):
        return LARGE
    return USUAL if _is_usual(data, line[KIND], line[KIND_END]) else OTHER


@lean
def _is_usual(data: Bytes, at: int, end: int) -> bool:
    return (
        _is_word(data, at, end, WORD_PATH)
        or _is_word(data, at, end, WORD_SYSCALL)
        or _is_word(data, at, end, WORD_PROCTITLE)
        or _is_word(data, at, end, WORD_CWD)
        or _is_word(data, at, end, WORD_EXECVE)
        or _is_word(data, at, end, WORD_SOCKADDR)
    )


@lean
def is_execve(data: Bytes, line: Ints) -> bool:
    """Whether a line that was taken apart holds arguments; its kind may be given by number."""
    at, end = line[KIND], line[KIND_END]
    if _is_word(data, at, end, WORD_EXECVE):
        return True
    if _begins(data, at, end, WORD_UNKNOWN):
        at, end = at + WORD_UNKNOWN.size, end - 1
    while at < end - 1 and load8(data, at) == 0x30:
        at += 1
    return _is_word(data, at, end, NUMBER_EXECVE)


@lean
def _is_word(data: Bytes, at: int, end: int, word: Bytes) -> bool:
    return end - at == word.size and _begins(data, at, end, word)


@lean
def _header(data: Bytes, at: int, end: int, line: Ints) -> bool:
    """Whether there is a header; fills its parts."""
    line[NODE] = line[NODE_END] = at
    if _begins(data, at, end, WORD_NODE):
        line[NODE] = at + WORD_NODE.size
        line[NODE_END] = at = _behind_word(data, line[NODE], end)
        blank = _behind_blanks(data, at, end)
        if at == line[NODE] or blank == at:
            return False
        at = blank
    if not _begins(data, at, end, WORD_TYPE):
        return False
    line[KIND] = at + WORD_TYPE.size
    line[KIND_END] = _behind_kind(data, line[KIND], end)
    at = _behind_blanks(data, line[KIND_END], end)
    if line[KIND_END] < 0 or at == line[KIND_END]:
        return False
    if _begins(data, at, end, WORD_MSG):
        at += WORD_MSG.size
    if not _begins(data, at, end, WORD_AUDIT):
        return False
    return _identity(data, at + WORD_AUDIT.size, end, line)


@lean
def _identity(data: Bytes, at: int, end: int, line: Ints) -> bool:
    """Time and serial number, and where the body begins."""
    line[TIME] = at
    line[POINT] = at = _behind_digits(data, at, end, 20)
    if not _is(data, at, end, DOT):
        return False
    line[COLON] = at = _behind_digits(data, at + 1, end, 9)
    if not _is(data, at, end, DOUBLE_DOT):
        return False
    line[ID_END] = at = _behind_digits(data, at + 1, end, 24)
    if not _is(data, at, end, CLOSE):
        return False
    at += 1
    if _is(data, at, end, DOUBLE_DOT):
        at += 1
    line[BODY] = _behind_blanks(data, at, end)
    return True


@lean
def _behind_kind(data: Bytes, at: int, end: int) -> int:
    """The end of ``NAME``, ``1300`` or ``UNKNOWN[1300]``, -1 if there is none."""
    if _begins(data, at, end, WORD_UNKNOWN):
        at = _behind_digits(data, at + WORD_UNKNOWN.size, end, 10)
        return at + 1 if _is(data, at, end, RIGHT) else -1
    if at < end and 0x41 <= load8(data, at) <= 0x5A:
        while at < end and _is_capital(load8(data, at)):
            at += 1
        return at
    return _behind_digits(data, at, end, 10)


@lean
def _behind_digits(data: Bytes, at: int, end: int, most: int) -> int:
    """The end of one to so many digits, -1 if there are none."""
    begin = at
    while 0 <= at < min(end, begin + most) and 0x30 <= load8(data, at) <= 0x39:
        at += 1
    return at if at > begin else -1


@lean
def _behind_blanks(data: Bytes, at: int, end: int) -> int:
    while 0 <= at < end and load8(data, at) in (0x20, 0x09):
        at += 1
    return at


@lean
def _behind_word(data: Bytes, at: int, end: int) -> int:
    while at < end and load8(data, at) not in (0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D):
        at += 1
    return at


@lean
def _is_capital(byte: int) -> bool:
    return 0x41 <= byte <= 0x5A or 0x30 <= byte <= 0x39 or byte == 0x5F


@lean
def _is(data: Bytes, at: int, end: int, byte: int) -> bool:
    return 0 <= at < end and load8(data, at) == byte


@lean
def _begins(data: Bytes, at: int, end: int, word: Bytes) -> bool:
    if at + word.size > end:
        return False
    for index in range(word.size):  # noqa: SIM110 - kernel
        if load8(data, at + index) != word[index]:
            return False
    return True


@lean
def _separate(data: Bytes, begin: int, end: int, line: Ints) -> bool:
    """Find the end of the body, and the names; whether a NUL byte is in the line."""
    line[NAMES] = end
    line[BODY_END] = end
    at = begin
    while at < end:
        word = load64(data, at)
        other = word ^ SEPARATORS
        special = (((word - LOW) & ~word) | ((other - LOW) & ~other)) & HIGH
        if special == NOTHING:
            at += 8
            continue
        at += ctz(special) >> 3
        if at >= end:
            break
        if load8(data, at) == 0:
            return True
        if at >= line[BODY] and line[BODY_END] == end:
            line[BODY_END] = at
            line[NAMES] = at + 1
        at += 1
    _strip(data, line)
    if line[NAMES] == end:
        begin = names_begin(data, line[BODY], line[BODY_END])
        if begin < line[BODY_END]:
            line[NAMES] = line[BODY_END] = begin
            _strip(data, line)
    return False


@lean
def _strip(data: Bytes, line: Ints) -> None:
    """Let the body end before the blanks behind it."""
    while line[BODY_END] > line[BODY] and load8(data, line[BODY_END] - 1) in (10, 13, 9, 32):
        line[BODY_END] -= 1


@lean
def _exceeds(data: Bytes, begin: int, end: int, limit: Bytes) -> bool:
    """Whether a number, in digits, is larger than another."""
    while begin < end and load8(data, begin) == 0x30:
        begin += 1
    if end - begin != limit.size:
        return end - begin > limit.size
    for index in range(limit.size):
        byte = load8(data, begin + index)
        if byte != limit[index]:
            return byte > limit[index]
    return False


@lean
def _equal(data: Bytes, one: int, one_end: int, other: int, other_end: int) -> bool:
    if one_end - one != other_end - other:
        return False
    for index in range(one_end - one):
        if load8(data, one + index) != load8(data, other + index):
            return False
    return True
