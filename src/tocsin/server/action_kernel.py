"""Reads the action lines of a bulk body that are like others, but for their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.native import compiled, load8

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

_QUOTE, _BACKSLASH, _SPACE, _TILDE = 0x22, 0x5C, 0x20, 0x7E


@compiled
def alike(
    data: Bytes,
    breaks: Ints,
    line: int,
    text: Bytes,
    spans: Ints,
    forms: int,
    longest: int,
    which: Ints,
    begins: Ints,
    ends: Ints,
) -> int:
    """How many action lines, each with a line behind it, are of some form, up to one that is not.

    Parameters
    ----------
    data
        The body.
    breaks
        Where its line breaks stand; ``line`` is the number of the first action line.
    text, spans, forms
        So many forms: ``text[a:b]``, an id if ``named``, ``text[b:c]``, with a, b, c and ``named``
        in a row of ``spans``.
    longest
        The most bytes of an id. One has a byte at least, all of them printable ASCII, neither a
        quote nor a backslash.
    which, begins, ends
        Filled with the lines' forms and the spans of their ids, which are empty where there are
        none; their length bounds how many lines are read.
    """
    count = 0
    form = 0
    while count < which.size and line + 1 < breaks.size:
        begin = breaks[line - 1] + 1 if line > 0 else 0
        end = breaks[line]
        for _ in range(forms):
            if _is(data, begin, end, text, spans, form, longest):
                break
            form += 1
            if form == forms:
                form = 0
        else:
            return count
        head = begin + spans[form, 1] - spans[form, 0]
        which[count] = form
        begins[count] = head
        ends[count] = end - (spans[form, 2] - spans[form, 1]) if spans[form, 3] else head
        count += 1
        line += 2
    return count


@compiled
def _is(
    data: Bytes, begin: int, end: int, text: Bytes, spans: Ints, form: int, longest: int
) -> bool:
    """Whether an action line is of a form."""
    first, cut, last = spans[form, 0], spans[form, 1], spans[form, 2]
    size = end - begin - (last - first)
    if size < 0 or (spans[form, 3] == 0) != (size == 0) or size > longest:
        return False
    for at in range(cut - first):
        if load8(data, begin + at) != load8(text, first + at):
            return False
    behind = end - (last - cut)
    for at in range(last - cut):
        if load8(data, behind + at) != load8(text, cut + at):
            return False
    for at in range(behind - size, behind):
        byte = load8(data, at)
        if byte < _SPACE or byte > _TILDE or byte in (_QUOTE, _BACKSLASH):
            return False
    return True
