"""Line breaks and spans of lines, sixty-four bytes at a time.

Whatever these functions read has `WIDTH` bytes behind it that may be read too, and whatever they
write has as many behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.native import CHECKED, address, compiled, ctz, inside, lean
from tocsin.columns.vector import WIDTH, copy64

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

_BREAK = 0x0A
_NONE, _ONE = np.uint64(0), np.uint64(1)


def _breaks(typing: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        wide = ir.VectorType(ir.IntType(8), WIDTH)
        place = address(context, builder, signature.args[0], *arguments)
        read = builder.load(builder.bitcast(place, wide.as_pointer()))
        read.align = 1
        found = builder.icmp_signed("==", read, ir.Constant(wide, [_BREAK] * WIDTH))
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(array, types.intp), generate


_intrinsic: Any = intrinsic
_raw_breaks: Callable[[Bytes, int], Any] = _intrinsic(_breaks)


def _checked_breaks(array: Bytes, index: int) -> Any:  # noqa: ANN401
    inside(array, index, WIDTH)
    return _raw_breaks(array, index)


breaks64: Callable[[Bytes, int], Any] = lean(_checked_breaks) if CHECKED else _raw_breaks
"""``breaks64(array, index) -> uint64``: a bit for each of 64 bytes that is a line break."""


@compiled
def found(data: Bytes, size: int, places: Ints) -> int:
    """Write down where the line breaks of ``data[:size]`` stand, as many as there is room for."""
    count = 0
    for at in range(0, size, WIDTH):
        bits = breaks64(data, at)
        while bits != _NONE:
            place = at + ctz(bits)
            if place >= size or count == places.size:
                return count
            places[count] = place
            count += 1
            bits &= bits - _ONE
    return count


@compiled
def joined(data: Bytes, starts: Ints, ends: Ints, out: Bytes, place: int) -> bool:
    """Write lines from a place on, a line break behind each; whether any has one within it."""
    broken = False
    for number in range(starts.size):
        begin, size = starts[number], ends[number] - starts[number]
        for byte in range(0, size, WIDTH):
            bits = breaks64(data, begin + byte)
            if bits != _NONE and byte + ctz(bits) < size:
                broken = True
            copy64(out, place + byte, data, begin + byte)
        place += size
        out[place] = _BREAK
        place += 1
    return broken
