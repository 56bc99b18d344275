"""Deciding whether one field's value begins with, ends with or holds another's, in kernels."""

from __future__ import annotations

from tocsin.columns.cells import Bytes
from tocsin.columns.native import lean, load8
from tocsin.match.hashing import folded
from tocsin.match.late import NO, PERHAPS, YES
from tocsin.match.scalars import read_address

STARTS, ENDS, CONTAINS = 0, 1, 2
"""As in `plan.leaves.PAIRS`."""

MOST_WORK = 1 << 16
"""Steps that looking for one text in another may take here; the evaluator has better ways."""


@lean
def address_text(text: Bytes, start: int, end: int) -> int:
    """Whether an address is written in its canonical form: YES, NO if it is none, or PERHAPS."""
    for place in range(start, end):
        if load8(text, place) == 58:
            return PERHAPS
    return YES if read_address(text, start, end)[0] else NO


@lean
def plain(text: Bytes, start: int, end: int) -> bool:
    """Whether all characters are ASCII."""
    for place in range(start, end):  # noqa: SIM110 - kernels know no generators
        if load8(text, place) >= 0x80:
            return False
    return True


@lean
def slice_place(place: int, length: int) -> int:
    """Where a place stands that may count from the end, within the text."""
    return max(0, min(length, place + length if place < 0 else place))


@lean
def _same(text: Bytes, start: int, other: Bytes, begin: int, length: int, fold: bool) -> bool:
    for place in range(length):
        left, right = load8(text, start + place), load8(other, begin + place)
        if left != right and not (fold and folded(left) == folded(right)):
            return False
    return True


@lean
def compare_pair(
    function: int,
    fold: bool,
    text: Bytes,
    start: int,
    end: int,
    other: Bytes,
    begin: int,
    stop: int,
) -> int:
    """Whether ``text[start:end]`` begins with, ends with or holds ``other[begin:stop]``."""
    if fold and not (plain(text, start, end) and plain(other, begin, stop)):
        return PERHAPS
    length = stop - begin
    if length > end - start:
        return NO
    if function == STARTS:
        return YES if _same(text, start, other, begin, length, fold) else NO
    if function == ENDS:
        return YES if _same(text, end - length, other, begin, length, fold) else NO
    if length == 0:
        return NO
    if (end - start) * length > MOST_WORK:
        return PERHAPS
    for place in range(start, end - length + 1):
        if _same(text, place, other, begin, length, fold):
            return YES
    return NO
