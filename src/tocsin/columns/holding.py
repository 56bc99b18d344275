"""Which of many texts hold a word, looked for in all of them as in one.

Sixty-four places at a time: where the word's first byte stands, and its last as far behind it as in
the word, it is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.native import CHECKED, address, compiled, ctz, inside, lean, load8

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

WIDTH = 64
_BYTES = ir.VectorType(ir.IntType(8), WIDTH)
_WORD = ir.IntType(64)


def _equal(typing: Any, array: Any, index: Any, byte: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        place = address(context, builder, signature.args[0], *arguments[:2])
        read = builder.load(builder.bitcast(place, _BYTES.as_pointer()))
        read.align = 1
        one = builder.trunc(arguments[2], ir.IntType(8))
        vector = builder.insert_element(ir.Constant(_BYTES, ir.Undefined), one, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        every = builder.shuffle_vector(vector, ir.Constant(_BYTES, ir.Undefined), zeros)
        return builder.bitcast(builder.icmp_signed("==", read, every), _WORD)

    return types.uint64(array, types.intp, types.int64), generate


_intrinsic: Any = intrinsic
_raw_equal: Callable[[Bytes, int, int], Any] = _intrinsic(_equal)


def _checked_equal(array: Bytes, index: int, byte: int) -> Any:  # noqa: ANN401
    inside(array, index, WIDTH)
    return _raw_equal(array, index, byte)


equal64: Callable[[Bytes, int, int], Any] = lean(_checked_equal) if CHECKED else _raw_equal
"""``equal64(array, index, byte) -> uint64``: a bit for each of 64 bytes, the first lowest."""


@lean
def _stands(text: Bytes, at: int, word: Bytes) -> bool:
    """Whether a word stands at a place where there is room for it."""
    for place in range(word.size):  # noqa: SIM110 - a kernel
        if load8(text, at + place) != load8(word, place):
            return False
    return True


@compiled
def holding(text: Bytes, ends: Ints, word: Bytes, found: Mask) -> None:
    """Which texts hold a word: text ``n`` is ``text[ends[n] : ends[n + 1]]``.

    ``word``: a byte at least. ``found``: bool[texts], all False.
    """
    size, number, count = word.size, 0, found.size
    first, last = load8(word, 0), load8(word, size - 1)
    at, end = ends[0], ends[count] - size + 1
    while at < end:
        if at + WIDTH + size - 1 <= text.size:
            bits = equal64(text, at, first) & equal64(text, at + size - 1, last)
            step = ctz(bits)
            if step == WIDTH:
                at += WIDTH
                continue
            at += step
            if at >= end:
                return
        if not _stands(text, at, word):
            at += 1
            continue
        while ends[number + 1] <= at:
            number += 1
        if at + size <= ends[number + 1]:
            found[number] = True
            at = ends[number + 1]
        else:
            at += 1
